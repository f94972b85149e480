/* The handler of POST /v1/jobs?dry_run=true: all that would become of a job, without the job.
 */
#ifndef API_API_DRY_RUN_H
#define API_API_DRY_RUN_H

#include "api/route.h"

Handler api_job_dry_run;

#endif
