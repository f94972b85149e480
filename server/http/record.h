/* What is kept of a request that has ended: its counts for /metrics, and a line in the log.
 */
#ifndef HTTP_RECORD_H
#define HTTP_RECORD_H

#include <microhttpd.h>

#include "http/exchange.h"

/* Once for each exchange, before it is freed. access_log: whether the line is written. */
void record_request(const Exchange *exchange, enum MHD_RequestTerminationCode code,
                    bool access_log);

#endif
