/* The losses of a job as they are when they are asked for, however many: read page by page, and
 * thinned on the way. What a training adds meanwhile is left out.
 */
#ifndef API_HISTORY_H
#define API_HISTORY_H

#include "store/store_loss.h"

/* Which losses, and how many of them at most; see sieve_new. */
typedef struct HistoryAsk {
    StoreEpochs epochs;
    size_t points; /* 2 or more */
} HistoryAsk;

typedef struct History History;

/* Errors: those of the store; STATUS_NOT_FOUND where there is no such job. */
Status history_open(Store *store, const char *id, const HistoryAsk *ask,
                    History **history) MUST_USE;
void history_free(History *history);

/* How many rows come, at most. */
size_t history_rows(const History *history);

/* The next rows, which are the history's until the next call; *count is 0 when there are no more.
 * STATUS_NOT_FOUND: rows have gone since it was opened. */
Status history_next(History *history, Store *store, const Loss **rows, size_t *count) MUST_USE;

/* Begins again, with the same rows. */
void history_rewind(History *history);

#endif
