/* Scores as replies where some of them are not known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_job.h"
#include "test_api_fixture.h"

TestSuite(api_metrics, .init = api_start, .fini = api_end);

/* Asks for a job of two folds, of these scores, which was cancelled before there was a model. */
static void get_cancelled(double first_r2)
{
    char path[64];
    Store *store = api_services()->store;
    Job *asked = fixture_job(fixture_stored_dataset(store), "m");
    asked->runs = 3;
    cr_assert_eq(store_job_add(store, asked, NULL, NULL), STATUS_OK);
    job_free(asked);
    Job *job = fixture_claimed(store);
    job->fold = calloc(2, sizeof *job->fold);
    cr_assert_not_null(job->fold);
    job->fold_count = 2;
    job->fold[0] = (Score){.mse = 4, .rmse = 2, .mae = 1, .r2 = first_r2};
    job->fold[1] = (Score){.mse = 16, .rmse = 4, .mae = 3, .r2 = 0.5};
    job->state = JOB_CANCELLED;
    job->stopped_because = TRAIN_CANCELLED;
    cr_assert_eq(store_job_finish(store, job, &(StoreRecord){0}, NULL), STATUS_OK);
    snprintf(path, sizeof path, "/v1/jobs/%s", job->id);
    job_free(job);
    cr_assert_eq(api_get(path)->reply.code, 200);
}

Test(api_metrics, folds_are_told_where_the_model_was_not_scored)
{
    get_cancelled(0.25);
    cr_expect(api_is_null("metrics/train") && api_is_null("metrics/validation"));
    cr_expect_eq(api_number("metrics/cross_validation/mse/mean"), 10);
    cr_expect_eq(api_number("metrics/cross_validation/r2/mean"), 0.375);
}

Test(api_metrics, r2_is_null_where_that_of_a_fold_is_not_known)
{
    get_cancelled(NAN);
    cr_expect(api_is_null("metrics/cross_validation/r2/mean"));
    cr_expect(api_is_null("metrics/cross_validation/r2/std"));
    cr_expect_eq(api_number("metrics/cross_validation/rmse/mean"), 3);
    cr_expect_eq(api_number("metrics/cross_validation/mae/std"), 1);
}

Test(api_metrics, an_r2_that_is_not_known_is_null)
{
    Encoder encoder = {0};
    codec_score_encode(&(Score){.mse = 1, .rmse = 1, .mae = 1, .r2 = NAN}, &encoder);
    cr_expect(strstr(encoder.text.bytes, "\"r2\":null"), "%s", encoder.text.bytes);
    text_free(&encoder.text);
}
