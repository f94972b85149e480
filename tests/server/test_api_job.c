/* The handlers of jobs: asking for one in JSON and in CSV, lists, waiting, the history. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"
#include "tools/clock.h"

TestSuite(api_job, .init = api_start, .fini = api_end);

static const char rows[] = "a,b\n1,2\n2,4\n3,6\n4,8\n";

/* A job on the rows above, by query; its id. */
static const char *asked(const char *query)
{
    static char id[ID_SIZE];
    char path[200];
    snprintf(path, sizeof path, "/v1/jobs?%s", query);
    cr_assert_eq(api_csv(path, rows)->reply.code, 202);
    snprintf(id, sizeof id, "%s", api_text("id"));
    return id;
}

static const char *path_to(const char *id, const char *rest)
{
    static char path[200];
    snprintf(path, sizeof path, "/v1/jobs/%s%s", id, rest);
    return path;
}

Test(api_job, a_csv_file_becomes_a_job_in_one_line)
{
    const Answer *answer =
        api_csv("/v1/jobs?target=a&model=boston&hidden=16,8&epochs=5&optimizer=adam", rows);
    cr_assert_eq(answer->reply.code, 202);
    cr_expect_str_eq(answer->reply.location, path_to(api_text("id"), ""));
    cr_expect_str_eq(api_text("state"), "queued");
    cr_expect_str_eq(api_text("model/name"), "boston");
    cr_expect(api_is_null("model/version"));
    cr_expect(api_number("hyperparameters/hidden/1") == 8 && api_number("progress/epochs") == 5);
    cr_expect_str_eq(api_text("hyperparameters/optimizer"), "adam");
    cr_expect_eq(api_number("hyperparameters/learning_rate"), 0.001);
    cr_expect_eq(api_number("parameters"), 1 * 16 + 16 + 16 * 8 + 8 + 8 * 1 + 1);
    cr_expect_eq(api_number("queue_position"), 1);
    cr_expect(api_is_null("error") && api_is_null("metrics") && api_is_null("started_at"));
    cr_expect(api_is_null("stopped_because"));
    cr_expect_eq(bell_count(api_services()->queued), 1);
}

Test(api_job, a_json_job_may_name_its_dataset_and_bring_labels)
{
    char body[200];
    const char *id = api_dataset();
    snprintf(body, sizeof body, "{\"dataset\": \"%s\", \"labels\": {\"who\": \"\\u00e9\"}}", id);
    cr_assert_eq(api_post("/v1/jobs", body)->reply.code, 202);
    cr_expect_str_eq(api_text("dataset"), id);
    cr_expect_str_eq(api_text("labels/who"), "\xC3\xA9");
    cr_expect_str_eq(api_text("model/name"), api_text("id"));
}

Test(api_job, a_json_job_may_bring_its_rows)
{
    cr_assert_eq(api_post("/v1/jobs", "{\"dataset\": {\"x\": [[1], [2]], \"y\": [3, 4]},"
                                      " \"hyperparameters\": {\"hidden\": []}}")
                     ->reply.code,
                 202);
    cr_expect_eq(api_number("parameters"), 2);
    char path[100];
    snprintf(path, sizeof path, "/v1/datasets/%s", api_text("dataset"));
    cr_expect_eq(api_get(path)->reply.code, 200);
}

Test(api_job, a_job_that_is_trained_shows_how_it_went)
{
    const char *id = asked("model=m&epochs=3&validation_split=0.25");
    api_train();
    cr_assert_eq(api_get(path_to(id, ""))->reply.code, 200);
    cr_expect_str_eq(api_text("state"), "succeeded");
    cr_expect_str_eq(api_text("stopped_because"), "max_epochs");
    cr_expect(api_number("model/version") == 1 && api_number("progress/epoch") == 3);
    cr_expect(api_number("attempts") == 1 && api_is_null("queue_position"));
    cr_expect_geq(api_number("metrics/train/rmse"), 0);
    cr_expect_geq(api_number("metrics/validation/mae"), 0);
    cr_expect_str_eq(api_text("transitions/0/state"), "queued");
    cr_expect_str_eq(api_text("transitions/1/state"), "running");
    cr_expect_str_eq(api_text("transitions/2/state"), "succeeded");
    cr_expect_gt(strcmp(api_text("finished_at"), ""), 0);
}

Test(api_job, mistakes_are_named_all_at_once)
{
    api_post("/v1/jobs", "{\"datset\": 1, \"hyperparameters\": {\"epochs\": 0, \"hiden\": [1]},"
                         " \"model\": \"a b\", \"labels\": {\"a\": 1}}");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 6);
}

