/* The handlers of the Open Inference Protocol, with tensors as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_infer, .init = api_start, .fini = api_end);

#define INFER "/v2/models/m/infer"
#define X(shape, type, data)                                                                       \
    "{\"name\": \"x\", \"shape\": " shape ", \"datatype\": \"" type "\", \"data\": " data "}"
#define INPUTS(x) "{\"inputs\": [" x "]}"
#define TWO X("[2, 2]", "FP64", "[1, 2, 0, 3]")

static void predicted(double y[2])
{
    cr_assert_eq(api_post("/v1/models/m:predict", "{\"instances\": [[1, 2], [0, 3]]}")->reply.code,
                 200);
    y[0] = api_number("predictions/0");
    y[1] = api_number("predictions/1");
}

Test(api_infer, the_server_says_what_it_is)
{
    cr_assert_eq(api_get("/v2")->reply.code, 200);
    cr_expect_str_eq(api_text("name"), "backpropd");
    cr_expect_str_eq(api_text("version"), BACKPROPD_VERSION);
    cr_expect_str_eq(api_text("extensions/0"), "binary_tensor_data");
    cr_assert_eq(api_get("/v2/health/live")->reply.code, 200);
    cr_expect(json_is_true(api_at("live")));
    cr_assert_eq(api_get("/v2/health/ready")->reply.code, 200);
    cr_expect(json_is_true(api_at("ready")));
}

Test(api_infer, models_have_metadata_and_are_ready)
{
    api_model("m");
    api_model("n");
    api_model("m");
    cr_assert_eq(api_get("/v2/models/m")->reply.code, 200);
    cr_expect_str_eq(api_text("name"), "m");
    cr_expect_str_eq(api_text("versions/0"), "2");
    cr_expect_str_eq(api_text("versions/1"), "1");
    cr_expect_str_eq(api_text("inputs/0/name"), "x");
    cr_expect_str_eq(api_text("inputs/0/datatype"), "FP64");
    cr_expect(api_number("inputs/0/shape/0") == -1 && api_number("inputs/0/shape/1") == 2);
    cr_expect_str_eq(api_text("outputs/0/name"), "y");
    cr_expect(api_number("outputs/0/shape/0") == -1 && api_number("outputs/0/shape/1") == 1);
    cr_expect_eq(json_array_size(api_at("outputs")), 1);
    cr_expect_gt(strlen(api_text("platform")), 0);
    cr_expect_eq(api_get("/v2/models/m/versions/1")->reply.code, 200);
    cr_assert_eq(api_get("/v2/models/m/versions/1/ready")->reply.code, 200);
    cr_expect(json_is_true(api_at("ready")) && strcmp(api_text("name"), "m") == 0);
}

Test(api_infer, models_are_listed_with_their_versions)
{
    api_model("m");
    api_model("n");
    api_model("m");
    cr_assert_eq(api_get("/v2/models")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 2);
    cr_expect_str_eq(api_text("data/0/name"), "m");
    cr_expect_str_eq(api_text("data/0/versions/0"), "2");
    cr_expect(api_is_null("next"));
    cr_assert_eq(api_get("/v2/models?limit=1")->reply.code, 200);
    cr_expect_str_eq(api_text("next"), "m");
}

Test(api_infer, what_is_not_there_is_not_found)
{
    static const char *const paths[] = {"/v2/models/none", "/v2/models/none/ready",
                                        "/v2/models/m/versions/2", "/v2/models/m/versions/x/ready"};
    api_model("m");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        api_get(paths[i]);
        api_expect_problem(404, "not-found");
    }
    api_post("/v2/models/m/versions/0/infer", INPUTS(TWO));
    api_expect_problem(404, "not-found");
    cr_expect_str_eq(api_text("detail"), "there is no version '0' of the model 'm'");
}

Test(api_infer, flat_or_nested_it_predicts_as_predict_does)
{
    static const char *const data[] = {"[1, 2, 0, 3]", "[[1, 2], [0, 3]]", "[1.0, 2e0, 0, 30e-1]"};
    double y[2];
    api_model("m");
    predicted(y);
    for (size_t i = 0; i < 3; i++) {
        char body[300];
        snprintf(body, sizeof body, INPUTS(X("[2, 2]", "FP64", "%s")), data[i]);
        cr_assert_eq(api_post(INFER, body)->reply.code, 200);
        cr_expect_str_eq(api_text("model_name"), "m");
        cr_expect_str_eq(api_text("model_version"), "1");
        cr_expect_str_eq(api_text("outputs/0/name"), "y");
        cr_expect_str_eq(api_text("outputs/0/datatype"), "FP64");
        cr_expect(api_number("outputs/0/shape/0") == 2 && api_number("outputs/0/shape/1") == 1);
        cr_expect(api_number("outputs/0/data/0") == y[0] && api_number("outputs/0/data/1") == y[1]);
        cr_expect_null(json_object_get(api_at(""), "id"));
    }
}

Test(api_infer, every_datatype_is_taken)
{
    static const char *const types[] = {"UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16",
                                        "INT32", "INT64",  "FP16",   "BF16",   "FP32", "FP64"};
    double y[2];
    api_model("m");
    predicted(y);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char body[300];
        snprintf(body, sizeof body, INPUTS(X("[2, 2]", "%s", "[1, 2, 0, 3]")), types[i]);
        cr_assert_eq(api_post(INFER, body)->reply.code, 200, "%s", types[i]);
        cr_expect_eq(api_number("outputs/0/data/1"), y[1]);
    }
}

Test(api_infer, what_clients_add_is_taken)
{
    static const char *const bodies[] = {
        "{\"inputs\": [" TWO "], \"id\": null, \"parameters\": null, \"outputs\": null}",
        "{\"inputs\": [" TWO "], \"outputs\": []}",
        "{\"inputs\": [" TWO "], \"model_name\": \"m\", \"outputs\": [{\"name\": \"y\"}]}",
        "{\"inputs\": [" TWO "], \"parameters\": {\"priority\": 3, \"content_type\": \"np\"}}",
        ("{\"inputs\": [{\"name\": \"x\", \"shape\": [2, 2], \"datatype\": \"FP64\", "
         "\"parameters\":"
         " {\"content_type\": \"np\"}, \"data\": [1, 2, 0, 3]}]}"),
    };
    api_model("m");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        cr_expect_eq(api_post(INFER, bodies[i])->reply.code, 200, "%s", bodies[i]);
    cr_expect_eq(api_send(INFER, NULL, bodies[0])->reply.code, 200);
}

Test(api_infer, the_id_is_given_back)
{
    api_model("m");
    api_post(INFER, "{\"id\": \"a \\\"b\\\" \\u00e9\", \"inputs\": [" TWO "]}");
    cr_expect_str_eq(api_text("id"), "a \"b\" \xC3\xA9");
    api_post(INFER, "{\"id\": 7, \"inputs\": [" TWO "]}");
    api_expect_mistake("#/id", "must be a text, got 7");
}

Test(api_infer, an_ensemble_has_its_deviation_too)
{
    Model *model = fixture_ensemble(3);
    Store *store = api_services()->store;
    double x[] = {1, 2, 3}, y, std;
    fixture_queued(store, fixture_stored_dataset(store), "m");
    cr_assert_eq(fixture_succeed_with(store, model), 1);
    cr_assert_eq(model_predict(model, mat_in(x, 1, 3), mat_out(&y, 1, 1), mat_out(&std, 1, 1)),
                 OUTCOME_OK);
    cr_assert_eq(api_get("/v2/models/m")->reply.code, 200);
    cr_expect_str_eq(api_text("outputs/1/name"), "std");
    cr_expect_eq(api_number("outputs/1/shape/1"), 1);
#define ONE "{\"inputs\": [" X("[1, 3]", "FP64", "[1, 2, 3]") "]"
    api_post(INFER, ONE "}");
    cr_expect(api_number("outputs/0/data/0") == y && api_number("outputs/1/data/0") == std);
    cr_expect_str_eq(api_text("outputs/1/name"), "std");
    api_post(INFER, ONE ", \"outputs\": [{\"name\": \"std\"}, {\"name\": \"y\"}]}");
    cr_expect(api_number("outputs/0/data/0") == std && api_number("outputs/1/data/0") == y);
    api_post(INFER, ONE ", \"outputs\": [{\"name\": \"std\"}, {\"name\": \"std\"}]}");
    api_expect_mistake("#/outputs/1/name", "is asked for twice");
    api_post(INFER, ONE ", \"outputs\": [{\"name\": \"z\"}]}");
    api_expect_mistake("#/outputs/0/name", "must be an output of the model, 'y' or 'std', got 'z'");
    model_free(model);
}

typedef struct Mistake {
    const char *body, *pointer, *detail;
} Mistake;

/* Each body has this mistake, and no other. */
static void expect_mistakes(const Mistake *known, size_t count)
{
    api_model("m");
    for (size_t i = 0; i < count; i++) {
        api_post(INFER, known[i].body);
        api_expect_problem(422, "invalid");
        api_expect_mistake(known[i].pointer, known[i].detail);
    }
}

