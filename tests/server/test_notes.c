/* A training whose store cannot be written: it waits, unless it is to end. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"
#include "store/store_loss.h"
#include "test_api_fixture.h"
#include "waiting.h"
#include "worker/training.h"

TestSuite(notes, .init = api_start, .fini = api_end);

#define FULL 10000 /* losses that a training keeps back */

static void *run(void *job)
{
    training_run(api_services(), job);
    return NULL;
}

/* Begins a job that fills its notes at once, on a store that is full. */
static Job *begin(const char *limit, pthread_t *thread)
{
    char body[300];
    snprintf(body, sizeof body,
             "{\"dataset\": \"%s\", \"hyperparameters\": {\"hidden\": [], \"tolerance\": 0,"
             " \"epochs\": 1000000000, \"time_limit\": %s}}",
             api_dataset(), limit);
    cr_assert_eq(api_post("/v1/jobs", body)->reply.code, 202);
    Job *job = fixture_claimed(api_services()->store);
    fixture_sql(api_services()->store, "PRAGMA max_page_count = 1"); /* as large as it is now */
    fixture_catch_log();
    cr_assert_eq(pthread_create(thread, NULL, run, job), 0);
    return job;
}

/* Waits for the training to have ended; lets it store that, which must be whole and in order. */
static void expect_end(Job *job, pthread_t thread, const char *because)
{
    char path[100];
    Loss *losses;
    size_t count;
    const StoreLosses all = {.epochs = {0, INT64_MAX, 1}, .limit = 1000000};
    WAIT_FOR(strstr(fixture_log(), "job-end-waits"));
    fixture_sql(api_services()->store, "PRAGMA max_page_count = 1000000");
    pthread_join(thread, NULL);
    snprintf(path, sizeof path, "/v1/jobs/%s", job->id);
    api_get(path);
    cr_expect_str_eq(api_text("stopped_because"), because);
    cr_assert_eq(store_job_losses(api_services()->store, job->id, &all, &losses, &count),
                 STATUS_OK);
    cr_expect(count >= FULL && (double)count == api_number("progress/epoch") + 1, "%zu", count);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(losses[i].epoch, (int64_t)i);
    free(losses);
    job_free(job);
}

Test(notes, the_time_limit_ends_a_training_that_waits_for_the_store)
{
    pthread_t thread;
    Job *job = begin("3", &thread);
    expect_end(job, thread, "time_limit");
}

Test(notes, a_training_that_waits_for_the_store_can_be_cancelled)
{
    pthread_t thread;
    Job *job = begin("null", &thread);
    double until = clock_seconds() + 2; /* the notes are full by then */
    WAIT_FOR(clock_seconds() > until);
    cr_expect(live_ask(api_services()->live, job->id, LIVE_CANCEL));
    expect_end(job, thread, "cancelled");
}

static void say(void *arg, const char *finding)
{
    (void)arg;
    cr_expect_str_empty(finding);
}

/* There is room for a checkpoint, but not for what was told before it. */
Test(notes, a_stop_on_a_disk_that_is_nearly_full_leaves_no_gap)
{
    pthread_t thread;
    char script[80];
    StoreCensus census;
    Store *store = api_services()->store;
    Job *job = begin("null", &thread);
    double until = clock_seconds() + 2; /* the notes are full by then */
    WAIT_FOR(clock_seconds() > until);
    long long pages = fixture_number(store, "SELECT page_count FROM pragma_page_count");
    snprintf(script, sizeof script, "PRAGMA max_page_count = %lld", pages + 20);
    fixture_sql(store, script);
    live_stop(api_services()->live);
    bell_ring(api_services()->queued);
    pthread_join(thread, NULL);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM jobs WHERE state = 'queued'"), 1);
    cr_expect_eq(store_check(store, say, NULL, &census), STATUS_OK);
    job_free(job);
}
