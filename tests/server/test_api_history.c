/* What a job's training told, over the handlers: losses by run, thinned within each, and runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/codec/codec_loss.h"
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
    cr_expect_float_eq(api_number("metrics/cross_validation/rmse/std"),
                       sqrt(square - mean * mean), 1e-9 * mean);
    job_free(job);
}

Test(api_history, without_folds_there_is_no_cross_validation)
{
    cr_assert_eq(api_get(trained("\"epochs\": 1", ""))->reply.code, 200);
    cr_expect(api_is_null("metrics/cross_validation"));
    cr_expect(api_number("progress/runs") == 1 && api_number("progress/run") == 1);
}

/* Losses of runs of these lengths, falling in each, with a peak in the middle of every run. */
static size_t fill(Loss *losses, const size_t *lengths, size_t runs)
{
    size_t count = 0;
    for (size_t r = 0; r < runs; r++)
        for (size_t i = 0; i < lengths[r]; i++)
            losses[count++] = (Loss){
                (int64_t)r + 1,
                (int64_t)i,
                i == lengths[r] / 2 ? 100 : 1.0 / (double)(i + 1),
                NAN,
            };
    return count;
}

/* How many of each run are left; fails where its first or its last epoch is not. */
static void expect_left(const size_t *lengths, size_t runs, size_t points, const size_t *expected)
{
    static Loss losses[5000];
    size_t count = codec_losses_thin(losses, fill(losses, lengths, runs), points), at = 0;
    for (size_t r = 0; r < runs; r++) {
        size_t begin = at;
        while (at < count && losses[at].run == (int64_t)r + 1)
            at++;
        cr_assert_gt(at, begin, "run %zu has vanished", r + 1);
        cr_expect_eq(losses[begin].epoch, 0);
        cr_expect_eq(losses[at - 1].epoch, (int64_t)lengths[r] - 1);
        cr_expect_eq(at - begin, expected[r], "run %zu: %zu left", r + 1, at - begin);
    }
    cr_expect_eq(at, count);
}

Test(api_history, each_run_is_thinned_by_its_share)
{
    static const size_t lengths[] = {3000, 1000}, left[] = {2 + 72, 2 + 24};
    expect_left(lengths, 2, 100, left);
}

Test(api_history, no_run_vanishes_however_short_it_is)
{
    static const size_t lengths[] = {3000, 1, 3, 2}, left[] = {4, 1, 2, 2};
    expect_left(lengths, 4, 12, left);
    static const size_t least[] = {2, 1, 2, 2};
    expect_left(lengths, 4, 2, least);
}

Test(api_history, what_is_short_enough_is_left_alone)
{
    static const size_t lengths[] = {30, 10};
    expect_left(lengths, 2, 40, lengths);
}

Test(api_history, losses_that_swing_are_thinned_to_no_more_than_was_asked)
{
    static Loss losses[3000];
    for (size_t i = 0; i < 3000; i++)
        losses[i] = (Loss){1 + (int64_t)i / 1000, (int64_t)i % 1000, sin(5.0 * (double)i), NAN};
    cr_expect_leq(codec_losses_thin(losses, 3000, 100), 100);
}