/* Whether the last answer has a mistake at that place, with these words. */
static bool is_told(const char *pointer, const char *words)
{
    bool told = false;
    for (size_t i = 0; i < json_array_size(api_at("errors")) && !told; i++) {
        const json_t *item = json_array_get(api_at("errors"), i);
        told = strcmp(json_string_value(json_object_get(item, "pointer")), pointer) == 0 &&
               strstr(json_string_value(json_object_get(item, "detail")), words);
    }
    return told;
}

#define CLASH "\"hyperparameters\": {\"optimizer\": \"lbfgs\", \"batch_size\": 5}"
#define NO_BATCHES "must be null with lbfgs"

Test(api_job, what_clashes_is_told_beside_what_is_not_there)
{
    api_post("/v1/jobs", "{\"dataset\": \"ds_nope\", \"from_model\": \"nope\", " CLASH "}");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    cr_expect(is_told("#/dataset", "there is no dataset") && is_told("#/from_model", "no model"));
    cr_expect(is_told("#/hyperparameters/batch_size", NO_BATCHES));
    api_post("/v1/jobs", "{\"dataset\": {\"x\": [[1]], \"y\": [1]}, \"from_model\": \"nope\","
                         " " CLASH "}");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
    cr_expect(is_told("#/hyperparameters/batch_size", NO_BATCHES));
    api_csv("/v1/jobs?target=sin&optimizer=lbfgs&batch_size=10&schedule=cosine&from_model=nope"
            "&restarts=2",
            rows);
    cr_expect_eq(json_array_size(api_at("errors")), 5);
    cr_expect(is_told("?batch_size", NO_BATCHES) && is_told("?schedule", "must be \"constant\""));
    cr_expect(is_told("?target", "no column") && is_told("?from_model", "no model"));
    cr_expect(is_told("?restarts", "must be 1 with from_model"));
    api_csv("/v1/jobs?optimizer=lbfgs&batch_size=3", "a,b\n1,x\n2,4\n");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
    cr_expect(is_told("?batch_size", NO_BATCHES) && is_told("line 2, column b", "a number"));
    api_csv("/v1/jobs?optimizer=lbfgs&batch_size=3&epochs=0&momentun=1", rows);
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    cr_expect(is_told("?batch_size", NO_BATCHES));
}

Test(api_job, what_is_wrong_with_the_rows_is_told_beside_a_wrong_name)
{
    api_csv("/v1/jobs?model=bad%20name&validation_split=0.5&cross_validation=2", "a,b\n1,2\n");
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    cr_expect(is_told("?model", "must be a name") && is_told("?validation_split", "2 rows"));
    api_post("/v1/jobs", "{\"model\": \"a b\", \"dataset\": {\"x\": [[1], [2]], \"y\": [1, 2],"
                         " \"features\": [\"a\", \"b\"]}}");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
    cr_expect(is_told("#/dataset/features", "must have 1 name"));
    api_post("/v1/jobs", "{\"model\": \"a b\", \"dataset\": {\"x\": [[1], [2]], \"y\": [1, 2]},"
                         " \"initial_layers\": [{\"weights\": [[1, 2]], \"biases\": [0]}]}");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
    cr_expect(is_told("#/initial_layers/0/weights", "must have 1 columns"));
}

Test(api_job, what_stands_in_for_a_mistake_is_not_judged)
{
    static const char *const queries[] = {"optimiser=adam&regularization=bayesian",
                                          "optimizer=adm&regularization=bayesian",
                                          "preset=acurate&regularization=bayesian",
                                          "optimizer=adm&preset=accurate&batch_size=2",
                                          "hiden=2&optimizer=levenberg_marquardt",
                                          "hidden=x&optimizer=levenberg_marquardt",
                                          "from_model=no&hidden=9000&preset=accurate"};
    char path[200];
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        snprintf(path, sizeof path, "/v1/jobs?%s", queries[i]);
        api_csv(path, rows);
        api_expect_problem(422, "invalid");
        cr_expect_eq(json_array_size(api_at("errors")), 1, "%s", queries[i]);
    }
    api_model("m");
    api_csv("/v1/jobs?from_model=m&hidden=x&activation=y&ensemble=0&standardize=z",
            "a,b,c\n1,2,3\n");
    cr_expect_eq(json_array_size(api_at("errors")), 4);
    api_post("/v1/jobs", "{\"dataset\": {\"x\": [[1]], \"y\": [1]}, \"optimizer\": \"adam\","
                         " \"hyperparameters\": {\"regularization\": \"bayesian\"}}");
    cr_expect_eq(json_array_size(api_at("errors")), 1);
}

