/* The handlers of models: descriptions, weights, predictions. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_model, .init = api_start, .fini = api_end);

Test(api_model, a_model_is_described)
{
    api_model("m");
    cr_assert_eq(api_get("/v1/models/m")->reply.code, 200);
    cr_expect_str_eq(api_text("name"), "m");
    cr_expect(api_number("version") == 1 && api_number("versions/0") == 1);
    cr_expect(api_number("layers/0/inputs") == 2 && api_number("layers/0/outputs") == 16);
    cr_expect_str_eq(api_text("layers/0/activation"), "tanh");
    cr_expect_str_eq(api_text("layers/1/activation"), "identity");
    cr_expect_str_eq(api_text("scaling/features/1/name"), "b");
    cr_expect_eq(api_number("scaling/targets/0/max"), 9);
    cr_expect_eq(api_number("parameters"), 2 * 16 + 16 + 16 + 1);
    cr_expect(strlen(api_text("digest")) == 64 && strlen(api_text("dataset_digest")) == 64);
    cr_expect(api_is_null("metrics/validation"));
}

Test(api_model, versions_are_counted_and_each_can_be_asked_for)
{
    api_model("m");
    api_model("m");
    cr_assert_eq(api_get("/v1/models/m")->reply.code, 200);
    cr_expect(api_number("version") == 2 && json_array_size(api_at("versions")) == 2);
    cr_assert_eq(api_get("/v1/models/m/versions/1")->reply.code, 200);
    cr_expect_eq(api_number("version"), 1);
}

Test(api_model, the_list_has_the_newest_version_of_each)
{
    api_model("m");
    api_model("n");
    api_model("m");
    cr_assert_eq(api_get("/v1/models")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 2);
    cr_assert_eq(api_get("/v1/models?limit=1")->reply.code, 200);
    cr_expect_str_eq(api_text("next"), api_text("data/0/name"));
}

Test(api_model, what_is_not_there_is_not_found_and_named)
{
    static const char *const paths[][2] = {
        {"/v1/models/none", "there is no model 'none'"},
        {"/v1/models/none/weights", "there is no model 'none'"},
        {"/v1/models/m/versions/2", "there is no version '2' of the model 'm'"},
        {"/v1/models/m/versions/0", "there is no version '0' of the model 'm'"},
        {"/v1/models/m/versions/01", "there is no version '01' of the model 'm'"},
        {"/v1/models/m/versions/-1", "there is no version '-1' of the model 'm'"},
        {"/v1/models/m/versions/x/weights", "there is no version 'x' of the model 'm'"},
        {"/v1/models/m/versions/99999999999999999999",
         "there is no version '99999999999999999999' of the model 'm'"},
    };
    api_model("m");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        api_get(paths[i][0]);
        api_expect_problem(404, "not-found");
        cr_expect_str_eq(api_text("detail"), paths[i][1]);
    }
}

Test(api_model, weights_read_back_to_the_same_bits)
{
    ModelRecord *record;
    api_model("m");
    cr_assert_eq(api_get("/v1/models/m/weights")->reply.code, 200);
    cr_assert_eq(store_model_get(api_services()->store, "m", 0, true, &record), STATUS_OK);
    const Net *net = record->model->member[0];
    for (size_t l = 0; l < net->depth; l++) {
        Layer layer = net_layer(net, net->parameters, l);
        json_t *got = json_array_get(api_at("layers"), l);
        for (size_t o = 0; o < layer.out; o++) {
            json_t *row = json_array_get(json_object_get(got, "weights"), o);
            double bias = json_real_value(json_array_get(json_object_get(got, "biases"), o));
            cr_assert_eq(memcmp(&bias, &layer.biases[o], sizeof bias), 0);
            for (size_t i = 0; i < layer.in; i++) {
                double weight = json_real_value(json_array_get(row, i));
                cr_assert_eq(memcmp(&weight, &layer.weights[i * layer.out + o], 8), 0);
            }
        }
    }
    model_record_free(record);
}

#define PREDICT "/v1/models/m:predict"

static const char two_rows[] = "{\"instances\": [[1, 2], [0, 3]]}";

Test(api_model, predictions_are_those_of_the_model)
{
    ModelRecord *record;
    double x[] = {1, 2, 0, 3}, y[2];
    api_model("m");
    cr_assert_eq(api_post(PREDICT, two_rows)->reply.code, 200);
    cr_assert_eq(json_array_size(api_at("predictions")), 2);
    cr_assert_eq(store_model_get(api_services()->store, "m", 0, true, &record), STATUS_OK);
    cr_assert_eq(model_predict(record->model, mat_in(x, 2, 2), mat_out(y, 2, 1), (Mat){0}),
                 OUTCOME_OK);
    cr_expect_eq(api_number("predictions/0"), y[0]);
    cr_expect_eq(api_number("predictions/1"), y[1]);
    model_record_free(record);
}

Test(api_model, rows_by_name_give_the_same_in_any_order)
{
    double first, second;
    api_model("m");
    cr_assert_eq(api_post(PREDICT, two_rows)->reply.code, 200);
    first = api_number("predictions/0");
    second = api_number("predictions/1");
    cr_assert_eq(api_post(PREDICT, "{\"instances\": [{\"b\": 2, \"a\": 1}, {\"a\": 0, \"b\": 3}]}")
                     ->reply.code,
                 200);
    cr_expect_eq(api_number("predictions/0"), first);
    cr_expect_eq(api_number("predictions/1"), second);
}

Test(api_model, curls_own_content_type_is_taken)
{
    api_model("m");
    cr_expect_eq(api_send(PREDICT, "application/x-www-form-urlencoded", two_rows)->reply.code, 200);
    cr_expect_eq(api_send(PREDICT, NULL, two_rows)->reply.code, 200);
}

Test(api_model, several_targets_give_arrays)
{
    cr_assert_eq(api_post("/v1/jobs", "{\"model\": \"two\", \"dataset\": {\"x\": [[1], [2], [3]],"
                                      " \"y\": [[1, 2], [3, 4], [5, 7]]}}")
                     ->reply.code,
                 202);
    api_train();
    cr_assert_eq(api_post("/v1/models/two:predict", "{\"instances\": [[1]]}")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("predictions/0")), 2);
}

Test(api_model, on_a_thread_of_the_network_only_memory_is_asked)
{
    Call call = {.method = METHOD_POST, .target = PREDICT, .type = "application/json"};
    call.body = two_rows;
    call.at_once = true;
    api_model("m");
    cr_expect_eq(api_call(&call)->reply.code, 200); /* the training left it there */
    cache_forget(api_services()->cache, "m");
    cr_expect(api_call(&call)->reply.must_block && api_call(&call)->reply.code == 0);
    call.at_once = false;
    cr_expect_eq(api_call(&call)->reply.code, 200);
    call.at_once = true;
    cr_expect_eq(api_call(&call)->reply.code, 200);
}