Test(api_infer, what_is_wrong_with_the_inputs_is_named)
{
    static const Mistake known[] = {
        {"{}", "#/inputs", "is missing; it holds the tensor 'x'"},
        {"{\"inputs\": []}", "#/inputs", "must be an array with the tensor 'x', got []"},
        {"{\"inputs\": 3}", "#/inputs", "must be an array with the tensor 'x', got 3"},
        {INPUTS("3"), "#/inputs/0", "must be an object, got 3"},
        {INPUTS("{\"nam\": \"x\", \"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP64\", "
                "\"data\": [1, 2]}"),
         "#/inputs/0/nam", "is not known here; did you mean 'name'?"},
        {INPUTS("{\"name\": \"z\", \"shape\": [1, 2], \"datatype\": \"FP64\", \"data\": [1, 2]}"),
         "#/inputs/0/name", "must be the input of the model, 'x', got 'z'"},
        {INPUTS(TWO ", " TWO), "#/inputs/1/name", "is given twice"},
        {INPUTS(X("[4]", "FP64", "[1, 2, 0, 3]")), "#/inputs/0/shape",
         "must be [rows, 2], got [4]"},
        {INPUTS(X("[-1, 2]", "FP64", "[1, 2]")), "#/inputs/0/shape/0",
         "must be a whole number of at least 1, in the shape [-1,2]"},
        {INPUTS(X("[0, 2]", "FP64", "[]")), "#/inputs/0/shape/0",
         "must be a whole number of at least 1, in the shape [0,2]"},
        {INPUTS(X("[1.5, 2]", "FP64", "[1, 2, 3]")), "#/inputs/0/shape/0",
         "must be a whole number of at least 1, in the shape [1.5,2]"},
        {INPUTS(X("[1, 3]", "FP64", "[1, 2, 3]")), "#/inputs/0/shape/1",
         "must be 2, the number of features, in the shape [1,3]"},
        {INPUTS(X("[9223372036854775807, 2]", "FP64", "[1, 2, 3]")), "#/inputs/0/shape",
         "has more numbers than there can be, got [9223372036854775807,2]"},
        {INPUTS(X("\"a\"", "FP64", "[1, 2]")), "#/inputs/0/shape", "must be [rows, 2], got \"a\""},
    };
    expect_mistakes(known, sizeof known / sizeof *known);
}

