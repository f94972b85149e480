/* How many jobs may wait, and how much memory those that run may take together. */
#include <criterion/criterion.h>
#include <stdio.h>

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

TestSuite(store_limits, .init = start, .fini = end);

static Status add(int64_t memory, Dataset *with)
{
    Job *job = fixture_job(with ? NULL : dataset, "m");
    job->memory = memory;
    Status status = store_job_add(store, job, with, NULL);
    job_free(job);
    return status;
}

static void claim(void)
{
    job_free(fixture_claimed(store));
}

static void expect_none(Status why)
{
    Job *job;
    cr_expect_eq(store_job_claim(store, &job), why);
    cr_expect_null(job);
}

/* The job that runs ends. */
static void requeue_and_cancel(const char *id)
{
    cr_assert(store_job_requeue(store, id, "test") == STATUS_OK);
    cr_assert(store_job_cancel(store, id) == STATUS_OK);
}

Test(store_limits, so_many_jobs_may_wait_and_no_more)
{
    store_limit_jobs(store, (JobLimits){.queued = 2});
    cr_assert_eq(add(0, NULL), STATUS_OK);
    cr_assert_eq(add(0, NULL), STATUS_OK);
    cr_expect_eq(add(0, NULL), STATUS_BUSY);
    claim();
    cr_expect_eq(add(0, NULL), STATUS_OK, "one that runs does not wait");
    cr_expect_eq(add(0, NULL), STATUS_BUSY);
}

Test(store_limits, nothing_is_kept_of_a_job_that_finds_no_place)
{
    Dataset *own = fixture_dataset(5, 2, 1);
    int64_t before = fixture_number(store, "SELECT count(*) FROM datasets");
    store_limit_jobs(store, (JobLimits){.queued = 1});
    cr_assert_eq(add(0, NULL), STATUS_OK);
    cr_expect_eq(add(0, own), STATUS_BUSY);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), before);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM jobs"), 1);
    dataset_free(own);
}

Test(store_limits, a_job_waits_until_it_fits_beside_those_that_run)
{
    store_limit_jobs(store, (JobLimits){.memory = 100});
    cr_assert_eq(add(60, NULL), STATUS_OK);
    cr_assert_eq(add(40, NULL), STATUS_OK);
    cr_assert_eq(add(1, NULL), STATUS_OK);
    Job *first = fixture_claimed(store);
    claim();
    expect_none(STATUS_BUSY);
    requeue_and_cancel(first->id);
    claim();
    expect_none(STATUS_OK);
    job_free(first);
}

Test(store_limits, none_overtakes_one_that_waits_for_memory)
{
    store_limit_jobs(store, (JobLimits){.memory = 100});
    cr_assert_eq(add(60, NULL), STATUS_OK);
    cr_assert_eq(add(50, NULL), STATUS_OK);
    cr_assert_eq(add(1, NULL), STATUS_OK);
    claim();
    expect_none(STATUS_BUSY);
}

Test(store_limits, a_job_that_is_too_large_runs_alone)
{
    store_limit_jobs(store, (JobLimits){.memory = 100});
    cr_assert_eq(add(500, NULL), STATUS_OK); /* the limit was higher when it came */
    cr_assert_eq(add(1, NULL), STATUS_OK);
    Job *large = fixture_claimed(store);
    cr_expect_eq(large->parameters, 21);
    expect_none(STATUS_BUSY);
    requeue_and_cancel(large->id);
    claim();
    job_free(large);
}

Test(store_limits, without_limits_there_are_none)
{
    for (int i = 0; i < 50; i++)
        cr_assert_eq(add(INT64_MAX / 8, NULL), STATUS_OK);
    for (int i = 0; i < 3; i++)
        claim();
}
