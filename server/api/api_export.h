/* Handlers that take models out as files and in again.
 */
#ifndef API_API_EXPORT_H
#define API_API_EXPORT_H

#include "api/reply.h"
#include "services.h"

Reply api_model_export(Services *services, const Request *request);
Reply api_model_import(Services *services, const Request *request);

#endif
