/* The rows of runs, of their losses, and of the folds' scores. What writes runs in the writing
 * thread, as part of a larger piece of work; a public function is one transaction of a reader in
 * the calling thread, and what it returns is the caller's.
 */
#include "store/store_run.h"

#include <stdlib.h>

#include "store/store_job_row.h"
#include "store/store_private.h"

static Status add_losses(Db *db, int64_t seq, const StoreRecord *record)
{
    static const char sql[] = "INSERT OR REPLACE INTO history (job, run, epoch, train, validation)"
                              " VALUES (?1, ?2, ?3, ?4, ?5)";
    Status status = STATUS_OK;
    for (size_t i = 0; i < record->loss_count && status == STATUS_OK; i++) {
        const Loss *loss = &record->losses[i];
        Query query = query_new(db, sql);
        query_bind_int(&query, seq);
        query_bind_int(&query, loss->run);
        query_bind_int(&query, loss->epoch);
        query_bind_real(&query, loss->train);
        query_bind_real(&query, loss->validation);
        status = query_run(&query);
    }
    return status;
}

/* The restarts before this one are not the best of their network any more. */
static Status unkeep(Db *db, int64_t seq, const FitRun *run)
{
    static const char sql[] = "UPDATE runs SET kept = 0"
                              " WHERE job = ?1 AND fold = ?2 AND member = ?3 AND run < ?4";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_bind_int(&query, (int64_t)run->fold);
    query_bind_int(&query, (int64_t)run->member);
    query_bind_int(&query, (int64_t)run->number);
    return query_run(&query);
}

static Status add_run(Db *db, int64_t seq, const FitRun *run)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO runs (job, run, fold, member, restart, seed, stopped_because,"
        " epoch, best_epoch, train_loss, validation_loss, effective_parameters, kept)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_bind_int(&query, (int64_t)run->number);
    query_bind_int(&query, (int64_t)run->fold);
    query_bind_int(&query, (int64_t)run->member);
    query_bind_int(&query, (int64_t)run->restart);
    query_bind_int(&query, (int64_t)run->seed);
    query_bind_text(&query, job_end_name(run->end));
    query_bind_int(&query, (int64_t)run->progress.epoch);
    query_bind_int(&query, (int64_t)run->progress.best_epoch);
    query_bind_real(&query, run->progress.train_loss);
    query_bind_real(&query, run->progress.validation_loss);
    query_bind_real(&query, run->effective);
    query_bind_int(&query, run->kept);
    return query_run(&query);
}

Status job_add_record(Db *db, int64_t seq, const StoreRecord *record)
{
    Status status = add_losses(db, seq, record);
    for (size_t i = 0; i < record->run_count && status == STATUS_OK; i++) {
        const FitRun *run = &record->runs[i];
        status = add_run(db, seq, run);
        if (status == STATUS_OK && run->kept && run->restart > 1)
            status = unkeep(db, seq, run);
    }
    return status;
}

Status job_add_folds(Db *db, int64_t seq, const Job *job)
{
    static const char sql[] = "INSERT OR REPLACE INTO folds (job, fold, mse, mae, r2)"
                              " VALUES (?1, ?2, ?3, ?4, ?5)";
    Status status = STATUS_OK;
    for (size_t i = 0; i < job->fold_count && status == STATUS_OK; i++) {
        Query query = query_new(db, sql);
        query_bind_int(&query, seq);
        query_bind_int(&query, (int64_t)i + 1);
        store_bind_score(&query, true, &job->fold[i]);
        status = query_run(&query);
    }
    return status;
}

Status job_forget_record(Db *db, int64_t seq)
{
    static const char *const sql[] = {
        "DELETE FROM history WHERE job = ?1",
        "DELETE FROM runs WHERE job = ?1",
        "DELETE FROM folds WHERE job = ?1",
    };
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof sql / sizeof *sql && status == STATUS_OK; i++) {
        Query query = query_new(db, sql[i]);
        query_bind_int(&query, seq);
        status = query_run(&query);
    }
    return status;
}

static void add_fold(Query *query, Job *job)
{
    Score *grown = store_grow(query, job->fold, job->fold_count, sizeof *grown);
    if (!grown)
        return;
    job->fold = grown;
    if (!store_read_score(query, &grown[job->fold_count++]))
        query_damaged(query, "a fold has no score");
}

Status job_read_folds(Db *db, int64_t seq, Job *job)
{
    static const char sql[] = "SELECT mse, mae, r2 FROM folds WHERE job = ?1 ORDER BY fold";
    Query query = query_new(db, sql);
    query.table = "folds";
    query.id = job->id;
    query_bind_int(&query, seq);
    while (query_step(&query))
        add_fold(&query, job);
    return query_end(&query);
}

typedef struct RunWork {
    const char *id;
    FitRun *runs;
    size_t count;
} RunWork;

static void read_run(Query *query, RunWork *work)
{
    FitRun *grown = store_grow(query, work->runs, work->count, sizeof *grown);
    if (!grown)
        return;
    work->runs = grown;
    FitRun *run = &grown[work->count++];
    run->number = query_size(query);
    run->fold = query_size(query);
    run->member = query_size(query);
    run->restart = query_size(query);
    run->seed = (uint64_t)query_int(query);
    run->end = job_end_read(query);
    run->progress.epoch = query_size(query);
    run->progress.best_epoch = query_size(query);
    run->progress.train_loss = query_real(query);
    run->progress.validation_loss = query_real(query);
    run->effective = query_real(query);
    run->kept = query_int(query) != 0;
}

static Status runs(Db *db, void *arg)
{
    static const char sql[] = "SELECT run, fold, member, restart, seed, stopped_because, epoch,"
                              " best_epoch, train_loss, validation_loss, effective_parameters,"
                              " kept FROM runs WHERE job = ?1 ORDER BY run";
    RunWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(db, work->id, &ref);
    if (status != STATUS_OK)
        return status;
    Query query = query_new(db, sql);
    query.table = "runs";
    query.id = work->id;
    query_bind_int(&query, ref.seq);
    while (query_step(&query))
        read_run(&query, work);
    return query_end(&query);
}

Status store_job_runs(Store *store, const char *id, FitRun **result, size_t *count)
{
    RunWork work = {.id = id};
    Status status = store_read(store, runs, &work);
    if (status != STATUS_OK) {
        free(work.runs);
        work = (RunWork){0};
    }
    *result = work.runs;
    *count = work.count;
    return status;
}
