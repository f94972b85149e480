/* Jobs in the store: the queue, lists, moves. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"

static Store *store;
static char dataset[ID_SIZE];

static void start(void)
{
    fixture_start();
    store = fixture_store();
    snprintf(dataset, sizeof dataset, "%s", fixture_stored_dataset(store));
}

static void end(void)
{
    store_close(store);
    fixture_end();
}

TestSuite(store_job, .init = start, .fini = end);

static Job *got(const char *id)
{
    Job *job;
    cr_assert(store_job_get(store, id, &job) == STATUS_OK);
    return job;
}

static int64_t position_of(const char *id)
{
    Job *job = got(id);
    int64_t position = job->queue_position;
    job_free(job);
    return position;
}

Test(store_job, a_new_job_comes_back_as_it_was_given)
{
    Job *job = fixture_job(dataset, "boston");
    cr_assert(store_job_add(store, job, NULL, NULL) == STATUS_OK);
    Job *back = got(job->id);
    cr_expect_eq(strncmp(back->id, "job_", 4), 0);
    cr_expect_eq(back->state, JOB_QUEUED);
    cr_expect_str_eq(back->dataset, dataset);
    cr_expect_str_eq(back->model_name, "boston");
    cr_expect_str_eq(back->hyperparameters, "{\"hidden\":[4]}");
    cr_expect_str_eq(back->labels, "{\"who\":\"me\"}");
    cr_expect(back->parameters == 21 && back->epochs == 100);
    cr_expect_eq(back->created_at, job->created_at);
    cr_expect(back->created_at > 0 && back->started_at == 0 && back->finished_at == 0);
    cr_expect(back->attempts == 0 && back->model_version == 0 && back->queue_position == 1);
    cr_expect(!back->has_training && !back->has_validation);
    cr_expect(isnan(back->progress.train_loss) && isnan(back->progress.validation_loss));
    job_free(back);
    job_free(job);
}

Test(store_job, the_first_transition_is_queued)
{
    Job *job = got(fixture_queued(store, dataset, "m"));
    cr_assert_eq(job->transition_count, 1);
    cr_expect_eq(job->transition[0].state, JOB_QUEUED);
    cr_expect_eq(job->transition[0].at, job->created_at);
    job_free(job);
}

Test(store_job, a_job_without_a_model_name_is_called_by_its_id)
{
    Job *job = fixture_job(dataset, NULL);
    cr_assert(store_job_add(store, job, NULL, NULL) == STATUS_OK);
    cr_expect_str_eq(job->model_name, job->id);
    Job *back = got(job->id);
    cr_expect_str_eq(back->model_name, job->id);
    job_free(back);
    job_free(job);
}

Test(store_job, a_job_on_an_unknown_dataset_is_refused)
{
    Job *job = fixture_job("ds_none", "m");
    cr_expect_eq(store_job_add(store, job, NULL, NULL), STATUS_NOT_FOUND);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM jobs"), 0);
    cr_expect_str_eq(job->id, "");
    job_free(job);
}

Test(store_job, a_job_may_bring_its_dataset)
{
    Job *job = fixture_job(NULL, "m");
    Dataset *own = fixture_dataset(4, 2, 1), *back;
    cr_assert(store_job_add(store, job, own, NULL) == STATUS_OK);
    cr_expect_str_eq(job->dataset, own->id);
    cr_assert(store_dataset_load(store, job->dataset, &back) == STATUS_OK);
    cr_expect_eq(memcmp(back->data->v, own->data->v, 4 * 3 * 8), 0);
    dataset_free(back);
    dataset_free(own);
    job_free(job);
}

Test(store_job, an_initial_network_comes_back_bit_by_bit)
{
    Model *model = fixture_model(5);
    Job *job = fixture_job(dataset, "m");
    JobStart start, given = {.net = model->member[0]};
    cr_assert(store_job_add(store, job, NULL, &given) == STATUS_OK);
    cr_assert(store_job_initial(store, job->id, &start) == STATUS_OK);
    cr_assert_not_null(start.net);
    cr_expect_null(start.model);
    cr_expect_eq(start.net->parameter_count, 21);
    cr_expect_eq(memcmp(start.net->parameters, given.net->parameters, 21 * sizeof(real)), 0);
    job_start_free(&start);
    model_free(model);
    job_free(job);
}

Test(store_job, a_job_without_an_initial_network_has_none)
{
    JobStart start;
    cr_expect_eq(store_job_initial(store, fixture_queued(store, dataset, "m"), &start), STATUS_OK);
    cr_expect(!start.net && !start.model);
    cr_expect_eq(store_job_initial(store, "job_none", &start), STATUS_NOT_FOUND);
    cr_expect(!start.net && !start.model);
}

Test(store_job, the_queue_is_first_come_first_served)
{
    const char *first = fixture_queued(store, dataset, "a");
    const char *second = fixture_queued(store, dataset, "b");
    cr_expect(position_of(first) == 1 && position_of(second) == 2);
    Job *job = fixture_claimed(store);
    cr_expect_str_eq(job->id, first);
    cr_expect(position_of(first) == 0 && position_of(second) == 1);
    job_free(job);
}

Test(store_job, an_empty_queue_gives_no_job)
{
    Job *job;
    cr_expect_eq(store_job_claim(store, &job), STATUS_OK);
    cr_expect_null(job);
}

Test(store_job, a_claim_starts_an_attempt)
{
    fixture_queued(store, dataset, "m");
    Job *job = fixture_claimed(store), *back = got(job->id);
    cr_expect_eq(job->state, JOB_RUNNING);
    cr_expect_eq(job->attempts, 1);
    cr_expect_gt(job->started_at, 0);
    cr_expect_eq(job->transition_count, 2);
    cr_expect_eq(back->state, JOB_RUNNING);
    cr_expect_eq(back->transition[1].state, JOB_RUNNING);
    job_free(back);
    job_free(job);
}

typedef struct Claims {
    char ids[64][ID_SIZE];
    size_t count;
} Claims;

static void *claim_all(void *arg)
{
    Claims *claims = arg;
    Job *job;
    while (store_job_claim(store, &job) == STATUS_OK && job && claims->count < 64) {
        memcpy(claims->ids[claims->count++], job->id, ID_SIZE);
        job_free(job);
    }
    return NULL;
}

Test(store_job, four_threads_claim_each_job_once)
{
    static Claims claims[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 60; i++)
        fixture_queued(store, dataset, "m");
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, claim_all, &claims[i]), 0);
    size_t all = 0;
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        all += claims[i].count;
    }
    cr_expect_eq(all, 60);
    cr_expect_eq(fixture_number(store, "SELECT sum(attempts) FROM jobs"), 60);
    cr_expect_eq(fixture_number(store, "SELECT max(attempts) FROM jobs"), 1);
}

Test(store_job, a_requeued_job_has_its_old_place)
{
    const char *first = fixture_queued(store, dataset, "a");
    const char *second = fixture_queued(store, dataset, "b");
    job_free(fixture_claimed(store));
    cr_assert(store_job_requeue(store, first, "the daemon is stopping") == STATUS_OK);
    cr_expect(position_of(first) == 1 && position_of(second) == 2);
    Job *job = fixture_claimed(store);
    cr_expect_str_eq(job->id, first);
    cr_expect_eq(job->attempts, 2);
    cr_expect_str_eq(job->transition[2].reason, "the daemon is stopping");
    job_free(job);
}

Test(store_job, all_that_run_are_requeued_where_they_stand_and_that_is_no_crash)
{
    const char *first = fixture_queued(store, dataset, "a");
    const char *second = fixture_queued(store, dataset, "b");
    job_free(fixture_claimed(store));
    job_free(fixture_claimed(store));
    cr_assert(store_jobs_requeue(store) == STATUS_OK);
    cr_expect(position_of(first) == 1 && position_of(second) == 2);
    Job *job = fixture_claimed(store);
    cr_expect(job->attempts == 2 && job->crashes == 0);
    cr_expect_str_eq(job->transition[2].reason, "the daemon stopped");
    job_free(job);
}

Test(store_job, only_a_running_job_is_requeued)
{
    const char *id = fixture_queued(store, dataset, "m");
    cr_expect_eq(store_job_requeue(store, id, "no"), STATUS_CONFLICT);
    cr_expect_eq(store_job_requeue(store, "job_none", "no"), STATUS_NOT_FOUND);
}

Test(store_job, a_queued_job_can_be_cancelled)
{
    const char *id = fixture_queued(store, dataset, "m");
    cr_assert(store_job_cancel(store, id) == STATUS_OK);
    Job *job = got(id), *next;
    cr_expect_eq(job->state, JOB_CANCELLED);
    cr_expect_gt(job->finished_at, 0);
    cr_expect_eq(job->transition_count, 2);
    cr_expect_eq(store_job_claim(store, &next), STATUS_OK);
    cr_expect_null(next);
    job_free(job);
}

Test(store_job, only_a_queued_job_is_cancelled_here)
{
    fixture_queued(store, dataset, "m");
    Job *job = fixture_claimed(store);
    cr_expect_eq(store_job_cancel(store, job->id), STATUS_CONFLICT);
    cr_expect_eq(store_job_cancel(store, "job_none"), STATUS_NOT_FOUND);
    job_free(job);
}

Test(store_job, only_an_ended_job_is_deleted)
{
    const char *id = fixture_queued(store, dataset, "m");
    Job *job;
    cr_expect_eq(store_job_delete(store, id), STATUS_CONFLICT);
    cr_assert(store_job_cancel(store, id) == STATUS_OK);
    cr_expect_eq(store_job_delete(store, id), STATUS_OK);
    cr_expect_eq(store_job_get(store, id, &job), STATUS_NOT_FOUND);
    cr_expect_null(job);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM transitions"), 0);
    cr_expect_eq(store_job_delete(store, id), STATUS_NOT_FOUND);
}

Test(store_job, the_initial_network_goes_with_its_job)
{
    Model *model = fixture_model(1);
    Job *job = fixture_job(dataset, "m");
    cr_assert(store_job_add(store, job, NULL, &(JobStart){.model = model}) == STATUS_OK);
    cr_assert(store_job_cancel(store, job->id) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 2);
    cr_assert(store_job_delete(store, job->id) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM  blobs"), 1);
    model_free(model);
    job_free(job);
}

/* The list in that filter, from the cursor, as letters: each model's name is one. */
static const char *letters(StoreJobFilter filter, StorePage page, bool *more)
{
    static char text[32];
    Job **jobs;
    size_t count;
    filter.page = page;
    cr_assert(store_job_list(store, filter, &jobs, &count, more) == STATUS_OK);
    for (size_t i = 0; i < count; i++)
        text[i] = jobs[i]->model_name[0];
    text[count] = '\0';
    store_jobs_free(jobs, count);
    return text;
}

