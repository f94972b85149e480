/* The end of a training whose store does not take it, for good or for a while. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "disk.h"
#include "test_api_fixture.h"
#include "waiting.h"
#include "worker/training_private.h"

TestSuite(training_end, .init = api_start, .fini = api_end);

Test(training_end, a_model_with_a_weight_that_is_not_finite_fails_the_job)
{
    Store *store = api_services()->store;
    Model *model = fixture_model(1);
    fixture_queued(store, api_dataset(), "m");
    Job *job = fixture_claimed(store), *stored;
    Training training = {.services = api_services(), .job = job, .options = {.ensemble = 1}};
    model->member[0]->parameters[0] = (real)INFINITY;
    job->state = JOB_SUCCEEDED;
    training_store_end(&training, model);
    cr_assert_eq(store_job_get(store, job->id, &stored), STATUS_OK);
    cr_expect_eq(stored->state, JOB_FAILED);
    cr_expect_eq(stored->error_status, STATUS_DIVERGED);
    cr_expect_str_eq(stored->error, "the model cannot be stored: A number is not finite any more");
    cr_expect_eq(stored->model_version, 0);
    job_free(stored);
    job_free(job);
    model_free(model);
}

static void start_on_disk(void)
{
    disk_insert();
    api_start();
}

TestSuite(training_put_back, .init = start_on_disk, .fini = api_end);

static void *put_back(void *training)
{
    training_put_back(training);
    return NULL;
}

Test(training_put_back, a_job_that_cannot_be_read_waits_until_it_can_be_queued_again)
{
    Store *store = api_services()->store;
    pthread_t thread;
    fixture_queued(store, api_dataset(), "m");
    Job *job = fixture_claimed(store), *stored;
    Training training = {.services = api_services(), .job = job};
    fixture_catch_log();
    disk_fail((DiskFault){.kinds = DISK_WRITE, .for_good = true, .code = SQLITE_FULL});
    cr_assert_eq(pthread_create(&thread, NULL, put_back, &training), 0);
    WAIT_FOR(strstr(fixture_log(), "job-end-waits"));
    disk_fail((DiskFault){0});
    pthread_join(thread, NULL);
    cr_assert_eq(store_job_get(store, job->id, &stored), STATUS_OK);
    cr_expect_eq(stored->state, JOB_QUEUED);
    job_free(stored);
    job_free(job);
}
