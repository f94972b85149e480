/* The handler of /metrics: the page that Prometheus reads.
 */
#ifndef API_API_METRICS_H
#define API_API_METRICS_H

#include "api/route.h"

Handler api_metrics;

/* The row that a request is counted in (metrics.h): that of its route, or one for all paths that
 * have none. */
size_t api_metrics_row(const Route *route, Method method);

#endif
