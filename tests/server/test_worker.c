/* The threads that train: every job is taken up once, and stopping leaves none running. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "test_api_fixture.h"
#include "waiting.h"
#include "worker/worker.h"

static Workers *workers;

static void end(void)
{
    cr_assert(workers_stop(workers, 10));
    api_end();
}

TestSuite(worker, .init = api_start, .fini = end);

static void ask_for_jobs(int count, const char *query)
{
    char path[200];
    snprintf(path, sizeof path, "/v1/jobs?%s", query);
    for (int i = 0; i < count; i++) {
        int code = api_csv(path, "a,b\n1,2\n2,4\n3,7\n")->reply.code;
        cr_assert(code == 202 || code == 200, "%d", code); /* 200: it has ended by now */
    }
}

static void begin(size_t threads)
{
    workers = workers_start(api_services(), threads);
    cr_assert_not_null(workers);
}

static long long in_state(const char *sql)
{
    return fixture_number(api_services()->store, sql);
}

#define SUCCEEDED in_state("SELECT count(*) FROM jobs WHERE state = 'succeeded'")
#define RUNNING in_state("SELECT count(*) FROM jobs WHERE state = 'running'")
#define QUEUED in_state("SELECT count(*) FROM jobs WHERE state = 'queued'")

Test(worker, jobs_that_are_there_at_the_start_are_trained)
{
    ask_for_jobs(5, "epochs=2");
    begin(2);
    WAIT_FOR(SUCCEEDED == 5);
}

Test(worker, jobs_that_come_later_are_trained)
{
    begin(2);
    ask_for_jobs(5, "epochs=2");
    WAIT_FOR(SUCCEEDED == 5);
}

Test(worker, each_job_is_taken_up_once)
{
    begin(4);
    ask_for_jobs(20, "epochs=1&model=m");
    WAIT_FOR(SUCCEEDED == 20);
    cr_expect_eq(in_state("SELECT sum(attempts) FROM jobs"), 20);
    cr_assert_eq(api_get("/v1/models/m")->reply.code, 200);
    cr_expect_eq(api_number("version"), 20);
}

Test(worker, a_job_on_a_damaged_dataset_fails_and_holds_up_no_other)
{
    ask_for_jobs(1, "epochs=1");
    fixture_sql(api_services()->store, "UPDATE blob_chunks SET checksum = 0");
    ask_for_jobs(1, "epochs=1");
    begin(1);
    WAIT_FOR(SUCCEEDED == 1);
    cr_expect_eq(in_state("SELECT count(*) FROM jobs WHERE state = 'failed' AND attempts = 1"
                          " AND error_status = 'damaged'"),
                 1);
}

Test(worker, stopping_puts_what_runs_back_into_the_queue)
{
    begin(2);
    ask_for_jobs(3, "epochs=1000000000&tolerance=0");
    WAIT_FOR(RUNNING == 2);
    cr_assert(workers_stop(workers, 10));
    workers = NULL;
    cr_expect_eq(QUEUED, 3);
}

Test(worker, idle_threads_stop_at_once)
{
    begin(8);
    double began = clock_seconds();
    cr_assert(workers_stop(workers, 10));
    workers = NULL;
    cr_expect_lt(clock_seconds() - began, 2);
}

Test(worker, threads_that_have_just_begun_stop_at_once)
{
    double began = clock_seconds();
    for (int i = 0; i < 50; i++) {
        begin(4);
        cr_assert(workers_stop(workers, 10));
        workers = NULL;
    }
    cr_expect_lt(clock_seconds() - began, 4, "none slept through the stop");
}

Test(worker, stopping_nothing_is_fine)
{
    cr_assert(workers_stop(NULL, 10));
}
