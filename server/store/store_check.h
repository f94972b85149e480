/* Looks through a whole store for what is not as it was written.
 */
#ifndef STORE_STORE_CHECK_H
#define STORE_STORE_CHECK_H

#include "store/store.h"

/* What was looked at, and how much of it is wrong. */
typedef struct StoreCensus {
    long long datasets, models, jobs, checkpoints;
    long long findings;
} StoreCensus;

/* Is given a finding: a sentence that names what is damaged. */
typedef void StoreTell(void *arg, const char *finding);

/* Tells all that is wrong: in the file's own structure, in the chunks of large values, in what
 * models and checkpoints are made of, in digests, histories, runs, transitions and tokens. Each
 * look is one moment of the store, and what was deleted between two of them is passed over, so a
 * daemon may be at work on it. Takes the memory of the largest dataset. STATUS_OK whatever was
 * found; STATUS_NO_MEMORY. */
Status store_check(Store *store, StoreTell *tell, void *arg, StoreCensus *census) MUST_USE;

#endif
