/* Inference with raw tensors behind the JSON, of the request and of the reply. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_infer_binary, .init = api_start, .fini = api_end);

#define INFER "/v2/models/m/infer"

static char body[1000], length[24];

/* Posts json with raw bytes behind it; says nothing of the JSON's length where split is false. */
static const Answer *send(const char *json, const void *raw, size_t n, bool split)
{
    Call call = {.method = METHOD_POST, .target = INFER, .type = "application/octet-stream"};
    size_t json_length = strlen(json);
    cr_assert_lt(json_length + n, sizeof body);
    memcpy(body, json, json_length);
    if (n > 0)
        memcpy(body + json_length, raw, n);
    snprintf(length, sizeof length, "%zu", json_length);
    call.body = body;
    call.size = json_length + n;
    if (split) {
        call.header[0] = BODY_JSON_LENGTH;
        call.header[1] = length;
    }
    return api_call(&call);
}

/* A request with an x of that shape and type, and so many bytes said to follow. */
static const char *json_of(const char *shape, const char *type, const char *said, const char *more)
{
    static char json[500];
    snprintf(json, sizeof json,
             "{\"inputs\": [{\"name\": \"x\", \"shape\": %s, \"datatype\": \"%s\", "
             "\"parameters\": {\"binary_data_size\": %s}}]%s}",
             shape, type, said, more);
    return json;
}

static void predicted(double y[2])
{
    api_model("m");
    cr_assert_eq(api_post("/v1/models/m:predict", "{\"instances\": [[1, 2], [0, 3]]}")->reply.code,
                 200);
    y[0] = api_number("predictions/0");
    y[1] = api_number("predictions/1");
}

Test(api_infer_binary, raw_doubles_predict_as_numbers_do)
{
    double y[2], x[] = {1, 2, 0, 3};
    predicted(y);
    cr_assert_eq(send(json_of("[2, 2]", "FP64", "32", ""), x, sizeof x, true)->reply.code, 200);
    cr_expect(api_number("outputs/0/data/0") == y[0] && api_number("outputs/0/data/1") == y[1]);
}

Test(api_infer_binary, every_datatype_is_read)
{
    static const struct {
        const char *type, *size, *bytes;
        size_t n;
    } known[] = {
        {"UINT8", "4", "\1\2\0\3", 4},
        {"INT16", "8", "\1\0\2\0\0\0\3\0", 8},
        {"UINT32", "16", "\1\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0", 16},
        {"INT64", "32", "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0", 32},
        {"FP16", "8", "\0\x3C\0\x40\0\0\0\x42", 8},
        {"BF16", "8", "\x80\x3F\0\x40\0\0\x40\x40", 8},
        {"FP32", "16", "\0\0\x80\x3F\0\0\0\x40\0\0\0\0\0\0\x40\x40", 16},
    };
    double y[2];
    predicted(y);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *json = json_of("[2, 2]", known[i].type, known[i].size, "");
        cr_assert_eq(send(json, known[i].bytes, known[i].n, true)->reply.code, 200, "%s",
                     known[i].type);
        cr_expect_eq(api_number("outputs/0/data/0"), y[0], "%s", known[i].type);
        cr_expect_eq(api_number("outputs/0/data/1"), y[1], "%s", known[i].type);
    }
}

