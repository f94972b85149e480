/* Models as files without a socket: each format, its way back, and what is kept of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/export/c_parts.h"
#include "api/export/export.h"
#include "api/export/import.h"
#include "core/blob.h"
#include "test_api_fixture.h"

TestSuite(export, .init = api_start, .fini = api_end);

/* The export of the model "m" as text of static storage, of that many bytes. */
static const char *exported(const char *format, size_t *n)
{
    static char kept[1 << 20];
    char path[100];
    snprintf(path, sizeof path, "/v1/models/m/export?format=%s", format);
    const Reply *reply = &api_get(path)->reply;
    cr_assert_eq(reply->code, 200);
    cr_assert_lt(reply->length, sizeof kept);
    memcpy(kept, reply->body, reply->length);
    kept[reply->length] = '\0';
    if (n)
        *n = reply->length;
    return kept;
}

static ModelRecord *stored(const char *name)
{
    ModelRecord *record;
    cr_assert_eq(store_model_get(api_services()->store, name, 0, true, &record), STATUS_OK);
    return record;
}

static void expect_same_bits(const Model *a, const Model *b)
{
    unsigned char *one, *other;
    size_t size, other_size;
    cr_assert_eq(blob_from_model(a, &one, &size), OUTCOME_OK);
    cr_assert_eq(blob_from_model(b, &other, &other_size), OUTCOME_OK);
    cr_expect(size == other_size && memcmp(one, other, size) == 0);
    free(one);
    free(other);
}

Test(export, json_becomes_the_same_model_in_the_store)
{
    api_model("m");
    cr_assert_eq(api_post("/v1/models/copy:import", exported("json", NULL))->reply.code, 201);
    cr_expect_str_eq(api_text("name"), "copy");
    cr_expect(api_is_null("job") && api_is_null("dataset"));
    ModelRecord *m = stored("m"), *copy = stored("copy");
    expect_same_bits(m->model, copy->model);
    cr_expect_str_eq(copy->digest, m->digest);
    cr_expect_str_eq(copy->dataset_digest, m->dataset_digest);
    cr_expect(copy->job[0] == '\0' && copy->dataset[0] == '\0' && copy->version == 1);
    cr_expect_eq(memcmp(&copy->training, &m->training, sizeof(Score)), 0);
    cr_expect(copy->has_training && !copy->has_validation);
    for (size_t i = 0; i < 3; i++) {
        const Column *a = &m->column[i], *b = &copy->column[i];
        cr_expect_str_eq(a->name, b->name);
        cr_expect(a->min == b->min && a->max == b->max && a->mean == b->mean && a->std == b->std);
    }
    model_record_free(m);
    model_record_free(copy);
}

Test(export, onnx_is_read_back_without_a_runtime)
{
    Problem problem;
    size_t n;
    problem_clear(&problem);
    api_model("m");
    const char *bytes = exported("onnx", &n);
    ModelRecord *m = stored("m"), *copy = import_onnx(bytes, n, &problem);
    cr_assert_not_null(copy, "%s", problem.detail);
    expect_same_bits(m->model, copy->model);
    cr_expect_str_eq(copy->digest, m->digest);
    model_record_free(m);
    model_record_free(copy);
}

Test(export, onnx_that_is_cut_off_anywhere_is_refused)
{
    Problem problem;
    size_t n;
    api_model("m");
    const char *bytes = exported("onnx", &n);
    for (size_t cut = 0; cut < n; cut += 1 + cut / 64) {
        problem_clear(&problem);
        ModelRecord *record = import_onnx(bytes, cut, &problem);
        cr_assert(record == NULL && problem.status != STATUS_OK, "%zu of %zu", cut, n);
    }
}

Test(export, the_core_has_the_parts_of_c_for_every_activation)
{
    char value[64];
    for (size_t i = 0; act_at(i); i++) {
        Text text = {0};
        cr_assert_eq(c_parts_add(act_at(i), &text), STATUS_OK, "%s", act_at(i)->name);
        snprintf(value, sizeof value, "static void %s_value(size_t n, real *z)", act_at(i)->name);
        cr_expect_not_null(strstr(text.bytes, value));
        cr_expect_not_null(strstr(text.bytes, "static real scaled("));
        text_free(&text);
    }
}

