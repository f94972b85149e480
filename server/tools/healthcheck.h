/* The question whether the daemon at an address is ready, for containers without a client.
 */
#ifndef TOOLS_HEALTHCHECK_H
#define TOOLS_HEALTHCHECK_H

#include <stdbool.h>

#include "tools/conf.h"

/* Asks GET /readyz at conf->listen; true for 200. Says on standard error why not. */
bool healthcheck(const Conf *conf) MUST_USE;

#endif
