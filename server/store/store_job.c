/* Jobs that come, wait, are claimed, go back, and leave. All of it runs in the writing thread; the
 * public functions hand it their work, and fill in what came of it only once it is durable.
 */
#include "store/store_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/blob.h"
#include "store/store_checkpoint.h"
#include "store/store_job_row.h"
#include "store/store_private.h"
#include "tools/clock.h"
#include "tools/metrics.h"

typedef struct AddWork {
    const Job *job;
    const Dataset *dataset;
    const StoreKey *key;
    int64_t queued;         /* that may wait; 0 is any number */
    unsigned char *initial; /* bytes of what it starts from; NULL where there is none */
    size_t initial_size;
    char id[ID_SIZE];
    int64_t created_at;
    DatasetStamp stamp;
} AddWork;

static Status insert(Db *db, const AddWork *work, int64_t initial, int64_t *seq)
{
    static const char sql[] = "INSERT INTO jobs (id, state, dataset, model_name, hyperparameters,"
                              " labels, parameters, epochs, runs, created_at, initial,"
                              " from_model, memory)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                              " RETURNING seq";
    const Job *job = work->job;
    Query query = query_new(db, sql);
    query_bind_text(&query, work->id);
    query_bind_text(&query, job_state_name(JOB_QUEUED));
    query_bind_text(&query, work->dataset ? work->stamp.id : job->dataset);
    query_bind_text(&query, job->model_name[0] ? job->model_name : work->id);
    query_bind_text(&query, job->hyperparameters);
    query_bind_text(&query, job->labels);
    query_bind_int(&query, job->parameters);
    query_bind_int(&query, job->epochs);
    query_bind_int(&query, job->runs);
    query_bind_int(&query, work->created_at);
    query_bind_known(&query, initial);
    query_bind_text(&query, job->from_model);
    query_bind_int(&query, job->memory);
    query_find(&query);
    *seq = query_int(&query);
    return query_end(&query);
}

