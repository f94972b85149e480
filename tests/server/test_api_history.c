/* What a job's training told, over the handlers: losses by run, and runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_history, .init = api_start, .fini = api_end);

/* A path below a job that was trained with these hyperparameters; of static storage. */
static const char *trained(const char *hyperparameters, const char *rest)
{
    static char path[200];
    char body[400];
    snprintf(body, sizeof body, "{\"dataset\": \"%s\", \"hyperparameters\": {%s}}", api_dataset(),
             hyperparameters);
    cr_assert_eq(api_post("/v1/jobs", body)->reply.code, 202);
    snprintf(path, sizeof path, "/v1/jobs/%s%s", api_text("id"), rest);
    api_train();
    return path;
}

#define SIX "\"epochs\": 9, \"tolerance\": 0, \"ensemble\": 3, \"restarts\": 2"

Test(api_history, a_job_of_one_run_has_no_column_of_runs)
{
    const char *path = trained("\"epochs\": 2, \"tolerance\": 0", "/loss");
    cr_assert_eq(api_get(path)->reply.code, 200);
    cr_expect_null(json_object_get(api_at(""), "run"));
    const Answer *csv = api_call(&(Call){.target = path, .header = {"Accept", "text/csv"}});
    cr_expect_eq(strncmp(csv->reply.body, "epoch,train,validation\n0,", 25), 0);
}

Test(api_history, the_losses_of_several_runs_name_each)
{
    const char *path = trained(SIX, "/loss");
    cr_assert_eq(api_get(path)->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("run")), 60);
    for (size_t i = 0; i < 60; i++) {
        cr_expect_eq(json_integer_value(json_array_get(api_at("run"), i)), 1 + (int)i / 10);
        cr_expect_eq(json_integer_value(json_array_get(api_at("epoch"), i)), (int)i % 10);
    }
    const Answer *csv = api_call(&(Call){.target = path, .header = {"Accept", "text/csv"}});
    cr_expect_eq(strncmp(csv->reply.body, "run,epoch,train,validation\n1,0,", 31), 0);
}

Test(api_history, one_run_can_be_picked)
{
    cr_assert_eq(api_get(trained(SIX, "/loss?run=4&from=8"))->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("epoch")), 2);
    cr_expect(api_number("run/0") == 4 && api_number("epoch/0") == 8);
}

Test(api_history, a_run_that_the_job_does_not_make_is_a_mistake)
{
    api_get(trained(SIX, "/loss?run=7"));
    api_expect_problem(422, "invalid");
    cr_expect(strstr(api_text("errors/0/detail"), "6"), "%s", api_text("errors/0/detail"));
    api_get(trained("\"epochs\": 2", "/loss?run=2"));
    api_expect_mistake("?run", "must be 1, got '2'");
}

Test(api_history, runs_are_told_with_their_places_and_ends)
{
    cr_assert_eq(api_get(trained(SIX ", \"seed\": 40", "/runs"))->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("data")), 6);
    for (size_t i = 0; i < 6; i++) {
        json_t *run = json_array_get(api_at("data"), i);
        cr_expect_eq(json_integer_value(json_object_get(run, "run")), (int)i + 1);
        cr_expect_eq(json_integer_value(json_object_get(run, "member")), (int)i / 2 + 1);
        cr_expect_eq(json_integer_value(json_object_get(run, "restart")), (int)i % 2 + 1);
        cr_expect_eq(json_integer_value(json_object_get(run, "seed")), 40 + (int)i);
        cr_expect(json_is_null(json_object_get(run, "fold")));
        cr_expect(json_is_null(json_object_get(run, "effective_parameters")));
    }
    cr_expect_str_eq(api_text("data/5/stopped_because"), "max_epochs");
    cr_expect(api_number("data/5/epoch") == 9 && api_is_null("data/5/validation_loss"));
}

Test(api_history, of_the_restarts_of_a_network_one_is_kept_and_it_is_the_best)
{
    cr_assert_eq(api_get(trained(SIX, "/runs"))->reply.code, 200);
    for (size_t i = 0; i < 6; i += 2) {
        json_t *one = json_array_get(api_at("data"), i);
        json_t *two = json_array_get(api_at("data"), i + 1);
        bool first = json_number_value(json_object_get(one, "train_loss")) <=
                     json_number_value(json_object_get(two, "train_loss"));
        cr_expect_eq(json_is_true(json_object_get(one, "kept")), first);
        cr_expect_eq(json_is_true(json_object_get(two, "kept")), !first);
    }
}

Test(api_history, runs_take_no_query_and_an_unknown_job_has_none)
{
    api_get("/v1/jobs/job_none/runs?run=1");
    api_expect_problem(422, "invalid");
    api_get("/v1/jobs/job_none/runs");
    api_expect_problem(404, "not-found");
    api_get("/v1/jobs/job_none/loss");
    api_expect_problem(404, "not-found");
}

Test(api_history, the_job_has_mean_and_deviation_over_its_folds)
{
    const char *path = trained("\"epochs\": 5, \"cross_validation\": 4", "");
    cr_assert_eq(api_get(path)->reply.code, 200);
    cr_expect(api_number("progress/runs") == 5 && api_number("progress/run") == 5);
    cr_expect_eq(api_number("metrics/cross_validation/folds"), 4);
    Job *job;
    cr_assert_eq(store_job_get(api_services()->store, api_text("id"), &job), STATUS_OK);
    double mean = 0, square = 0;
    for (size_t i = 0; i < 4; i++) {
        mean += job->fold[i].rmse / 4;
        square += job->fold[i].rmse * job->fold[i].rmse / 4;
    }
    cr_expect_float_eq(api_number("metrics/cross_validation/rmse/mean"), mean, 1e-12 * mean);
    cr_expect_float_eq(api_number("metrics/cross_validation/rmse/std"), sqrt(square - mean * mean),
                       1e-9 * mean);
    job_free(job);
}

Test(api_history, without_folds_there_is_no_cross_validation)
{
    cr_assert_eq(api_get(trained("\"epochs\": 1", ""))->reply.code, 200);
    cr_expect(api_is_null("metrics/cross_validation"));
    cr_expect(api_number("progress/runs") == 1 && api_number("progress/run") == 1);
}
