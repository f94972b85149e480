/* GET /v1/jobs/{id}/events: what happens to a job, from its submission to its end, as a stream.
 */
#ifndef API_API_EVENTS_H
#define API_API_EVENTS_H

#include "api/route.h"

Handler api_job_events;

#endif
