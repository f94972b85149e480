/* The handlers of export and import. */
#include "api/api_export.h"

#include <stdio.h>
#include <string.h>

#include "api/asked_model.h"
#include "api/codec/codec_model.h"
#include "api/export/export.h"
#include "api/export/import.h"
#include "api/present.h"

static Status to_json(const ModelRecord *record, Text *text)
{
    Encoder encoder = {0};
    export_json(record, &encoder);
    *text = encoder.text;
    text_puts(text, "\n");
    return encoder.refused ? STATUS_INTERNAL : STATUS_OK;
}

static Status to_csv(const ModelRecord *record, Text *text)
{
    export_csv(record, text);
    return STATUS_OK;
}

typedef struct Format {
    const char *name, *extension, *type;
    Status (*write)(const ModelRecord *record, Text *text);
} Format;

static const Format formats[] = {
    {"json", "json", "application/json", to_json},
    {"onnx", "onnx", "application/octet-stream", export_onnx},
    {"c", "c", "text/x-c; charset=utf-8", export_c},
    {"csv", "csv", "text/csv; charset=utf-8", to_csv},
};
#define FORMATS (sizeof formats / sizeof *formats)

/* What the query asks for; NULL, and problem says why, where there is no such format. */
static const Format *asked_format(const Request *request, Problem *problem)
{
    static const char *const names[] = {"format"};
    const char *asked = request_query(request, "format");
    request_refuse_unknown(request, names, 1, problem);
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(asked ? asked : "json", formats[i].name) == 0)
            return &formats[i];
    problem_add(problem, "?format", "must be json, onnx, c or csv, got '%.64s'", asked);
    return NULL;
}

static Reply write_file(const Request *request, const Format *format, const ModelRecord *record)
{
    Text text = {0};
    Status status = format->write(record, &text);
    if (status == STATUS_OK)
        return reply_text_take(format->type, &text);
    text_free(&text);
    if (status == STATUS_TOO_LARGE)
        return reply_status(request, status, "the model is too large for this format; take json");
    if (status == STATUS_NO_MEMORY)
        return reply_store(request, status, "model", record->name);
    return reply_status(request, status, "the model cannot be written as %s", format->name);
}

/* The version counts, as the digest is of the numbers only. */
static void tag_file(const Request *request, const Format *format, const ModelRecord *record,
                     char etag[REPLY_TAG])
{
    char what[DIGEST_SIZE + 32];
    snprintf(what, sizeof what, "%lld: %s", (long long)record->version, record->digest);
    present_tag(request, what, format->name, etag);
}

Reply api_model_export(Services *services, const Request *request)
{
    Problem problem;
    Reply reply;
    char etag[REPLY_TAG];
    problem_clear(&problem);
    const Format *format = asked_format(request, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    const ModelRecord *record = served_record(served);
    tag_file(request, format, record, etag);
    if (!present_is_known(request, etag, &reply))
        reply = write_file(request, format, record);
    if (reply.code == 200) {
        snprintf(reply.file, sizeof reply.file, "%s-%lld.%s", record->name,
                 (long long)record->version, format->extension);
        memcpy(reply.etag, etag, sizeof etag);
    }
    served_drop(served);
    return reply;
}

static void check_name(const Request *request, Problem *problem)
{
    if (!job_model_name_is_sound(request->param[0]))
        problem_set(problem, STATUS_INVALID,
                    "a model's name is 1 to %d of A-Z, a-z, 0-9, '.', '_' and '-', not of dots "
                    "only, got '%.100s'",
                    MODEL_NAME - 1, request->param[0]);
    request_refuse_unknown(request, NULL, 0, problem);
}

Reply api_model_import(Services *services, const Request *request)
{
    Problem problem;
    Reply reply;
    Encoder encoder = {0};
    ModelRecord *record = import_model(request, &problem);
    check_name(request, &problem);
    if (problem.status != STATUS_OK) {
        model_record_free(record);
        return reply_problem(request, &problem);
    }
    memcpy(record->name, request->param[0], strlen(request->param[0]) + 1);
    cache_renew_begin(services->cache, record->name);
    Status status = store_model_import(services->store, record);
    cache_renew_end(services->cache, record->name);
    if (status == STATUS_INVALID) {
        problem_add(&problem, "#/digest", "is not that of the weights: they were changed");
        reply = reply_problem(request, &problem);
    } else if (status != STATUS_OK) {
        reply = reply_store(request, status, "model", record->name);
    } else {
        codec_model_brief(record, &encoder);
        reply = reply_json_take(request, 201, &encoder);
        snprintf(reply.location, sizeof reply.location, "%.*s/versions/%lld",
                 (int)(strlen(request->path) - strlen(":import")), request->path,
                 (long long)record->version);
    }
    model_record_free(record);
    return reply;
}
