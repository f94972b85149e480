/* Reads jobs, their lists and starts. Each public function is one transaction
 * of a reader in the calling thread; what it returns is the caller's.
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "store/store_job_row.h"
#include "store/store_private.h"

typedef struct GetWork {
    const char *id;
    Job *job;
    JobStart start;
} GetWork;

static Status get(Db *db, void *arg)
{
    static const char sql[] = "SELECT " JOB_FIELDS " FROM jobs WHERE id = ?1";
    GetWork *work = arg;
    int64_t seq = 0;
    Query query = query_new(db, sql);
    query_bind_text(&query, work->id);
    if (query_find(&query))
        work->job = job_row_read(&query, &seq);
    Status status = query_end(&query);
    if (status != STATUS_OK || work->job->state != JOB_QUEUED)
        return status;
    return job_count_queued(db, 0, seq, &work->job->queue_position);
}

Status store_job_get(Store *store, const char *id, Job **job)
{
    GetWork work = {.id = id};
    Status status = store_read(store, get, &work);
    if (status != STATUS_OK) {
        job_free(work.job);
        work.job = NULL;
    }
    *job = work.job;
    return status;
}

static Status find_initial(Db *db, const char *id, int64_t *blob)
{
    static const char sql[] = "SELECT initial FROM jobs WHERE id = ?1";
    Query query = query_new(db, sql);
    query_bind_text(&query, id);
    query_find(&query);
    *blob = query_int(&query);
    return query_end(&query);
}

void job_start_free(JobStart *start)
{
    net_free(start->net);
    model_free(start->model);
    *start = (JobStart){0};
}

/* The bytes of a network, or of a model. */
static Outcome read_start(const unsigned char *bytes, size_t size, JobStart *start)
{
    Outcome outcome = blob_to_net(bytes, size, &start->net);
    return outcome == OUTCOME_BAD_BYTES ? blob_to_model(bytes, size, &start->model) : outcome;
}

static Status get_initial(Db *db, void *arg)
{
    GetWork *work = arg;
    Bytes bytes = {.table = "jobs", .id = work->id};
    unsigned char *value;
    size_t size;
    Status status = find_initial(db, work->id, &bytes.blob);
    if (status != STATUS_OK || bytes.blob == 0)
        return status;
    status = bytes_get(db, &bytes, &value, &size);
    if (status != STATUS_OK)
        return status;
    Outcome outcome = read_start(value, size, &work->start);
    free(value);
    if (outcome == OUTCOME_BAD_BYTES)
        return trouble_damage("jobs", work->id, "what it starts from is no network");
    return store_outcome(outcome);
}

Status store_job_initial(Store *store, const char *id, JobStart *start)
{
    GetWork work = {.id = id};
    Status status = store_read(store, get_initial, &work);
    if (status != STATUS_OK)
        job_start_free(&work.start);
    *start = work.start;
    return status;
}

static Status count_states(Db *db, void *arg)
{
    static const char sql[] = "SELECT state, count(*) FROM jobs GROUP BY state";
    int64_t *counts = arg;
    char name[32];
    Query query = query_new(db, sql);
    while (query_step(&query)) {
        query_text(&query, name, sizeof name);
        JobState state = job_state_find(name);
        if (state < JOB_STATES)
            counts[state] = query_int(&query);
    }
    return query_end(&query);
}

Status store_job_counts(Store *store, int64_t counts[JOB_STATES])
{
    memset(counts, 0, JOB_STATES * sizeof *counts);
    return store_read(store, count_states, counts);
}

typedef struct ListWork {
    StoreJobFilter filter;
    Job **jobs;
    size_t count;
    bool more;
    int64_t queued_seq, queued_position; /* of the queued job listed last; 0 before the first */
} ListWork;

/* Counts on from the queued job listed before this one, so that a page costs one walk along the
 * queue and not one for each job. */
static Status set_position(Db *db, ListWork *work, Job *job, int64_t seq)
{
    int64_t between = 0;
    Status status;
    if (work->queued_seq == 0) {
        status = job_count_queued(db, 0, seq, &work->queued_position);
    } else {
        status = job_count_queued(db, seq, work->queued_seq, &between);
        work->queued_position -= between;
    }
    work->queued_seq = seq;
    job->queue_position = work->queued_position;
    return status;
}

static void add_to_list(Query *query, ListWork *work)
{
    Job **grown = store_grow(query, work->jobs, work->count, sizeof(Job *));
    if (!grown)
        return;
    int64_t seq;
    work->jobs = grown;
    Job *job = job_row_read(query, &seq);
    if (!job)
        return;
    grown[work->count++] = job;
    if (job->state == JOB_QUEUED)
        query_fail(query, set_position(query->db, work, job, seq));
}

/* Goes on after an entry that was deleted since, too: ids sort by creation. One text for each set
 * of filters, so that each finds its index. */
#define JOB_LIST(filter)                                                                           \
    "SELECT " JOB_FIELDS " FROM jobs WHERE seq < CASE WHEN ?1 IS NULL"                             \
    " THEN 9223372036854775807 ELSE coalesce((SELECT seq FROM jobs WHERE id = ?1),"                \
    " (SELECT seq + 1 FROM jobs WHERE id < ?1 ORDER BY id DESC LIMIT 1), 0) END" filter            \
    " ORDER BY seq DESC LIMIT ?2"

static Query list_query(Db *db, const ListWork *work)
{
    static const char all_sql[] = JOB_LIST("");
    static const char state_sql[] = JOB_LIST(" AND state = ?3");
    static const char model_sql[] = JOB_LIST(" AND model_name = ?3");
    static const char both_sql[] = JOB_LIST(" AND state = ?3 AND model_name = ?4");
    bool by_state = work->filter.state != JOB_STATES, by_model = work->filter.model;
    const char *sql = by_state ? by_model ? both_sql : state_sql : by_model ? model_sql : all_sql;
    Query query = query_new(db, sql);
    store_bind_page(&query, work->filter.page);
    if (by_state)
        query_bind_text(&query, job_state_name(work->filter.state));
    if (by_model)
        query_bind_text(&query, work->filter.model);
    return query;
}

static Status list(Db *db, void *arg)
{
    ListWork *work = arg;
    Query query = list_query(db, work);
    while (work->count < work->filter.page.limit && query_step(&query))
        add_to_list(&query, work);
    work->more = work->count == work->filter.page.limit && query_step(&query);
    return query_end(&query);
}

Status store_job_list(Store *store, StoreJobFilter filter, Job ***jobs, size_t *count, bool *more)
{
    ListWork work = {.filter = filter};
    Status status = store_read(store, list, &work);
    if (status != STATUS_OK) {
        store_jobs_free(work.jobs, work.count);
        work = (ListWork){0};
    }
    *jobs = work.jobs;
    *count = work.count;
    *more = work.more;
    return status;
}

void store_jobs_free(Job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        job_free(jobs[i]);
    free(jobs);
}
