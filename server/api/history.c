/* The rows of each run are counted first: so it is known what comes, and how to thin it. A training
 * that goes on adds rows behind those alone. */
#include "api/history.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE 1000 /* rows read at once */

struct History {
    char job[ID_SIZE];
    StoreLosses page; /* the next */
    RunLength *runs;
    size_t run_count;
    size_t points;
    Sieve sieve;
    size_t left; /* rows to be read */
    Loss kept[PAGE + SIEVE_KEPT];
};

Status history_open(Store *store, const char *id, const HistoryAsk *ask, History **history)
{
    History *made = calloc(1, sizeof *made);
    *history = NULL;
    if (!made)
        return STATUS_NO_MEMORY;
    snprintf(made->job, sizeof made->job, "%s", id);
    made->page.epochs = ask->epochs;
    made->points = ask->points;
    Status status = store_job_run_lengths(store, id, ask->epochs, &made->runs, &made->run_count);
    if (status != STATUS_OK) {
        history_free(made);
        return status;
    }
    history_rewind(made);
    *history = made;
    return STATUS_OK;
}

void history_free(History *history)
{
    if (!history)
        return;
    free(history->runs);
    free(history);
}

size_t history_rows(const History *history)
{
    const size_t least = 2 * history->run_count; /* what a thinned history has anyway */
    const size_t points = history->points > least ? history->points : least;
    return history->sieve.rows < points ? history->sieve.rows : points;
}

/* One page of the store through the sieve. */
static Status read_page(History *history, Store *store, size_t *kept)
{
    Loss *losses;
    size_t count;
    history->page.limit = history->left < PAGE ? history->left : PAGE;
    Status status = store_job_losses(store, history->job, &history->page, &losses, &count);
    if (status == STATUS_OK && count < history->page.limit)
        status = STATUS_NOT_FOUND;
    if (status == STATUS_OK) {
        for (size_t i = 0; i < count; i++)
            *kept += sieve_take(&history->sieve, &losses[i], history->kept + *kept);
        history->page.run = losses[count - 1].run;
        history->page.epoch = losses[count - 1].epoch;
        history->left -= count;
    }
    free(losses);
    return status;
}

Status history_next(History *history, Store *store, const Loss **rows, size_t *count)
{
    Status status = STATUS_OK;
    *rows = history->kept;
    *count = 0;
    while (status == STATUS_OK && history->left > 0 && *count == 0)
        status = read_page(history, store, count);
    return status;
}

void history_rewind(History *history)
{
    history->page.run = history->page.epoch = 0;
    history->sieve = sieve_new(history->runs, history->run_count, history->points);
    history->left = history->sieve.rows;
}