/* The reply's JSON part, to be given back with json_decref; its raw part is `expected`. */
static json_t *split_reply(const Answer *answer, const double *expected, size_t n)
{
    const Reply *reply = &answer->reply;
    cr_assert_eq(reply->code, 200, "%s", reply->body);
    cr_expect_str_eq(reply->type, "application/octet-stream");
    cr_assert_eq(reply->length - reply->json_length, n * sizeof *expected);
    cr_expect_eq(memcmp(reply->body + reply->json_length, expected, n * sizeof *expected), 0);
    json_t *json = json_loadb(reply->body, reply->json_length, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(json);
    return json;
}

Test(api_infer_binary, the_reply_is_raw_where_that_is_asked_for)
{
    static const char *const asked[] = {
        ", \"parameters\": {\"binary_data_output\": true}",
        ", \"outputs\": [{\"name\": \"y\", \"parameters\": {\"binary_data\": true}}]",
        ", \"parameters\": {\"binary_data_output\": true}, \"outputs\": [{\"name\": \"y\"}]",
    };
    double y[2], x[] = {1, 2, 0, 3};
    predicted(y);
    for (size_t i = 0; i < 3; i++) {
        const char *json = json_of("[2, 2]", "FP64", "32", asked[i]);
        json_t *reply = split_reply(send(json, x, sizeof x, true), y, 2);
        json_t *output = json_array_get(json_object_get(reply, "outputs"), 0);
        json_t *size = json_object_get(json_object_get(output, "parameters"), "binary_data_size");
        cr_expect_eq(json_integer_value(size), 16);
        cr_expect_null(json_object_get(output, "data"));
        cr_expect_eq(json_array_size(json_object_get(output, "shape")), 2);
        json_decref(reply);
    }
}

Test(api_infer_binary, an_output_can_differ_from_the_others)
{
    double y[2], x[] = {1, 2, 0, 3};
    predicted(y);
    const char *json = json_of("[2, 2]", "FP64", "32",
                               ", \"parameters\": {\"binary_data_output\": true}, \"outputs\": "
                               "[{\"name\": \"y\", \"parameters\": {\"binary_data\": false}}]");
    cr_assert_eq(send(json, x, sizeof x, true)->reply.code, 200);
    cr_expect_eq(api_number("outputs/0/data/1"), y[1]);
}

Test(api_infer_binary, raw_outputs_stand_in_the_order_asked_for)
{
    Model *model = fixture_ensemble(2);
    Store *store = api_services()->store;
    double x[] = {1, 2, 3}, value[2];
    fixture_queued(store, fixture_stored_dataset(store), "m");
    cr_assert_eq(fixture_succeed_with(store, model), 1);
    cr_assert_eq(
        model_predict(model, mat_in(x, 1, 3), mat_out(value + 1, 1, 1), mat_out(value, 1, 1)),
        OUTCOME_OK);
    const char *json = json_of("[1, 3]", "FP64", "24",
                               ", \"parameters\": {\"binary_data_output\": true}, \"outputs\": "
                               "[{\"name\": \"std\"}, {\"name\": \"y\"}]");
    json_decref(split_reply(send(json, x, sizeof x, true), value, 2));
    model_free(model);
}

Test(api_infer_binary, sizes_that_do_not_fit_are_named)
{
    static const struct {
        const char *shape, *said;
        size_t sent;
        const char *pointer, *detail;
    } known[] = {
        {"[2, 2]", "32", 24, "#/inputs/0/parameters/binary_data_size",
         "is 32, but 24 bytes follow the JSON"},
        {"[2, 2]", "24", 32, "#/inputs/0/parameters/binary_data_size",
         "is 24, but 32 bytes follow the JSON"},
        {"[2, 2]", "24", 24, "#/inputs/0/parameters/binary_data_size",
         "must be that of 2 x 2 numbers of 8 bytes (FP64), got 24"},
        {"[2, 2]", "31", 31, "#/inputs/0/parameters/binary_data_size",
         "must be that of 2 x 2 numbers of 8 bytes (FP64), got 31"},
        {"[2, 2]", "-1", 32, "#/inputs/0/parameters/binary_data_size",
         "must be a number of bytes, got -1"},
        {"[2, 2]", "\"32\"", 32, "#/inputs/0/parameters/binary_data_size",
         "must be a number of bytes, got \"32\""},
        {"[1152921504606846976, 2]", "32", 32, "#/inputs/0/shape",
         "has more numbers than there can be, got [1152921504606846976,2]"},
        {"[1152921504606846975, 2]", "32", 32, "#/inputs/0/parameters/binary_data_size",
         "must be that of 1152921504606846975 x 2 numbers of 8 bytes (FP64), got 32"},
    };
    double x[4] = {0};
    api_model("m");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        send(json_of(known[i].shape, "FP64", known[i].said, ""), x, known[i].sent, true);
        api_expect_problem(422, "invalid");
        api_expect_mistake(known[i].pointer, known[i].detail);
    }
}

Test(api_infer_binary, bytes_that_nobody_asked_for_and_those_missing_are_named)
{
    double x[4] = {0};
    api_model("m");
    send(json_of("[2, 2]", "FP64", "32", ""), x, 0, false);
    api_expect_mistake(
        "#/inputs/0/parameters/binary_data_size",
        "needs the header Inference-Header-Content-Length, which says where the JSON ends");
    send("{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP64\", "
         "\"data\": [1, 2]}]}",
         x, 16, true);
    api_expect_mistake("#/inputs/0/parameters/binary_data_size",
                       "is missing, but 16 bytes follow the JSON");
    send("{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP64\", "
         "\"parameters\": {\"binary_data_size\": 16}, \"data\": [1, 2]}]}",
         x, 16, true);
    api_expect_mistake("#/inputs/0/data", "and binary_data_size exclude each other");
    send("{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP64\", "
         "\"parameters\": {\"shared_memory_region\": \"a\"}, \"data\": [1, 2]}]}",
         x, 0, true);
    api_expect_mistake("#/inputs/0/parameters/shared_memory_region",
                       "asks for an extension that this server has not; see /v2");
}

Test(api_infer_binary, a_raw_number_that_is_none_is_named_by_row_and_column)
{
    api_model("m");
    send(json_of("[2, 2]", "FP16", "8", ""), "\0\x3C\0\x40\0\x7E\0\x42", 8, true);
    api_expect_mistake("#/inputs/0/data/1/0", "must be a finite number, got NaN");
    send(json_of("[1, 2]", "UINT64", "16", ""), "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\x20\0", 16, true);
    api_expect_mistake("#/inputs/0/data/0/1",
                       "must be a whole number from 0 to 9007199254740991 (those beyond are not "
                       "exact here), got 9007199254740992");
}
