/* Reads the rows of histories; store_run.c writes them with all else that a job tells. A public
 * function is one transaction of a reader in the calling thread, and what it returns is the
 * caller's. */
#include "store/store_loss.h"

#include <stdlib.h>

#include "store/store_job_row.h"
#include "store/store_private.h"

/* The rows of a page, but for its limit; both pairs bound the walk over the index. */
#define OF_PAGE                                                                                    \
    " WHERE job = ?1 AND (run, epoch) > (?2, ?3) AND (run, epoch) <= (?4, ?5)"                     \
    " AND epoch BETWEEN ?6 AND ?7"

static void bind_page(Query *query, int64_t seq, const StoreLosses *page)
{
    const StoreEpochs *epochs = &page->epochs;
    const bool begun = page->run > 0;
    query_bind_int(query, seq);
    query_bind_int(query, begun ? page->run : epochs->run);
    query_bind_int(query, begun ? page->epoch : epochs->from - 1);
    query_bind_int(query, epochs->run == 0 ? INT64_MAX : epochs->run);
    query_bind_int(query, epochs->to);
    query_bind_int(query, epochs->from);
    query_bind_int(query, epochs->to);
}

typedef struct LengthWork {
    const char *id;
    StoreLosses all;
    RunLength *lengths;
    size_t count;
} LengthWork;

static void read_length(Query *query, LengthWork *work)
{
    RunLength *grown = store_grow(query, work->lengths, work->count, sizeof *grown);
    if (!grown)
        return;
    work->lengths = grown;
    grown[work->count].run = query_int(query);
    grown[work->count++].rows = query_size(query);
}

static Status run_lengths(Db *db, void *arg)
{
    static const char sql[] =
        "SELECT run, count(*) FROM history" OF_PAGE " GROUP BY run ORDER BY run";
    LengthWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(db, work->id, &ref);
    if (status != STATUS_OK)
        return status;
    Query query = query_new(db, sql);
    bind_page(&query, ref.seq, &work->all);
    while (query_step(&query))
        read_length(&query, work);
    return query_end(&query);
}

Status store_job_run_lengths(Store *store, const char *id, StoreEpochs epochs, RunLength **lengths,
                             size_t *count)
{
    LengthWork work = {.id = id, .all = {.epochs = epochs}};
    Status status = store_read(store, run_lengths, &work);
    if (status != STATUS_OK) {
        free(work.lengths);
        work = (LengthWork){0};
    }
    *lengths = work.lengths;
    *count = work.count;
    return status;
}

typedef struct LossWork {
    const char *id;
    const StoreLosses *page;
    Loss *losses;
    size_t count;
} LossWork;

static void read_loss(Query *query, LossWork *work)
{
    Loss *grown = store_grow(query, work->losses, work->count, sizeof *grown);
    if (!grown)
        return;
    work->losses = grown;
    Loss *loss = &grown[work->count++];
    loss->run = query_int(query);
    loss->epoch = query_int(query);
    loss->train = query_real(query);
    loss->validation = query_real(query);
}

static Status losses(Db *db, void *arg)
{
    static const char sql[] =
        "SELECT run, epoch, train, validation FROM history" OF_PAGE " ORDER BY run, epoch LIMIT ?8";
    LossWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(db, work->id, &ref);
    if (status != STATUS_OK)
        return status;
    Query query = query_new(db, sql);
    bind_page(&query, ref.seq, work->page);
    query_bind_int(&query, (int64_t)work->page->limit);
    while (query_step(&query))
        read_loss(&query, work);
    return query_end(&query);
}

Status store_job_losses(Store *store, const char *id, const StoreLosses *page, Loss **result,
                        size_t *count)
{
    LossWork work = {.id = id, .page = page};
    Status status = store_read(store, losses, &work);
    if (status != STATUS_OK) {
        free(work.losses);
        work = (LossWork){0};
    }
    *result = work.losses;
    *count = work.count;
    return status;
}
