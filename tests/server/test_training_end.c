/* The end of a training whose model the store does not take. */
#include <criterion/criterion.h>
#include <math.h>

#include "test_api_fixture.h"
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
