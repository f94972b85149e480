/* Handlers of the dashboard: `/` is its page for a browser and the guide for a terminal, and
 * /ui/{name} are the files that the page is made of. They hold no data of anybody, so no token is
 * asked for; what the page shows it asks of the interface, as any client does.
 */
#ifndef API_API_UI_H
#define API_API_UI_H

#include "api/route.h"

Handler api_home;
Handler api_ui_file;

#endif
