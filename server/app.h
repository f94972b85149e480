/* The daemon as a whole: it owns all parts, starts them in order, and stops them in reverse.
 */
#ifndef APP_H
#define APP_H

#include <stdbool.h>

#include "tools/conf.h"

typedef struct App App;

/* Starts all parts; returns NULL where one cannot be, and *why is a sentence for the operator. */
App *app_start(const Conf *conf, char *why, size_t size) MUST_USE;

/* Reads again what may change while the daemon runs: certificate and key. */
void app_reload(App *app);

/* Finishes requests, puts running jobs back into the queue, and frees everything. False where a
 * training could not be interrupted in time: all that was answered is durable, its job begins again
 * at the next start, and the process may only leave. */
bool app_stop(App *app) MUST_USE;

#endif