Test(api_job, each_mistake_of_a_json_job_is_named)
{
    static const struct {
        const char *member, *pointer, *detail;
    } known[] = {
        {"\"hyperparameters\": {\"learning_rate\": -1}", "#/hyperparameters/learning_rate",
         "must be a number greater than 0, or null, got -1"},
        {"\"hyperparameters\": {\"optimiser\": \"adam\"}", "#/hyperparameters/optimiser",
         "is not known here; did you mean 'optimizer'?"},
        {"\"hyperparameters\": 3", "#/hyperparameters", "must be an object, got 3"},
        {"\"model\": 7", "#/model", "must be the name of a model, got 7"},
        {"\"labels\": []", "#/labels", "must be an object of strings"},
        {"\"labels\": {\"a\": 1}", "#/labels/a", "must be text of at most 256 bytes"},
        {"\"hyperparameters\": {\"hidden\": [65536, 65536]}", "#/hyperparameters/hidden",
         "makes a network of more than 50000000 parameters; take fewer or narrower layers"},
        {"\"initial_layers\": []", "#/initial_layers",
         "must be an array of 2 layers, one for each of hyperparameters.hidden and the output, "
         "got 0"},
    };
    char body[300];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        snprintf(body, sizeof body, "{\"dataset\": {\"x\": [[1]], \"y\": [1]}, %s}",
                 known[i].member);
        api_post("/v1/jobs", body);
        api_expect_mistake(known[i].pointer, known[i].detail);
    }
}

Test(api_job, a_dataset_that_is_missing_or_not_there_is_named)
{
    api_post("/v1/jobs", "{}");
    cr_expect_str_eq(api_text("errors/0/pointer"), "#/dataset");
    api_post("/v1/jobs", "{\"dataset\": \"ds_none\"}");
    api_expect_mistake("#/dataset", "there is no dataset 'ds_none'");
    api_post("/v1/jobs", "{\"dataset\": 5}");
    api_expect_mistake("#/dataset", "must be the id of a dataset or an object with x and y, got 5");
}

Test(api_job, what_belongs_in_a_json_body_is_told_its_place)
{
    api_post("/v1/jobs?hidden=4&model=m&epoch=5&wait=0", "{}");
    cr_expect_eq(json_array_size(api_at("errors")), 4, "the dataset, and three of the query");
    cr_expect_str_eq(api_text("errors/1/pointer"), "?hidden");
    cr_expect_str_eq(api_text("errors/1/detail"),
                     "belongs in the body where that is JSON, as #/hyperparameters/hidden");
    cr_expect_str_eq(api_text("errors/2/detail"),
                     "belongs in the body where that is JSON, as #/model");
    cr_expect_str_eq(api_text("errors/3/detail"), "is not known here");
}

Test(api_job, mistakes_of_a_query_are_named)
{
    api_csv("/v1/jobs?epoch=5", rows);
    api_expect_mistake("?epoch", "is not known here; did you mean 'epochs'?");
    api_csv("/v1/jobs?epochs=many", rows);
    api_expect_mistake("?epochs",
                       "must be a whole number of at least 1 and at most 1000000000, got \"many\"");
    api_csv("/v1/jobs?model=a%2Fb", rows);
    api_expect_mistake("?model", "must be a name of 1 to 100 of A-Z, a-z, 0-9, '.', '_' and '-', "
                                 "not of dots only, got 'a/b'");
    api_csv("/v1/jobs?wait=-1", rows);
    api_expect_mistake("?wait", "must be a whole number from 0 to 3600, got '-1'");
    api_csv("/v1/jobs?validation_split=0.5", "a,b\n1,2\n");
    api_expect_mistake("?validation_split", "needs at least 2 rows, the dataset has 1");
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM jobs"), 0);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM datasets"), 0);
}

Test(api_job, names_of_models_that_a_path_could_not_hold_are_refused)
{
    static const char *const wrong[] = {"", ".", "..", "a:b", "a/b", "a b", "\xC3\xA9", "a\\n"};
    char body[300];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(body, sizeof body, "{\"dataset\": {\"x\": [[1]], \"y\": [1]}, \"model\": \"%s\"}",
                 wrong[i]);
        api_post("/v1/jobs", body);
        api_expect_problem(422, "invalid");
        cr_expect_str_eq(api_text("errors/0/pointer"), "#/model");
    }
}

