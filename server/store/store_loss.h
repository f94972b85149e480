/* The history of a job, epoch by epoch, as the store has it. Errors beside those of store.h are
 * named at each.
 */
#ifndef STORE_STORE_LOSS_H
#define STORE_STORE_LOSS_H

#include "state/sieve.h"
#include "store/store.h"

/* A part of a history: epochs, both ends counted, of one run, or of all where it is 0. */
typedef struct StoreEpochs {
    int64_t from, to;
    int64_t run;
} StoreEpochs;

/* How many rows of these epochs each run has, as an array by run to be freed with free(); NULL and
 * 0 where there are none. STATUS_NOT_FOUND: no such job. */
Status store_job_run_lengths(Store *store, const char *id, StoreEpochs epochs, RunLength **lengths,
                             size_t *count) MUST_USE;

/* A page of these epochs: what follows behind a row, by run and epoch; zeros are the beginning. */
typedef struct StoreLosses {
    StoreEpochs epochs;
    int64_t run, epoch; /* of the row before */
    size_t limit;       /* rows, at most */
} StoreLosses;

/* The page, likewise. */
Status store_job_losses(Store *store, const char *id, const StoreLosses *page, Loss **losses,
                        size_t *count) MUST_USE;

#endif
