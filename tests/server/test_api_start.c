/* What a job starts from and by: presets, and the models of warm starts. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_start, .init = api_start, .fini = api_end);

static const char rows[] = "a,b,c\n1,2,3\n2,1,5\n4,0,1\n3,3,3\n";

/* A job on the rows above, in CSV, with this query. */
static const Answer *by_query(const char *query)
{
    static char path[300];
    snprintf(path, sizeof path, "/v1/jobs?%s", query);
    return api_csv(path, rows);
}

/* A job on the same numbers in JSON, with these other members. */
static const Answer *by_json(const char *members)
{
    static char body[600];
    snprintf(body, sizeof body,
             "{\"dataset\": {\"x\": [[1, 2], [2, 1], [4, 0], [3, 3]], \"y\": [3, 5, 1, 3]}%s}",
             members);
    return api_post("/v1/jobs", body);
}

static void expect_accurate(int code)
{
    cr_assert_eq(code, 202);
    cr_expect_str_eq(api_text("hyperparameters/preset"), "accurate");
    cr_expect_str_eq(api_text("hyperparameters/optimizer"), "levenberg_marquardt");
    cr_expect_str_eq(api_text("hyperparameters/regularization"), "bayesian");
    cr_expect_eq(api_number("hyperparameters/ensemble"), 5);
}

Test(api_start, a_preset_is_resolved_into_the_hyperparameters)
{
    expect_accurate(by_query("preset=accurate")->reply.code);
    expect_accurate(by_json(", \"hyperparameters\": {\"preset\": \"accurate\"}")->reply.code);
    cr_expect_eq(api_number("hyperparameters/hidden/0"), 50);
    cr_expect_eq(api_number("parameters"), 5 * (2 * 50 + 50 + 50 + 1));
}

Test(api_start, what_is_given_beside_a_preset_overrides_it_in_any_order)
{
    static const char *const queries[] = {"preset=accurate&hidden=3&epochs=7",
                                          "hidden=3&preset=accurate&epochs=7",
                                          "epochs=7&hidden=3&preset=accurate"};
    for (size_t i = 0; i < 3; i++) {
        expect_accurate(by_query(queries[i])->reply.code);
        cr_expect_eq(api_number("hyperparameters/hidden/0"), 3);
        cr_expect_eq(api_number("hyperparameters/epochs"), 7);
    }
    expect_accurate(
        by_json(", \"hyperparameters\": {\"epochs\": 7, \"preset\": \"accurate\"}")->reply.code);
    cr_expect_eq(api_number("hyperparameters/epochs"), 7);
}

Test(api_start, a_preset_that_there_is_not_is_refused)
{
    by_query("preset=acurate");
    api_expect_mistake("?preset", "must be one of accurate, or null, got \"acurate\"");
    by_json(", \"hyperparameters\": {\"preset\": 3}");
    api_expect_mistake("#/hyperparameters/preset", "must be one of accurate, or null, got 3");
}

Test(api_start, presets_are_listed_with_the_hyperparameters)
{
    cr_assert_eq(api_get("/v1/hyperparameters")->reply.code, 200);
    cr_expect_eq(api_number("presets/accurate/ensemble"), 5);
    cr_expect_str_eq(api_text("presets/accurate/optimizer"), "levenberg_marquardt");
}

/* Trains the model m, 2 - 3 - 1 with relu. */
static void make_model(void)
{
    cr_assert_eq(by_query("model=m&hidden=3&activation=relu&epochs=3")->reply.code, 202);
    api_train();
}

Test(api_start, a_job_starts_from_the_networks_and_the_scaling_of_a_model)
{
    ModelRecord *record;
    JobStart start;
    make_model();
    cr_assert_eq(store_model_get(api_services()->store, "m", 1, true, &record), STATUS_OK);
    cr_assert_eq(by_query("from_model=m")->reply.code, 202);
    cr_assert_eq(store_job_initial(api_services()->store, api_text("id"), &start), STATUS_OK);
    cr_assert(start.model && !start.net);
    const Net *net = start.model->member[0], *had = record->model->member[0];
    cr_expect_eq(memcmp(net->parameters, had->parameters, 13 * sizeof(real)), 0);
    cr_expect_eq(memcmp(start.model->scaling->shift, record->model->scaling->shift, 24), 0);
    job_start_free(&start);
    model_record_free(record);
}

Test(api_start, hyperparameters_follow_the_model)
{
    make_model();
    cr_assert_eq(by_json(", \"from_model\": \"m/1\"")->reply.code, 202);
    cr_expect_str_eq(api_text("hyperparameters/activation"), "relu");
    cr_expect_str_eq(api_text("hyperparameters/init"), "he_uniform");
    cr_expect_eq(api_number("hyperparameters/hidden/0"), 3);
    cr_expect_eq(api_number("parameters"), 13);
    cr_assert_eq(by_query("from_model=m&preset=accurate")->reply.code, 202);
    cr_expect_eq(api_number("hyperparameters/hidden/0"), 3);
    cr_expect_eq(api_number("hyperparameters/ensemble"), 1);
    cr_expect_eq(by_query("from_model=m&hidden=3&activation=relu&ensemble=1")->reply.code, 202);
}