Test(api_infer, what_is_wrong_with_the_numbers_is_named)
{
    static const Mistake known[] = {
        {INPUTS(X("[2, 2]", "BOOL", "[1, 2, 0, 3]")), "#/inputs/0/datatype",
         "must be one of UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, "
         "FP32, FP64, got \"BOOL\""},
        {INPUTS(X("[2, 2]", "FP64", "[1, 2, 0]")), "#/inputs/0/data",
         "must have 4 numbers for the shape [2, 2], got 3"},
        {INPUTS(X("[2, 2]", "FP64", "[]")), "#/inputs/0/data",
         "must have 4 numbers for the shape [2, 2], got 0"},
        {INPUTS(X("[2, 2]", "FP64", "[[1, 2]]")), "#/inputs/0/data",
         "must be 2 rows of 2 numbers, or flat, got 1 rows of 2"},
        {INPUTS(X("[2, 2]", "FP64", "[1, 2, null, 3]")), "#/inputs/0/data/2",
         "must be a number like the first, got null"},
        {INPUTS(X("[2, 2]", "FP64", "[[1, 2], [3]]")), "#/inputs/0/data/1",
         "has 1 value, the first row has 2"},
        {INPUTS(X("[2, 2]", "FP64", "[\"a\"]")), "#/inputs/0/data",
         "must be an array of numbers, flat or in rows, got [\"a\"]"},
        {INPUTS(X("[2, 2]", "FP64", "null")), "#/inputs/0/data",
         "is missing, and so is the parameter binary_data_size"},
        {INPUTS(X("[2, 2]", "UINT8", "[1, 2, 300, 3]")), "#/inputs/0/data/2",
         "must be a whole number from 0 to 255, got 300"},
        {INPUTS(X("[2, 2]", "INT64", "[[1, 2], [9007199254740993, 3]]")), "#/inputs/0/data/1/0",
         "must be a whole number from -9007199254740991 to 9007199254740991 (those beyond are not "
         "exact here), got 9007199254740992"},
    };
    expect_mistakes(known, sizeof known / sizeof *known);
}

