/* Where trainings can go on after the daemon went down under them. Errors beside those of store.h
 * are named at each.
 */
#ifndef STORE_STORE_CHECKPOINT_H
#define STORE_STORE_CHECKPOINT_H

#include "store/store_job.h"

/* So often in a row may the daemon go down under a job that gets no further: then the job fails.
 * From the third time on the job is let wait after the start that found it, twice as long each
 * time, so that a daemon that is killed as soon as it is up does not fail its jobs. One that goes
 * down meanwhile did so for another reason: after the next start the job waits no more. */
#define STORE_CRASHES_MAX 7
#define STORE_CRASHES_FREE 3
#define STORE_CRASH_SECONDS 0.25

typedef struct Checkpoint {
    int64_t run;          /* that is trained; those before it have ended */
    int64_t epoch;        /* of that run, the last whose loss was told; -1 before the first */
    int64_t best_epoch;   /* of that run, with the lowest validation loss so far */
    int64_t kept;         /* the newest run whose network was kept; 0 before the first */
    int64_t epochs;       /* trained by the runs that have ended, in all */
    double seconds;       /* of training so far, in all attempts */
    unsigned char *state; /* of the fit, by core/fit_checkpoint.h */
    size_t size;
} Checkpoint;

/* In one transaction what a running job has told since the last flush, where it stands, and its
 * checkpoint in the place of the last one; its crashes are forgotten. STATUS_NOT_FOUND;
 * STATUS_CONFLICT where it does not run. */
Status store_checkpoint_put(Store *store, const Job *job, const StoreRecord *record,
                            const Checkpoint *checkpoint) MUST_USE;

/* The same, and the job goes back into the queue in that transaction. */
Status store_checkpoint_leave(Store *store, const Job *job, const StoreRecord *record,
                              const Checkpoint *checkpoint) MUST_USE;

/* The job's checkpoint, whose state is to be freed with free(). STATUS_NOT_FOUND: it has none. */
Status store_checkpoint_get(Store *store, const char *id, Checkpoint *checkpoint) MUST_USE;

/* Lets a job begin anew: without the checkpoint, and without all that it told. STATUS_NOT_FOUND. */
Status store_checkpoint_forget(Store *store, const char *id) MUST_USE;

#endif
