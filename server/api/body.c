/* Chooses the parser and guards it: after a failed feed nothing more is parsed. */
#include "api/body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "state/dataset.h"

#define SKELETON_LIMIT (4u << 20) /* bytes of JSON beside the arrays: jansson needs 75 times that */
#define COLUMN_LIMIT 20000

/* Whether a Content-Type, parameters aside, is this media type. */
static bool is_type(const char *content_type, const char *type)
{
    size_t length = strcspn(content_type, "; \t");
    return length == strlen(type) && strncasecmp(content_type, type, length) == 0;
}

static bool takes_json(BodyKind kind, const char *content_type)
{
    if (is_type(content_type, "application/json"))
        return true;
    if (kind == BODY_TENSORS && is_type(content_type, "application/octet-stream"))
        return true;
    return (kind == BODY_LENIENT || kind == BODY_TENSORS) &&
           (!*content_type || is_type(content_type, "application/x-www-form-urlencoded"));
}

static const char *other_types(BodyKind kind)
{
    if (kind == BODY_MODEL)
        return " or, for ONNX, 'Content-Type: application/octet-stream'";
    return kind == BODY_JSON_OR_CSV ? " or 'Content-Type: text/csv'" : "";
}

Body *body_new(BodyKind kind, const char *const *places, const char *content_type, Problem *problem)
{
    const char *type = content_type ? content_type : "";
    bool csv = kind == BODY_JSON_OR_CSV && is_type(type, "text/csv");
    bool raw = kind == BODY_MODEL && is_type(type, "application/octet-stream");
    if (!csv && !raw && !takes_json(kind, type)) {
        problem_set(problem, STATUS_MEDIA_TYPE,
                    "send the header 'Content-Type: application/json'%s, "
                    "not '%s'",
                    other_types(kind), type);
        return NULL;
    }
    Body *body = calloc(1, sizeof *body);
    if (body && csv)
        body->csv = csv_ingest_new(COLUMN_NAME - 1, COLUMN_LIMIT);
    else if (body && !raw)
        body->json = json_ingest_new(places, SKELETON_LIMIT);
    if (!body || (!body->csv && !body->json && !raw)) {
        body_free(body);
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this request");
        return NULL;
    }
    body->split = -1;
    return body;
}

static void finish_digest(Body *body)
{
    if (body->digester)
        digest_finish_take(body->digest, body->digester);
    body->digester = NULL;
}

void body_free(Body *body)
{
    if (!body)
        return;
    json_ingest_free(body->json);
    csv_ingest_free(body->csv);
    text_free(&body->raw);
    finish_digest(body);
    free(body);
}

Status body_split(Body *body, const char *length, Problem *problem)
{
    if (!length)
        return STATUS_OK;
    size_t digits = strlen(length);
    if (digits < 1 || digits > 18 || strspn(length, "0123456789") != digits)
        return problem_set(problem, STATUS_MALFORMED,
                           BODY_JSON_LENGTH " must be a number of bytes");
    body->split = atoll(length);
    return STATUS_OK;
}

Status body_want_digest(Body *body, Problem *problem)
{
    body->digester = digest_new();
    if (body->digester)
        return STATUS_OK;
    return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this request");
}

static Status keep_raw(Body *body, const char *bytes, size_t n)
{
    text_add(&body->raw, bytes, n);
    return body->raw.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* JSON up to the split, and what follows as it is. */
static Status feed_tensors(Body *body, const char *bytes, size_t n)
{
    long long before = body->bytes - (long long)n;
    long long left = body->split > before ? body->split - before : 0;
    size_t json = left < (long long)n ? (size_t)left : n;
    Status status = json_ingest_feed(body->json, bytes, json);
    return status == STATUS_OK ? keep_raw(body, bytes + json, n - json) : status;
}

void body_feed(Body *body, const char *bytes, size_t n)
{
    if (body->digester)
        digest_add(body->digester, bytes, n);
    body->bytes += (long long)n;
    body->fed = body->fed || n > 0;
    if (!body->lines && n > 0)
        body->lines = memchr(bytes, '\n', n) || memchr(bytes, '\r', n);
    if (body->failed)
        return;
    if (body->csv)
        body->failed = csv_ingest_feed(body->csv, bytes, n);
    else if (!body->json)
        body->failed = keep_raw(body, bytes, n);
    else if (body->split < 0)
        body->failed = json_ingest_feed(body->json, bytes, n);
    else
        body->failed = feed_tensors(body, bytes, n);
}

Status body_end(Body *body)
{
    Problem *problem = &body->problem;
    finish_digest(body);
    if (!body->fed)
        return problem_set(problem, STATUS_MALFORMED, "the body is empty");
    if (body->failed == STATUS_NO_MEMORY)
        return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this body");
    if (body->bytes < body->split)
        return problem_set(problem, STATUS_MALFORMED,
                           BODY_JSON_LENGTH " is %lld, but the body has %lld bytes", body->split,
                           body->bytes);
    if (body->csv && !body->lines)
        return problem_set(
            problem, STATUS_INVALID,
            "the CSV has no line ends; curl's -d removes them, --data-binary does not");
    if (body->json)
        return json_ingest_end(body->json, problem);
    return body->csv ? csv_ingest_end(body->csv, problem) : STATUS_OK;
}
