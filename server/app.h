/* The daemon as a whole: it owns all parts, starts them in order, and stops them in reverse.
 */
#ifndef APP_H
#define APP_H

#include "tools/conf.h"

typedef struct App App;

/* Starts all parts; returns NULL where one cannot be, and *why is a sentence for the operator. */
App *app_start(const Conf *conf, char *why, size_t size) MUST_USE;

/* Finishes requests, puts running jobs back into the queue, and frees everything. */
void app_stop(App *app);

#endif
