/* The job that a POST asks for, judged in full before anything is stored or trained.
 */
#ifndef API_ASKED_JOB_H
#define API_ASKED_JOB_H

#include "api/codec/codec_job.h"
#include "services.h"

/* Decodes the request and judges it with the dataset and the model that it names; all that is wrong
 * is added to problem. The draft is to be freed in any case. */
void asked_job(Services *services, const Request *request, JobDraft *draft, Problem *problem);

#endif