Test(api_job, who_waits_is_answered_later)
{
    const Answer *answer = api_csv("/v1/jobs?wait=30", rows);
    cr_expect(answer->reply.code == 0 && !answer->reply.body);
    cr_expect_gt(answer->reply.wait_until, clock_seconds() + 20);
    cr_expect_eq(strncmp(answer->reply.waits_for, "job_", 4), 0);
}

Test(api_job, who_waits_asks_for_one_job_however_often_it_is_called)
{
    char id[ID_SIZE];
    Call call = {.method = METHOD_POST, .target = "/v1/jobs", .type = "text/csv", .body = rows};
    call.header[0] = "Prefer";
    call.header[1] = "respond-async, wait=20";
    snprintf(id, sizeof id, "%s", api_call(&call)->reply.waits_for);
    call.waits_for = id;
    cr_expect_eq(api_call(&call)->reply.code, 0);
    api_train();
    cr_assert_eq(api_call(&call)->reply.code, 200);
    cr_expect_str_eq(api_text("id"), id);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM jobs"), 1);
}

Test(api_job, who_waited_long_enough_gets_the_job_as_it_stands)
{
    char path[200];
    snprintf(path, sizeof path, "%s", path_to(asked("model=m"), "?wait=5"));
    cr_expect_eq(api_get(path)->reply.code, 0);
    cr_assert_eq(
        api_call(&(Call){.method = METHOD_GET, .target = path, .give_up = true})->reply.code, 200);
    cr_expect_str_eq(api_text("state"), "queued");
    cr_assert_eq(
        api_call(&(Call){.method = METHOD_GET, .target = path, .last_try = true})->reply.code, 200);
}

Test(api_job, a_list_is_filtered_and_paged)
{
    asked("model=m&epochs=1");
    api_train();
    asked("model=n&epochs=1");
    cr_assert_eq(api_get("/v1/jobs")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 2);
    cr_assert_eq(api_get("/v1/jobs?state=queued")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 1);
    cr_expect_str_eq(api_text("data/0/model/name"), "n");
    cr_assert_eq(api_get("/v1/jobs?model=m&state=succeeded&limit=1")->reply.code, 200);
    cr_expect_str_eq(api_text("data/0/state"), "succeeded");
    cr_expect(api_is_null("next"));
    api_get("/v1/jobs?state=done");
    api_expect_mistake("?state", "must be queued, running, succeeded, failed or cancelled, got "
                                 "'done'");
}

Test(api_job, the_loss_has_every_epoch_from_0_on)
{
    const char *id = asked("epochs=4&tolerance=0");
    api_train();
    cr_assert_eq(api_get(path_to(id, "/loss"))->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("epoch")), 5);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(json_integer_value(json_array_get(api_at("epoch"), (size_t)i)), i);
    cr_expect_eq(json_array_size(api_at("train")), 5);
    cr_expect(json_is_null(json_array_get(api_at("validation"), 0)));
    cr_assert_eq(api_get(path_to(id, "/loss?from=2&to=3"))->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("train")), 2);
    cr_expect_eq(api_number("epoch/0"), 2);
}

Test(api_job, the_loss_comes_as_csv_too)
{
    const char *id = asked("epochs=2&tolerance=0");
    api_train();
    const Answer *answer =
        api_call(&(Call){.target = path_to(id, "/loss"), .header = {"Accept", "text/csv"}});
    cr_assert_eq(answer->reply.code, 200);
    cr_expect_eq(strncmp(answer->reply.body, "epoch,train,validation\n0,", 25), 0);
    size_t lines = 0;
    for (const char *at = answer->reply.body; *at; at++)
        lines += *at == '\n';
    cr_expect_eq(lines, 4);
}

Test(api_job, a_name_that_is_not_there_is_not_found)
{
    api_get("/v1/jobs/job_none");
    api_expect_problem(404, "not-found");
    api_get("/v1/jobs/job_none/loss");
    api_expect_problem(404, "not-found");
    api_delete("/v1/jobs/job_none");
    api_expect_problem(404, "not-found");
}

Test(api_job, only_a_job_that_has_ended_is_deleted)
{
    const char *id = asked("epochs=1");
    api_delete(path_to(id, ""));
    api_expect_problem(409, "conflict");
    api_train();
    cr_expect_eq(api_delete(path_to(id, ""))->reply.code, 204);
    cr_expect_eq(api_get(path_to(id, ""))->reply.code, 404);
}
