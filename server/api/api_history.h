/* Handlers of what a job's training tells: /v1/jobs/{id}/loss and /v1/jobs/{id}/runs.
 */
#ifndef API_API_HISTORY_H
#define API_API_HISTORY_H

#include "api/route.h"

Handler api_job_loss;
Handler api_job_runs;

#endif
