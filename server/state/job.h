/* A job: a training of one run or more, from the request to the model it made. Plain values; the
 * store keeps them.
 *
 * Who may change a job's row:
 *   queued            whoever claims it (a worker), or cancels it
 *   running           its worker alone; HTTP may only raise its stop flag (live.h)
 *   ended             nobody; it may be deleted
 */
#ifndef STATE_JOB_H
#define STATE_JOB_H

#include <stdbool.h>

#include "core/fit.h"
#include "tools/id.h"

#define MODEL_NAME 101                /* bytes of a model's name, the final 0 counted */
#define MODEL_LABEL (MODEL_NAME + 20) /* the same of name/version */

typedef enum JobState {
    JOB_QUEUED,
    JOB_RUNNING,
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_STATES
} JobState;

/* "queued", "running", ...; and back: JOB_STATES where there is no such state. */
const char *job_state_name(JobState state);
JobState job_state_find(const char *name);
bool job_state_ended(JobState state);

/* Whether a job may go from one state to another. */
bool job_state_may_become(JobState from, JobState to);

/* "converged", "early_stopping", ...; "" for TRAIN_GOES_ON. */
const char *job_end_name(TrainEnd end);
TrainEnd job_end_find(const char *name);

typedef struct JobTransition {
    JobState state;
    int64_t at; /* ms since 1970 */
    char reason[64];
} JobTransition;

typedef struct Job {
    char id[ID_SIZE];
    JobState state;
    TrainEnd stopped_because; /* TRAIN_GOES_ON while it has not ended, or did not train */
    char dataset[ID_SIZE];
    char model_name[MODEL_NAME];  /* of the model to make a version of, or made */
    int64_t model_version;        /* 0 until it is made */
    char from_model[MODEL_LABEL]; /* name/version of what it starts from; "" where of none */
    char *hyperparameters;        /* all of them, as a JSON object; owned */
    char *labels;                 /* a JSON object of strings; owned */
    int64_t parameters;           /* of all networks: to be trained; once there is a model, kept */
    int64_t epochs;               /* of a run, at most */
    int64_t memory;               /* bytes that it takes to train, estimated when it is made */
    int64_t runs;                 /* how many it makes */
    int64_t run;                  /* the one it is at, or ended in; 1 is the first */
    int64_t queue_position;       /* 1 is next; 0 where it is not queued */
    TrainProgress progress;       /* of that run, as last stored; NAN before its first epoch */
    double epochs_per_second;     /* over all its runs; 0 where not known */
    bool has_training, has_validation;
    Score training, validation; /* meaningful where has_... */
    size_t fold_count;
    Score *fold;     /* (fold_count), of the cross-validation; owned */
    char error[320]; /* why it failed; "" where it did not */
    Status error_status;
    int64_t attempts;                            /* times a worker took it up */
    int64_t crashes;                             /* of the daemon under it, with no progress */
    bool discard;                                /* cancelled with ?discard: no model is made */
    int64_t created_at, started_at, finished_at; /* ms since 1970; 0 where not yet */
    size_t transition_count;
    JobTransition *transition; /* oldest first; owned */
} Job;

/* Whether a model may be called so: 1 to MODEL_NAME - 1 of A-Z, a-z, 0-9, '.', '_' and '-', and not
 * dots only. */
bool job_model_name_is_sound(const char *name);

/* Frees what the job owns, and the job. */
void job_free(Job *job);

#endif