/* STATUS_BUSY where as many are queued already. */
static Status look_for_place(Db *db, int64_t queued)
{
    static const char sql[] = "SELECT 1 FROM jobs WHERE state = 'queued' LIMIT 1 OFFSET ?1";
    if (queued == 0)
        return STATUS_OK;
    Query query = query_new(db, sql);
    query_bind_int(&query, queued - 1);
    query_find(&query);
    Status status = query_end(&query);
    return status == STATUS_OK ? STATUS_BUSY : status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static Status add(Writer *writer, void *arg)
{
    AddWork *work = arg;
    int64_t initial = 0, seq = 0;
    Status status = look_for_place(writer->db, work->queued);
    if (status == STATUS_OK)
        status = work->dataset ? store_dataset_insert(writer, work->dataset, &work->stamp)
                               : store_dataset_find(writer->db, work->job->dataset);
    if (status == STATUS_OK && work->initial)
        status = bytes_add(writer->db, work->initial, work->initial_size, &initial);
    id_make(&writer->ids, "job", work->id);
    work->created_at = clock_now_ms();
    if (status == STATUS_OK)
        status = insert(writer->db, work, initial, &seq);
    if (status == STATUS_OK)
        status = store_once_insert(writer->db, work->key, work->id);
    JobMove first = {seq, JOB_QUEUED, "submitted", work->created_at};
    return status == STATUS_OK ? job_note(writer->db, &first) : status;
}

static void fill_added(const AddWork *work, Job *job, Dataset *dataset)
{
    snprintf(job->id, sizeof job->id, "%s", work->id);
    job->state = JOB_QUEUED;
    job->created_at = work->created_at;
    if (!job->model_name[0])
        snprintf(job->model_name, sizeof job->model_name, "%s", work->id);
    if (!dataset)
        return;
    snprintf(dataset->id, sizeof dataset->id, "%s", work->stamp.id);
    dataset->created_at = work->stamp.created_at;
    snprintf(job->dataset, sizeof job->dataset, "%s", work->stamp.id);
}

static Status draft_start(const JobStart *start, AddWork *work)
{
    Outcome outcome = OUTCOME_OK;
    if (start && start->model)
        outcome = blob_from_model(start->model, &work->initial, &work->initial_size);
    else if (start && start->net)
        outcome = blob_from_net(start->net, &work->initial, &work->initial_size);
    return store_outcome(outcome);
}

Status store_job_add(Store *store, Job *job, Dataset *dataset, const JobStart *start)
{
    return store_job_add_once(store, job, dataset, start, NULL);
}

/* What a job will keep at least: its dataset, where it brings one, and its model. */
static size_t bytes_to_come(const Job *job, const Dataset *dataset)
{
    size_t model = (size_t)job->parameters * sizeof(double);
    return model + (dataset ? dataset_bytes(dataset) : 0);
}

Status store_job_add_once(Store *store, Job *job, Dataset *dataset, const JobStart *start,
                          const StoreKey *key)
{
    AddWork work = {.job = job, .dataset = dataset, .key = key};
    work.queued = store_job_limits(store).queued;
    Status status = draft_start(start, &work);
    if (status == STATUS_OK)
        status = store_look_for_room(store, bytes_to_come(job, dataset));
    if (status == STATUS_OK)
        status = store_write(store, add, &work);
    free(work.initial);
    if (status == STATUS_OK)
        fill_added(&work, job, dataset);
    return status;
}

typedef struct ClaimWork {
    int64_t memory;  /* that all who run may take; 0 is any */
    int64_t crashes; /* of jobs that are not let wait: fewer, */
    int64_t since;   /* or the daemon went down under them before then */
    Job *job;
} ClaimWork;

/* The oldest queued row of those that are not let wait, made running where it fits beside those
 * that run, or is alone; nobody overtakes it, so that it is not put off for ever.
 * STATUS_NOT_FOUND. */
static Status take_oldest(Db *db, const ClaimWork *work, int64_t now, int64_t *seq)
{
    static const char sql[] =
        "UPDATE jobs SET state = ?1, started_at = ?2, attempts = attempts + 1, finished_at = NULL"
        " WHERE seq ="
        " (SELECT seq FROM jobs WHERE state = 'queued' AND (crashes < ?4 OR"
        " (SELECT max(at) FROM transitions WHERE job = seq) < ?5) ORDER BY seq LIMIT 1) AND"
        " (?3 = 0 OR memory <= ?3 -"
        " (SELECT coalesce(sum(memory), ?3 - jobs.memory) FROM jobs AS running"
        " WHERE state = 'running'))"
        " RETURNING seq";
    Query query = query_new(db, sql);
    query_bind_text(&query, job_state_name(JOB_RUNNING));
    query_bind_int(&query, now);
    query_bind_int(&query, work->memory);
    query_bind_int(&query, work->crashes);
    query_bind_int(&query, work->since);
    query_find(&query);
    *seq = query_int(&query);
    return query_end(&query);
}

static Status read_claimed(Db *db, int64_t seq, Job **job)
{
    static const char sql[] = "SELECT " JOB_FIELDS " FROM jobs WHERE seq = ?1";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    if (query_find(&query))
        *job = job_row_read(&query, &seq);
    return query_end(&query);
}

/* A claimed job that cannot be read fails, or it would be the oldest for ever. */
static Status fail_damaged(Db *db, const JobMove *claimed)
{
    static const char sql[] =
        "UPDATE jobs SET error_status = ?2, error = 'what the store has of this job is damaged;"
        " `backpropd check` tells more' WHERE seq = ?1";
    const char *slug = status_slug(STATUS_DAMAGED);
    JobMove failed = {claimed->seq, JOB_FAILED, slug, claimed->at};
    Query query = query_new(db, sql);
    query_bind_int(&query, claimed->seq);
    query_bind_text(&query, slug);
    Status status = query_run(&query);
    return status == STATUS_OK ? job_move(db, JOB_RUNNING, &failed) : status;
}

/* STATUS_DAMAGED where the oldest could not be read, and has failed now. */
static Status claim_oldest(Db *db, ClaimWork *work)
{
    JobMove move = {0, JOB_RUNNING, "a worker took it up", clock_now_ms()};
    Status status = take_oldest(db, work, move.at, &move.seq);
    if (status == STATUS_NOT_FOUND)
        return look_for_place(db, 1); /* one that waits is busy */
    if (status == STATUS_OK)
        status = job_note(db, &move);
    if (status == STATUS_OK)
        status = read_claimed(db, move.seq, &work->job);
    if (status != STATUS_DAMAGED)
        return status;
    status = fail_damaged(db, &move);
    return status == STATUS_OK ? STATUS_DAMAGED : status;
}

static Status claim(Writer *writer, void *arg)
{
    ClaimWork *work = arg;
    Status status = STATUS_DAMAGED;
    job_free(work->job); /* of a run before, whose transaction was lost */
    work->job = NULL;
    while (status == STATUS_DAMAGED)
        status = claim_oldest(writer->db, work);
    return status;
}

Status store_job_claim(Store *store, Job **job)
{
    int64_t opened = store_opened_at(store);
    double age = (double)(clock_now_ms() - opened) / 1000;
    ClaimWork work = {.memory = store_job_limits(store).memory,
                      .crashes = STORE_CRASHES_FREE,
                      .since = opened};
    for (double wait = STORE_CRASH_SECONDS; wait <= age; wait *= 2)
        work.crashes++;
    Status status = store_write(store, claim, &work);
    if (status != STATUS_OK) {
        job_free(work.job);
        work.job = NULL;
    }
    *job = work.job;
    return status;
}

typedef struct MoveWork {
    const char *id, *reason;
    JobState to;
} MoveWork;

static Status move_row(Db *db, const JobRef *ref, const MoveWork *work)
{
    JobMove move = {ref->seq, work->to, work->reason, clock_now_ms()};
    Status status = job_move(db, ref->state, &move);
    return status == STATUS_OK && work->to == JOB_QUEUED ? job_roll_back(db, ref->seq) : status;
}

static Status move_one(Writer *writer, void *arg)
{
    const MoveWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(writer->db, work->id, &ref);
    return status == STATUS_OK ? move_row(writer->db, &ref, work) : status;
}

Status store_job_requeue(Store *store, const char *id, const char *reason)
{
    MoveWork work = {.id = id, .reason = reason, .to = JOB_QUEUED};
    return store_write_freeing(store, move_one, &work);
}

/* A running job may become cancelled too, but by its worker alone. */
static Status cancel_queued(Writer *writer, void *arg)
{
    const MoveWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(writer->db, work->id, &ref);
    if (status == STATUS_OK && ref.state != JOB_QUEUED)
        status = STATUS_CONFLICT;
    return status == STATUS_OK ? move_one(writer, arg) : status;
}

Status store_job_cancel(Store *store, const char *id)
{
    MoveWork work = {.id = id, .reason = "cancelled before it began", .to = JOB_CANCELLED};
    Status status = store_write_freeing(store, cancel_queued, &work);
    if (status == STATUS_OK)
        metric_add(METRIC_CANCELLED, 1);
    return status;
}

static Status drop(Writer *writer, void *arg)
{
    static const char sql[] = "DELETE FROM jobs WHERE seq = ?1";
    const MoveWork *work = arg;
    JobRef ref;
    Status status = job_ref_find(writer->db, work->id, &ref);
    if (status == STATUS_OK && !job_state_ended(ref.state))
        status = STATUS_CONFLICT;
    if (status != STATUS_OK)
        return status;
    Query query = query_new(writer->db, sql);
    query_bind_int(&query, ref.seq);
    return query_run(&query);
}

Status store_job_delete(Store *store, const char *id)
{
    MoveWork work = {.id = id};
    return store_write_freeing(store, drop, &work);
}

/* The lowest running job; STATUS_NOT_FOUND where there is none. */
static Status find_running(Db *db, int64_t *seq)
{
    static const char sql[] =
        "SELECT min(seq) FROM jobs WHERE state = 'running' HAVING count(*) > 0";
    Query query = query_new(db, sql);
    query_find(&query);
    *seq = query_int(&query);
    return query_end(&query);
}

static Status end_all_running(Db *db, Status (*end)(Db *db, int64_t seq))
{
    int64_t seq;
    Status status = find_running(db, &seq);
    while (status == STATUS_OK) {
        status = end(db, seq);
        if (status == STATUS_OK)
            status = find_running(db, &seq);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

Status store_jobs_crashed(Writer *writer, void *arg)
{
    (void)arg;
    return end_all_running(writer->db, job_crashed);
}

static Status put_back(Db *db, int64_t seq)
{
    const JobRef ref = {seq, JOB_RUNNING};
    const MoveWork back = {.reason = "the daemon stopped", .to = JOB_QUEUED};
    return move_row(db, &ref, &back);
}

static Status put_all_back(Writer *writer, void *arg)
{
    (void)arg;
    return end_all_running(writer->db, put_back);
}

Status store_jobs_requeue(Store *store)
{
    return store_write_freeing(store, put_all_back, NULL);
}
