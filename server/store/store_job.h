/* Jobs in the store: the table is the queue. Errors beside those of store.h are named at each.
 */
#ifndef STORE_STORE_JOB_H
#define STORE_STORE_JOB_H

#include "state/job_limits.h"
#include "store/store_once.h"
#include "store/store_run.h"

/* Before other threads use the store; without, there are no limits. */
void store_limit_jobs(Store *store, JobLimits limits);
JobLimits store_job_limits(const Store *store);

/* What the networks of a job start from; both NULL where their weights are drawn. */
typedef struct JobStart {
    Net *net;     /* explicit layers, for columns scaled as the job says; owned */
    Model *model; /* or a trained model, whose scaling the job takes over; owned */
} JobStart;
void job_start_free(JobStart *start); /* what it owns; both are NULL then */

/* Queues a job: fills its id, created_at and, where it names no model, the model's name (its id).
 * dataset, where not NULL, is added in the same transaction and becomes the job's; otherwise
 * job->dataset names it. start may be NULL. STATUS_NOT_FOUND: no such
 * dataset; STATUS_BUSY: as many jobs wait as may. */
Status store_job_add(Store *store, Job *job, Dataset *dataset, const JobStart *start) MUST_USE;

/* The same, remembered in the same transaction by the key, which may be NULL. STATUS_CONFLICT: a
 * request of that key was faster. */
Status store_job_add_once(Store *store, Job *job, Dataset *dataset, const JobStart *start,
                          const StoreKey *key) MUST_USE;

/* The oldest queued job becomes running: its attempts go up. It may have a checkpoint
 * (store_checkpoint.h) to go on from. *job is NULL where none is queued; STATUS_BUSY: all that are
 * have to wait, as their memory does not fit beside those that run (alone each runs), or as the
 * daemon went down under them again and again. One that is damaged fails instead. */
Status store_job_claim(Store *store, Job **job) MUST_USE;

/* What the job was given to start from. STATUS_NOT_FOUND. */
Status store_job_initial(Store *store, const char *id, JobStart *start) MUST_USE;

/* With its transitions and queue position. STATUS_NOT_FOUND. */
Status store_job_get(Store *store, const char *id, Job **job) MUST_USE;

/* Which jobs a list holds. */
typedef struct StoreJobFilter {
    JobState state;    /* JOB_STATES is any */
    const char *model; /* NULL is any */
    StorePage page;
} StoreJobFilter;

/* As store_dataset_list. */
Status store_job_list(Store *store, StoreJobFilter filter, Job ***jobs, size_t *count,
                      bool *more) MUST_USE;
void store_jobs_free(Job **jobs, size_t count);

/* How many jobs there are in each state. */
Status store_job_counts(Store *store, int64_t counts[JOB_STATES]) MUST_USE;

/* What the job has told since the last flush, and where it stands, in one transaction. */
Status store_job_progress(Store *store, const Job *job, const StoreRecord *record) MUST_USE;

/* The end of a running job in one transaction: what it told last, its final state (job->state,
 * scores, error, stopped_because), and its model with the dataset's columns and digest, where model
 * is not NULL; fills job->model_version and finished_at. STATUS_NOT_FOUND; STATUS_CONFLICT where
 * it does not run. */
Status store_job_finish(Store *store, Job *job, const StoreRecord *record,
                        const Model *model) MUST_USE;

/* A running job goes back into the queue, at its old place; what it told since its last checkpoint
 * is removed. */
Status store_job_requeue(Store *store, const char *id, const char *reason) MUST_USE;

/* The same for all that run: the daemon stops before they do. */
Status store_jobs_requeue(Store *store) MUST_USE;

/* A queued job is cancelled. STATUS_NOT_FOUND; STATUS_CONFLICT where it is not queued any more. */
Status store_job_cancel(Store *store, const char *id) MUST_USE;

/* STATUS_NOT_FOUND; STATUS_CONFLICT where it has not ended. Its model stays. */
Status store_job_delete(Store *store, const char *id) MUST_USE;

#endif