Test(api_model, each_mistake_of_the_rows_is_named)
{
    static const struct {
        const char *body, *pointer;
    } known[] = {
        {"{}", "#/instances"},
        {"{\"instances\": []}", "#/instances"},
        {"{\"instances\": [1, 2]}", "#/instances"},
        {"{\"instances\": [[1, 2, 3]]}", "#/instances/0"},
        {"{\"instances\": [[1, 2, 3], [4, 5, 6]]}", "#/instances"},
        {"{\"instances\": [[1], [1, 2]]}", "#/instances/0"},
        {"{\"instances\": [[1, 2], [1]]}", "#/instances/1"},
        {"{\"instances\": [[1, 2]], \"interval\": 1}", "#/interval"},
        {"{\"instances\": [[1, 2]], \"interval\": true}", "#/interval"},
        {"{\"instances\": [[1, 2]], \"signature_name\": 1}", "#/signature_name"},
        {"{\"instances\": 3}", "#/instances"},
        {"{\"instances\": \"a\"}", "#/instances"},
        {"{\"instances\": [[1, \"a\"]]}", "#/instances/0/1"},
        {"{\"instances\": [{\"a\": 1}]}", "#/instances/0/b"},
        {"{\"instances\": [{\"a\": 1, \"b\": \"2\"}]}", "#/instances/0/b"},
        {"{\"instances\": [{\"a\": 1, \"b\": 2, \"c\": 3}]}", "#/instances/0/c"},
        {"{\"instances\": [{\"a\": 1, \"b\": 2}, 3]}", "#/instances/1"},
        {"{\"instances\": [[1, 2]], \"instnces\": 1}", "#/instnces"},
    };
    api_model("m");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        api_post(PREDICT, known[i].body);
        api_expect_problem(422, "invalid");
        cr_expect_eq(json_array_size(api_at("errors")), 1, "%s", known[i].body);
        cr_expect_str_eq(api_text("errors/0/pointer"), known[i].pointer);
    }
}

Test(api_model, a_prediction_of_a_model_that_is_not_there_is_not_found)
{
    api_post("/v1/models/none:predict", two_rows);
    api_expect_problem(404, "not-found");
    api_model("m");
    api_post("/v1/models/m/versions/2:predict", two_rows);
    api_expect_problem(404, "not-found");
    cr_expect_eq(api_post("/v1/models/m/versions/1:predict", two_rows)->reply.code, 200);
}

Test(api_model, a_version_or_all_of_them_are_deleted_and_predict_no_more)
{
    api_model("m");
    api_model("m");
    cr_expect_eq(api_post(PREDICT, two_rows)->reply.code, 200);
    cr_expect_eq(api_delete("/v1/models/m/versions/2")->reply.code, 204);
    cr_assert_eq(api_get("/v1/models/m")->reply.code, 200);
    cr_expect_eq(api_number("version"), 1);
    cr_expect_eq(api_post(PREDICT, two_rows)->reply.code, 200);
    cr_expect_eq(api_delete("/v1/models/m")->reply.code, 204);
    cr_expect_eq(api_post(PREDICT, two_rows)->reply.code, 404);
    cr_expect_eq(api_delete("/v1/models/m")->reply.code, 404);
}