Test(api_infer, what_is_wrong_with_the_rest_is_named)
{
    static const Mistake known[] = {
        {"{\"inputs\": [" TWO "], \"outputs\": [{\"name\": \"z\"}]}", "#/outputs/0/name",
         "must be an output of the model, 'y', got 'z'"},
        {"{\"inputs\": [" TWO "], \"outputs\": [{\"name\": \"std\"}]}", "#/outputs/0/name",
         "is an output of ensembles only, and this model is one network"},
        {"{\"inputs\": [" TWO "], \"outputs\": [{}]}", "#/outputs/0/name", "is missing"},
        {"{\"inputs\": [" TWO "], \"outputs\": {\"name\": \"y\"}}", "#/outputs",
         "must be an array of outputs, got {\"name\":\"y\"}"},
        {"{\"inputs\": [" TWO "], \"outputs\": [{\"name\": \"y\", \"parameters\": "
         "{\"classification\": 1}}]}",
         "#/outputs/0/parameters/classification",
         "asks for an extension that this server has not; see /v2"},
        {"{\"inputs\": [" TWO "], \"outputs\": [{\"name\": \"y\", \"parameters\": "
         "{\"binary_data\": 1}}]}",
         "#/outputs/0/parameters/binary_data", "must be true or false, got 1"},
        {"{\"inputs\": [" TWO "], \"parameters\": {\"binary_data_output\": \"yes\"}}",
         "#/parameters/binary_data_output", "must be true or false, got \"yes\""},
        {"{\"inputs\": [" TWO "], \"parameters\": 3}", "#/parameters", "must be an object, got 3"},
        {"{\"inputs\": [" TWO "], \"model_name\": \"n\"}", "#/model_name",
         "must be the model of the path, \"m\", got \"n\""},
        {"{\"inputs\": [" TWO "], \"output\": []}", "#/output",
         "is not known here; did you mean 'outputs'?"},
    };
    expect_mistakes(known, sizeof known / sizeof *known);
}

Test(api_infer, all_mistakes_are_told_at_once)
{
    api_model("m");
    api_post(INFER, "{\"id\": 1, \"outputs\": [{\"name\": \"z\"}], \"inputs\": [" X(
                        "[2, 3]", "BYTES", "[\"a\"]") "]}");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 5);
    api_post(INFER, "{\"inputs\": [{\"name\": \"input\", \"datatype\": \"FP65\", \"shape\": [1, 7],"
                    " \"data\": [1]}]}");
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    cr_expect_str_eq(api_text("errors/1/pointer"), "#/inputs/0/shape/1");
    cr_expect_str_eq(api_text("errors/2/pointer"), "#/inputs/0/datatype");
    api_post(INFER, "{\"id\": 1, \"inputs\": [{\"datatype\": \"UINT8\", \"shape\": [1, 2],"
                    " \"data\": [1, 300]}, 4]}");
    cr_expect_eq(json_array_size(api_at("errors")), 3, "which of two is meant is not known");
    api_post(INFER, "{\"id\": 1, \"inputs\": [{\"datatype\": \"UINT8\", \"shape\": [1, 2],"
                    " \"data\": [1, 300]}]}");
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    cr_expect_str_eq(api_text("errors/2/pointer"), "#/inputs/0/data/1");
}

Test(api_infer, on_a_thread_of_the_network_only_memory_is_asked)
{
    Call call = {.method = METHOD_POST, .target = INFER, .body = INPUTS(TWO), .at_once = true};
    api_model("m");
    cr_expect_eq(api_call(&call)->reply.code, 200); /* the training left it there */
    cache_forget(api_services()->cache, "m");
    cr_expect(api_call(&call)->reply.must_block && api_call(&call)->reply.code == 0);
    call.at_once = false;
    cr_expect_eq(api_call(&call)->reply.code, 200);
}

Test(api_infer, a_prediction_that_is_not_finite_is_not_sent)
{
    Model *model = fixture_ensemble(1);
    Store *store = api_services()->store;
    for (size_t i = 0; i < model->member[0]->parameter_count; i++)
        model->member[0]->parameters[i] = 1e308;
    fixture_queued(store, fixture_stored_dataset(store), "m");
    cr_assert_eq(fixture_succeed_with(store, model), 1);
    api_post(INFER, INPUTS(X("[1, 3]", "FP64", "[1, 2, 3]")));
    api_expect_problem(422, "invalid");
    cr_expect_not_null(strstr(api_text("detail"), "is not finite"));
    model_free(model);
}
