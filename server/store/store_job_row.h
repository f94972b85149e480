/* A job's row: reading it, and the only way its state changes.
 */
#ifndef STORE_STORE_JOB_ROW_H
#define STORE_STORE_JOB_ROW_H

#include "store/store_job.h"
#include "store/store_private.h"

/* The columns that job_row_read takes, in its order. */
#define JOB_FIELDS                                                                                 \
    "seq, id, state, stopped_because, dataset, model_name, model_version, hyperparameters,"        \
    " labels, parameters, epochs, runs, run, epoch, train_loss, validation_loss, best_epoch,"      \
    " epochs_per_second, training_mse, training_mae, training_r2, validation_mse,"                 \
    " validation_mae, validation_r2, error, error_status, attempts, discard, created_at,"          \
    " started_at, finished_at, from_model, crashes"

/* Reads the row that the query stands on, and the job's transitions; NULL where that failed. */
Job *job_row_read(Query *query, int64_t *seq) MUST_USE;

/* Reads why a run stopped. */
TrainEnd job_end_read(Query *query);

/* Where a job is. */
typedef struct JobRef {
    int64_t seq;
    JobState state;
} JobRef;

/* STATUS_NOT_FOUND. */
Status job_ref_find(Db *db, const char *id, JobRef *ref) MUST_USE;

/* Queued jobs with seq in (after, until]. */
Status job_count_queued(Db *db, int64_t after, int64_t until, int64_t *count) MUST_USE;

/* A change of state, for the table of them. */
typedef struct JobMove {
    int64_t seq;
    JobState to;
    const char *reason;
    int64_t at;
} JobMove;

/* Changes the state and notes the transition; a job that has ended needs no checkpoint any more.
 * STATUS_CONFLICT where the job may not go there. */
Status job_move(Db *db, JobState from, const JobMove *move) MUST_USE;

/* Notes the transition alone, for a row whose state is changed already. */
Status job_note(Db *db, const JobMove *move) MUST_USE;

/* Keeps what a job told; what is there already of an epoch or a run, it replaces. */
Status job_add_record(Db *db, int64_t seq, const StoreRecord *record) MUST_USE;

/* The same with where the job stands; it has to be running. STATUS_NOT_FOUND; STATUS_CONFLICT. */
Status job_add_progress(Db *db, const Job *job, const StoreRecord *record, JobRef *ref) MUST_USE;

/* Lets a job that leaves its worker stand at its checkpoint: what it told since is removed; where
 * there is none, all. */
Status job_roll_back(Db *db, int64_t seq) MUST_USE;

/* The daemon went down under a running job: back into the queue with it, or it fails where that has
 * happened too often. */
Status job_crashed(Db *db, int64_t seq) MUST_USE;

Status job_drop_checkpoint(Db *db, int64_t seq) MUST_USE;

/* Removes all that the job told in an earlier attempt. */
Status job_forget_record(Db *db, int64_t seq) MUST_USE;

/* Keeps the scores of the job's folds; reads them. */
Status job_add_folds(Db *db, int64_t seq, const Job *job) MUST_USE;
Status job_read_folds(Db *db, int64_t seq, Job *job) MUST_USE;

#endif
