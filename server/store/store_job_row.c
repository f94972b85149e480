/* What the other store_job files do with a row of jobs. A state changes in job_move alone (and in
 * the claim, which has to find its row in the same statement), so that the table of legal moves in
 * state/job.c holds and no transition is forgotten. Used by whoever has the connection.
 */
#include "store/store_job_row.h"

#include <stdlib.h>
#include <string.h>

static Status status_of_slug(Query *query)
{
    char slug[64];
    query_text(query, slug, sizeof slug);
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (strcmp(status_slug((Status)i), slug) == 0)
            return (Status)i;
    }
    query_damaged(query, "it has a status that does not exist");
    return STATUS_INTERNAL;
}

static JobState read_state(Query *query)
{
    char name[32];
    query_text(query, name, sizeof name);
    JobState state = job_state_find(name);
    if (state == JOB_STATES)
        query_damaged(query, "it has a state that does not exist");
    return state;
}

TrainEnd job_end_read(Query *query)
{
    char name[32];
    query_text(query, name, sizeof name);
    TrainEnd end = job_end_find(name);
    if (end == TRAIN_GOES_ON && name[0] != '\0')
        query_damaged(query, "it ended for a reason that does not exist");
    return end;
}

static void read_progress(Query *query, Job *job)
{
    job->parameters = query_int(query);
    job->epochs = query_int(query);
    job->runs = query_int(query);
    job->run = query_int(query);
    job->progress.epoch = query_size(query);
    job->progress.train_loss = query_real(query);
    job->progress.validation_loss = query_real(query);
    job->progress.best_epoch = query_size(query);
    job->epochs_per_second = query_real(query);
    job->has_training = store_read_score(query, &job->training);
    job->has_validation = store_read_score(query, &job->validation);
}

static void read_fields(Query *query, Job *job)
{
    query_text(query, job->id, sizeof job->id);
    job->state = read_state(query);
    job->stopped_because = job_end_read(query);
    query_text(query, job->dataset, sizeof job->dataset);
    query_text(query, job->model_name, sizeof job->model_name);
    job->model_version = query_int(query);
    job->hyperparameters = query_string(query);
    job->labels = query_string(query);
    read_progress(query, job);
    query_text(query, job->error, sizeof job->error);
    job->error_status = status_of_slug(query);
    job->attempts = query_int(query);
    job->discard = query_int(query) != 0;
    job->created_at = query_int(query);
    job->started_at = query_int(query);
    job->finished_at = query_int(query);
    query_text(query, job->from_model, sizeof job->from_model);
    job->crashes = query_int(query);
}

static void add_transition(Query *query, Job *job)
{
    JobTransition *grown = store_grow(query, job->transition, job->transition_count, sizeof *grown);
    if (!grown)
        return;
    job->transition = grown;
    JobTransition *transition = &grown[job->transition_count++];
    transition->state = read_state(query);
    transition->at = query_int(query);
    query_text(query, transition->reason, sizeof transition->reason);
}

static Status read_transitions(Db *db, int64_t seq, Job *job)
{
    static const char sql[] = "SELECT state, at, reason FROM transitions WHERE job = ?1"
                              " ORDER BY position";
    Query query = query_new(db, sql);
    query.table = "transitions";
    query.id = job->id;
    query_bind_int(&query, seq);
    while (query_step(&query))
        add_transition(&query, job);
    return query_end(&query);
}

Job *job_row_read(Query *query, int64_t *seq)
{
    Job *job = calloc(1, sizeof *job);
    *seq = 0;
    if (!job) {
        query_fail(query, STATUS_NO_MEMORY);
        return NULL;
    }
    query->table = "jobs";
    query->id = job->id;
    *seq = query_int(query);
    read_fields(query, job);
    query->id = NULL;
    if (query->status == STATUS_OK)
        query_fail(query, read_transitions(query->db, *seq, job));
    if (query->status == STATUS_OK && job->runs > 1)
        query_fail(query, job_read_folds(query->db, *seq, job));
    if (query->status == STATUS_OK)
        return job;
    job_free(job);
    return NULL;
}

Status job_ref_find(Db *db, const char *id, JobRef *ref)
{
    static const char sql[] = "SELECT seq, state FROM jobs WHERE id = ?1";
    Query query = query_new(db, sql);
    query.table = "jobs";
    query.id = id;
    query_bind_text(&query, id);
    *ref = (JobRef){0, JOB_STATES};
    if (query_find(&query)) {
        ref->seq = query_int(&query);
        ref->state = read_state(&query);
    }
    return query_end(&query);
}

Status job_count_queued(Db *db, int64_t after, int64_t until, int64_t *count)
{
    static const char sql[] = "SELECT count(*) FROM jobs"
                              " WHERE state = 'queued' AND seq > ?1 AND seq <= ?2";
    Query query = query_new(db, sql);
    query_bind_int(&query, after);
    query_bind_int(&query, until);
    query_find(&query);
    *count = query_int(&query);
    return query_end(&query);
}

Status job_note(Db *db, const JobMove *move)
{
    static const char sql[] = "INSERT INTO transitions (job, position, state, at, reason)"
                              " VALUES (?1, (SELECT coalesce(max(position), 0) + 1"
                              " FROM transitions WHERE job = ?1), ?2, ?3, ?4)";
    Query query = query_new(db, sql);
    query_bind_int(&query, move->seq);
    query_bind_text(&query, job_state_name(move->to));
    query_bind_int(&query, move->at);
    query_bind_text(&query, move->reason);
    return query_run(&query);
}

Status job_move(Db *db, JobState from, const JobMove *move)
{
    static const char sql[] = "UPDATE jobs SET state = ?1, finished_at = ?2 WHERE seq = ?3";
    if (!job_state_may_become(from, move->to))
        return STATUS_CONFLICT;
    Query query = query_new(db, sql);
    query_bind_text(&query, job_state_name(move->to));
    query_bind_known(&query, job_state_ended(move->to) ? move->at : 0);
    query_bind_int(&query, move->seq);
    Status status = query_run(&query);
    if (status == STATUS_OK && job_state_ended(move->to))
        status = job_drop_checkpoint(db, move->seq);
    return status == STATUS_OK ? job_note(db, move) : status;
}