Test(api_start, what_contradicts_the_model_is_refused_naming_both)
{
    make_model();
    by_query("from_model=m&hidden=4,2");
    api_expect_mistake("?hidden", "is [4, 2], but the model 'm/1' of from_model has [3]; leave it "
                                  "out");
    by_query("from_model=m&activation=tanh");
    api_expect_mistake("?activation",
                       "is tanh, but the model 'm/1' of from_model has relu; leave it out");
    by_json(", \"from_model\": \"m\", \"hyperparameters\": {\"ensemble\": 2}");
    api_expect_mistake("#/hyperparameters/ensemble",
                       "is 2, but the model 'm/1' of from_model has 1; leave it out");
    by_query("from_model=m&standardize=false");
    api_expect_mistake("?standardize", "is false, but the model 'm/1' of from_model has a scaling, "
                                       "which goes on with it; leave it out");
    by_query("from_model=m&restarts=2");
    api_expect_mistake("?restarts",
                       "must be 1 with from_model: there are no weights to draw anew, got 2");
}

Test(api_start, a_model_without_scaling_goes_on_without)
{
    cr_assert_eq(by_query("model=raw&standardize=false&epochs=1")->reply.code, 202);
    api_train();
    cr_assert_eq(by_query("from_model=raw")->reply.code, 202);
    cr_expect(json_is_false(api_at("hyperparameters/standardize")));
}

Test(api_start, a_model_that_there_is_not_is_named)
{
    make_model();
    by_query("from_model=none");
    api_expect_mistake("?from_model", "there is no model 'none'");
    by_json(", \"from_model\": \"m/2\"");
    api_expect_mistake("#/from_model", "there is no version 2 of a model 'm'");
    by_json(", \"from_model\": \"m/0\"");
    api_expect_mistake("#/from_model", "must be the name of a model, as boston, or with a version, "
                                       "as boston/3, got 'm/0'");
    by_json(", \"from_model\": 3");
    api_expect_mistake("#/from_model", "must be the name of a model, got 3");
    by_json(", \"from_model\": \"m\", \"initial_layers\": []");
    cr_assert_eq(json_array_size(api_at("errors")), 2);
    cr_expect_eq(by_json(", \"from_model\": null")->reply.code, 202);
}

Test(api_start, the_columns_must_be_those_of_the_model)
{
    make_model();
    api_csv("/v1/jobs?from_model=m", "b,a,c\n1,2,3\n2,1,5\n");
    api_expect_mistake("?from_model", "the model 'm/1' has 'a' as feature 1, the dataset has 'b'; "
                                      "give the columns in the model's order");
    api_csv("/v1/jobs?from_model=m", "a,b,d\n1,2,3\n2,1,5\n");
    api_expect_mistake("?from_model", "the model 'm/1' has 'c' as target 1, the dataset has 'd'; "
                                      "give the columns in the model's order");
    api_csv("/v1/jobs?from_model=m", "a,c\n1,2\n2,1\n");
    api_expect_mistake("?from_model", "the model 'm/1' has 2 features, the dataset has 1");
    api_csv("/v1/jobs?from_model=m&target=b&target=c", "a,z,b,c\n1,2,3,4\n2,1,5,4\n");
    api_expect_mistake("?from_model", "the model 'm/1' has 1 target, the dataset has 2");
    cr_expect_eq(by_json(", \"from_model\": \"m\"")->reply.code, 202, "x1, x2 and y are no names");
}

Test(api_start, training_goes_on_where_the_model_stood)
{
    make_model();
    cr_assert_eq(api_get("/v1/models/m")->reply.code, 200);
    double mse = api_number("metrics/train/mse");
    cr_assert_eq(by_query("from_model=m&model=n&epochs=1&learning_rate=1e-300")->reply.code, 202);
    api_train();
    cr_assert_eq(api_get("/v1/models/n")->reply.code, 200);
    cr_expect_eq(api_number("metrics/train/mse"), mse);
}

Test(api_start, a_job_tells_the_model_that_it_started_from_as_it_was_resolved)
{
    make_model();
    cr_assert_eq(by_query("from_model=m&model=m&epochs=1")->reply.code, 202);
    cr_expect_str_eq(api_text("from_model"), "m/1");
    api_train();
    cr_assert_eq(api_get("/v1/jobs?model=m")->reply.code, 200);
    cr_expect_str_eq(api_text("data/0/from_model"), "m/1", "and not m/2, which it made");
    cr_expect(api_is_null("data/1/from_model"));
}

Test(api_start, null_is_as_if_it_were_left_out)
{
    make_model();
    cr_expect_eq(by_json(", \"hyperparameters\": null, \"initial_layers\": null")->reply.code, 202);
    cr_expect_eq(by_json(", \"from_model\": \"m\", \"initial_layers\": null")->reply.code, 202);
    cr_expect_str_eq(api_text("from_model"), "m/1");
}

Test(api_start, rows_far_from_those_of_the_model_are_told_of_its_scaling)
{
    make_model();
    cr_assert_eq(api_csv("/v1/jobs?from_model=m", "a,b,c\n1,2,3e200\n2,1,5e200\n")->reply.code,
                 202);
    api_train();
    cr_assert_eq(api_get("/v1/jobs")->reply.code, 200);
    const char *why = api_text("data/0/error/detail");
    cr_expect(strstr(why, "in the scaling of from_model (m/1)"), "%s", why);
}