Test(export, a_file_is_named_after_model_version_and_format)
{
    static const char *const formats[] = {"json", "onnx", "c", "csv"};
    char path[100], file[40];
    api_model("m");
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "/v1/models/m/versions/1/export?format=%s", formats[i]);
        snprintf(file, sizeof file, "m-1.%s", formats[i]);
        const Reply *reply = &api_get(path)->reply;
        cr_expect_eq(reply->code, 200);
        cr_expect_str_eq(reply->file, file);
        cr_expect_eq(reply->etag[0], '"');
    }
    api_get("/v1/models/m/export?format=xml");
    api_expect_problem(422, "invalid");
    cr_expect_eq(api_get("/v1/models/n/export")->reply.code, 404);
}

Test(export, what_is_known_already_is_not_sent_again)
{
    char etag[80];
    Call call = {.method = METHOD_GET, .target = "/v1/models/m/export"};
    api_model("m");
    snprintf(etag, sizeof etag, "%s", api_call(&call)->reply.etag);
    call.header[0] = "If-None-Match";
    call.header[1] = etag;
    cr_expect(api_call(&call)->reply.code == 304);
    call.header[1] = "\"other\"";
    cr_expect(api_call(&call)->reply.code == 200);
    api_model("m");
    call.header[1] = etag;
    cr_expect(api_call(&call)->reply.code == 200, "another version is another file");
}

Test(export, a_refused_document_leaves_nothing_behind)
{
    long long names = fixture_number(api_services()->store, "SELECT count(*) FROM model_names");
    api_post("/v1/models/copy:import", "{\"format\": \"backpropd-model\"}");
    api_expect_problem(422, "invalid");
    api_model("m");
    char *text = strdup(exported("json", NULL));
    memset(strstr(text, "\"digest\":\"") + 10, 'f', 64);
    api_post("/v1/models/copy:import", text);
    api_expect_mistake("#/digest", "is not that of the weights: they were changed");
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM model_names"),
                 names + 1);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM models"), 1);
    free(text);
}

Test(export, an_import_renews_what_is_served)
{
    static const char two_rows[] = "{\"instances\": [[1, 2], [0, 3]]}";
    api_model("m");
    cr_assert_eq(api_post("/v1/jobs",
                          "{\"model\": \"other\", \"dataset\": {\"x\": [[1, 2], [2, 1]],"
                          " \"y\": [5, 6]}, \"hyperparameters\": {\"epochs\": 9}}")
                     ->reply.code,
                 202);
    api_train();
    cr_assert_eq(api_post("/v1/models/other:predict", two_rows)->reply.code, 200);
    double before = api_number("predictions/0");
    cr_assert_eq(api_post("/v1/models/other:import", exported("json", NULL))->reply.code, 201);
    cr_assert_eq(api_post("/v1/models/m:predict", two_rows)->reply.code, 200);
    double of_m = api_number("predictions/0");
    cr_assert_eq(api_post("/v1/models/other:predict", two_rows)->reply.code, 200);
    cr_expect(api_number("predictions/0") == of_m && of_m != before);
}

Test(export, of_an_onnx_body_the_type_is_asked_for)
{
    Problem problem;
    problem_clear(&problem);
    Body *body = body_new(BODY_MODEL, (const char *const[]){NULL}, "text/plain", &problem);
    cr_expect_null(body);
    cr_expect_not_null(strstr(problem.detail, "application/octet-stream"));
    body = body_new(BODY_MODEL, (const char *const[]){NULL}, "application/octet-stream", &problem);
    cr_assert_not_null(body);
    body_feed(body, "ab", 2);
    body_feed(body, "c", 1);
    cr_expect_eq(body_end(body), STATUS_OK);
    cr_expect(body->raw.length == 3 && memcmp(body->raw.bytes, "abc", 3) == 0);
    body_free(body);
}
