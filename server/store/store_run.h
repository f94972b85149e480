/* What a job tells of its runs, in the store: losses, runs that have ended. Errors beside those of
 * store.h are named at each. The losses are read by store_loss.h.
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

/* The runs that have ended, as an array to be freed with free(); NULL and 0 where there are none.
 * STATUS_NOT_FOUND: no such job. */
Status store_job_runs(Store *store, const char *id, FitRun **runs, size_t *count) MUST_USE;

#endif
