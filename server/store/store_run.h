/* What a job tells of its runs, in the store: losses, runs that have ended. Errors beside those of
 * store.h are named at each.
 */
#ifndef STORE_STORE_RUN_H
#define STORE_STORE_RUN_H

#include "core/fit.h"
#include "state/loss.h"
#include "store/store.h"

/* What a running job has told since the last flush; borrowed. */
typedef struct StoreRecord {
    const Loss *losses;
    size_t loss_count;
    const FitRun *runs; /* that have ended */
    size_t run_count;
} StoreRecord;

/* A part of a history: epochs, both ends counted, of one run, or of all where it is 0. */
typedef struct StoreEpochs {
    int64_t from, to;
    int64_t run;
} StoreEpochs;

/* The history of these epochs by run and epoch, as an array to be freed with free(); NULL and 0
 * where there is none. STATUS_NOT_FOUND: no such job. */
Status store_job_losses(Store *store, const char *id, StoreEpochs epochs, Loss **losses,
                        size_t *count) MUST_USE;

/* What follows behind an epoch of a run, by run and epoch: at most `limit` rows. */
typedef struct StoreAfter {
    int64_t run, epoch;
    size_t limit;
} StoreAfter;
Status store_job_losses_after(Store *store, const char *id, StoreAfter after, Loss **losses,
                              size_t *count) MUST_USE;

/* The runs that have ended, likewise. */
Status store_job_runs(Store *store, const char *id, FitRun **runs, size_t *count) MUST_USE;

#endif
