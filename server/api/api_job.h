/* Handlers of /v1/jobs.
 */
#ifndef API_API_JOB_H
#define API_API_JOB_H

#include "api/route.h"

Handler api_job_create;
Handler api_job_list;
Handler api_job_get;
Handler api_job_delete;
Handler api_job_cancel;

#endif
