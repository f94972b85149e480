/* What a worker writes of its running job: progress, and the end with the model. Each is one
 * transaction in the writing thread. Nothing of *job changes before it is durable.
 */
#include <assert.h>
#include <stdlib.h>

#include "store/store_job_row.h"
#include "store/store_private.h"
#include "tools/clock.h"
#include "tools/metrics.h"

typedef struct EndWork {
    const Job *job;
    const StoreRecord *record;
    const ModelDraft *draft; /* NULL where no model is made */
    int64_t version, finished_at;
} EndWork;

static Status update_progress(Db *db, int64_t seq, const Job *job)
{
    static const char sql[] = "UPDATE jobs SET epoch = ?1, train_loss = ?2, validation_loss = ?3,"
                              " best_epoch = ?4, epochs_per_second = ?5, run = ?6 WHERE seq = ?7";
    Query query = query_new(db, sql);
    query_bind_int(&query, (int64_t)job->progress.epoch);
    query_bind_real(&query, job->progress.train_loss);
    query_bind_real(&query, job->progress.validation_loss);
    query_bind_int(&query, (int64_t)job->progress.best_epoch);
    query_bind_real(&query, job->epochs_per_second);
    query_bind_int(&query, job->run);
    query_bind_int(&query, seq);
    return query_run(&query);
}

Status job_add_progress(Db *db, const Job *job, const StoreRecord *record, JobRef *ref)
{
    Status status = job_ref_find(db, job->id, ref);
    if (status == STATUS_OK && ref->state != JOB_RUNNING)
        status = STATUS_CONFLICT;
    if (status == STATUS_OK)
        status = job_add_record(db, ref->seq, record);
    if (status == STATUS_OK)
        status = update_progress(db, ref->seq, job);
    return status;
}

static Status flush(Writer *writer, void *arg)
{
    const EndWork *work = arg;
    JobRef ref;
    return job_add_progress(writer->db, work->job, work->record, &ref);
}

Status store_job_progress(Store *store, const Job *job, const StoreRecord *record)
{
    EndWork work = {.job = job, .record = record};
    return store_write(store, flush, &work);
}

static Status update_end(Db *db, int64_t seq, const EndWork *work)
{
    static const char sql[] =
        "UPDATE jobs SET stopped_because = ?1, model_version = ?2, parameters = ?3,"
        " training_mse = ?4, training_mae = ?5, training_r2 = ?6, validation_mse = ?7,"
        " validation_mae = ?8, validation_r2 = ?9, error = ?10, error_status = ?11, discard = ?12"
        " WHERE seq = ?13";
    const Job *job = work->job;
    Query query = query_new(db, sql);
    query_bind_text(&query, job_end_name(job->stopped_because));
    query_bind_known(&query, work->version);
    query_bind_int(&query, job->parameters);
    store_bind_score(&query, job->has_training, &job->training);
    store_bind_score(&query, job->has_validation, &job->validation);
    query_bind_text(&query, job->error);
    query_bind_text(&query, status_slug(job->error_status));
    query_bind_int(&query, job->discard);
    query_bind_int(&query, seq);
    return query_run(&query);
}

/* Why it came to this end, in a word. */
static const char *reason_of(const Job *job)
{
    bool failed = job->state == JOB_FAILED && job->error_status != STATUS_OK;
    return failed ? status_slug(job->error_status) : job_end_name(job->stopped_because);
}

static Status finish(Writer *writer, void *arg)
{
    EndWork *work = arg;
    JobRef ref;
    work->version = 0;
    work->finished_at = clock_now_ms();
    Status status = job_add_progress(writer->db, work->job, work->record, &ref);
    if (status == STATUS_OK)
        status = job_add_folds(writer->db, ref.seq, work->job);
    if (status == STATUS_OK && work->draft)
        status = store_model_insert(writer->db, work->job, work->draft, &work->version);
    if (status == STATUS_OK)
        status = update_end(writer->db, ref.seq, work);
    if (status != STATUS_OK)
        return status;
    JobMove move = {ref.seq, work->job->state, reason_of(work->job), work->finished_at};
    return job_move(writer->db, ref.state, &move);
}

Status store_job_finish(Store *store, Job *job, const StoreRecord *record, const Model *model)
{
    assert(job_state_ended(job->state));
    ModelDraft draft = {0};
    EndWork work = {.job = job, .record = record, .draft = model ? &draft : NULL};
    Status status = model ? store_model_draft(model, &draft) : STATUS_OK;
    if (status == STATUS_OK)
        status = store_write(store, finish, &work);
    free(draft.bytes);
    if (status != STATUS_OK)
        return status;
    job->model_version = work.version;
    job->finished_at = work.finished_at;
    metric_add(METRIC_SUCCEEDED + (job->state - JOB_SUCCEEDED), 1);
    return STATUS_OK;
}