Test(store_job, a_list_is_newest_first_with_cursor_and_more)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    const StoreJobFilter any = {.state = JOB_STATES};
    const char *ids[5];
    bool more;
    for (size_t i = 0; i < 5; i++)
        ids[i] = fixture_queued(store, dataset, names[i]);
    cr_expect_str_eq(letters(any, (StorePage){NULL, 2}, &more), "ed");
    cr_expect(more);
    cr_expect_str_eq(letters(any, (StorePage){ids[3], 2}, &more), "cb");
    cr_expect(more);
    cr_expect_str_eq(letters(any, (StorePage){ids[1], 2}, &more), "a");
    cr_expect(!more);
    cr_expect_str_eq(letters(any, (StorePage){ids[0], 2}, &more), "");
    cr_expect(!more);
}

Test(store_job, a_list_goes_on_after_an_entry_that_was_deleted)
{
    bool more;
    fixture_queued(store, dataset, "a");
    const char *id = fixture_queued(store, dataset, "b");
    cr_assert(store_job_cancel(store, id) == STATUS_OK);
    cr_assert(store_job_delete(store, id) == STATUS_OK);
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_STATES}, (StorePage){id, 9}, &more),
                     "a");
}

Test(store_job, lists_are_filtered_by_state_and_model)
{
    const StorePage all = {NULL, 9};
    bool more;
    fixture_queued(store, dataset, "a");
    cr_assert(store_job_cancel(store, fixture_queued(store, dataset, "b")) == STATUS_OK);
    fixture_queued(store, dataset, "b");
    job_free(fixture_claimed(store));
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_QUEUED}, all, &more), "b");
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_RUNNING}, all, &more), "a");
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_STATES, .model = "b"}, all, &more),
                     "bb");
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_CANCELLED, .model = "b"}, all, &more),
                     "b");
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_CANCELLED, .model = "a"}, all, &more),
                     "");
    cr_expect_str_eq(letters((StoreJobFilter){.state = JOB_STATES}, all, &more), "bba");
}

