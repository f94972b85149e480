/* What a Training holds, for the files that are parts of it: training (from the claim to the end),
 * training_keep (checkpoints), and training_end (what becomes of the job).
 */
#ifndef WORKER_TRAINING_PRIVATE_H
#define WORKER_TRAINING_PRIVATE_H

#include "core/fit.h"
#include "state/hyper.h"
#include "store/store_checkpoint.h"
#include "worker/notes.h"
#include "worker/training.h"

typedef struct Training {
    Services *services;
    Job *job;
    Hyper hyper;
    FitOptions options;
    JobStart start;      /* borrowed by the fit, as is the next */
    const Net **initial; /* (ensemble), of start; NULL where weights are drawn */
    LiveJob *live;
    Fit *fit;
    Notes *notes;
    double began, shown; /* clock_seconds; the former as if all attempts had been one */
    Checkpoint stand;    /* kept and epochs as of now, seconds of the attempts before; no state */
    double keep_at;      /* clock_seconds of the next checkpoint */
    double keep_every;   /* seconds between two of them */
    uint64_t kept_sum;   /* the checksum of the state that was kept last */
} Training;

/* Takes down a run that has ended. */
void training_note_run(Training *training, const FitRun *run);

/* Puts a new fit where the job's checkpoint says, if it has one. STATUS_NOT_FOUND: it has one that
 * is of no use; that is said in the log, the job begins anew, and its fit is to be made anew. */
Status training_take_up(Training *training) MUST_USE;

/* Before the first epoch of this attempt, and then again and again: keeps a checkpoint when it is
 * time. */
void training_begin_keeping(Training *training);
void training_keep(Training *training);

/* Checkpoints a training that was interrupted, and puts its job back into the queue. */
void training_leave(Training *training);

/* The job has failed. */
void training_fail(Job *job, Status status, const char *why);

/* The state that an end of the training leads to, with the scores; the model where there is one. */
Model *training_conclude(Training *training, Outcome outcome, TrainEnd end);

/* The store could not be read: queues the job again, and waits a little. */
void training_put_back(Training *training);

/* Stores the end, with the model where there is one. */
void training_store_end(Training *training, const Model *model);

#endif