Test(store_job, lists_give_the_places_in_the_queue)
{
    Job **jobs;
    size_t count;
    bool more;
    const char *ids[6];
    for (size_t i = 0; i < 6; i++)
        ids[i] = fixture_queued(store, dataset, i % 2 ? "odd" : "even");
    cr_assert(store_job_cancel(store, ids[2]) == STATUS_OK);
    StoreJobFilter even = {JOB_STATES, "even", {NULL, 9}};
    cr_assert(store_job_list(store, even, &jobs, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 3);
    cr_expect_eq(jobs[0]->queue_position, 4);
    cr_expect_eq(jobs[1]->queue_position, 0, "it is cancelled");
    cr_expect_eq(jobs[2]->queue_position, 1);
    store_jobs_free(jobs, count);
}

Test(store_job, a_state_that_does_not_exist_is_damage)
{
    Job *job;
    const char *id = fixture_queued(store, dataset, "m");
    fixture_sql(store, "UPDATE jobs SET state = 'dreaming'");
    fixture_catch_log();
    cr_expect_eq(store_job_get(store, id, &job), STATUS_DAMAGED);
    cr_expect_null(job);
    cr_expect(strstr(fixture_log(), "\"table\":\"jobs\"") && strstr(fixture_log(), id));
    int64_t counts[JOB_STATES], none[JOB_STATES] = {0};
    cr_expect_eq(store_job_counts(store, counts), STATUS_OK);
    cr_expect_eq(memcmp(counts, none, sizeof counts), 0);
}

Test(store_job, one_that_is_damaged_fails_when_it_is_its_turn_and_the_next_is_claimed)
{
    fixture_queued(store, dataset, "m");
    const char *next = fixture_queued(store, dataset, "m");
    fixture_sql(store, "UPDATE jobs SET stopped_because = 'boredom' WHERE seq = 1");
    Job *job = fixture_claimed(store);
    cr_expect_str_eq(job->id, next);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM jobs WHERE seq = 1"
                                       " AND state = 'failed' AND error_status = 'damaged'"),
                 1);
    job_free(job);
}

Test(store_job, a_damaged_initial_network_is_seen)
{
    Model *model = fixture_model(1);
    Job *job = fixture_job(dataset, "m");
    JobStart start;
    cr_assert(store_job_add(store, job, NULL, &(JobStart){.model = model}) == STATUS_OK);
    fixture_sql(store, "UPDATE blob_chunks SET bytes = zeroblob(length(bytes))");
    cr_expect_eq(store_job_initial(store, job->id, &start), STATUS_DAMAGED);
    cr_expect(!start.net && !start.model);
    model_free(model);
    job_free(job);
}
