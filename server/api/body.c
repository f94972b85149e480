/* Chooses the parser and guards it: after a failed feed nothing more is parsed. */
#include "api/body.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "state/dataset.h"
#include "tools/spare.h"

#define SKELETON_LIMIT (4u << 20) /* bytes of JSON beside the arrays: jansson needs 75 times that */
#define COLUMN_LIMIT 20000
#define NDJSON "application/x-ndjson"

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
    return kind == BODY_ROWS ? ", 'Content-Type: text/csv' or 'Content-Type: application/x-ndjson'"
                             : "";
}

/* The parser of the rows that a table or JSON has; false where there is no memory. */
static bool begin_parser(Body *body, const char *const *places, const char *type)
{
    if (is_type(type, "text/csv"))
        body->csv = csv_ingest_new(COLUMN_NAME - 1, COLUMN_LIMIT);
    else if (is_type(type, NDJSON))
        body->ndjson = ndjson_ingest_new(COLUMN_NAME - 1, COLUMN_LIMIT);
    else
        body->json = json_ingest_new(places, SKELETON_LIMIT);
    return body->csv || body->ndjson || body->json;
}

Body *body_new(BodyKind kind, const char *const *places, const char *content_type, Problem *problem)
{
    const char *type = content_type ? content_type : "";
    bool table = kind == BODY_ROWS && (is_type(type, "text/csv") || is_type(type, NDJSON));
    bool raw = kind == BODY_MODEL && is_type(type, "application/octet-stream");
    if (!table && !raw && !takes_json(kind, type)) {
        problem_set(problem, STATUS_MEDIA_TYPE,
                    "send the header 'Content-Type: application/json'%s, "
                    "not '%s'",
                    other_types(kind), type);
        return NULL;
    }
    Body *body = spare_alloc(sizeof *body);
    if (body) {
        memset(body, 0, offsetof(Body, problem)); /* not its 14 KiB of room for mistakes */
        problem_clear(&body->problem);
    }
    if (!body || (!raw && !begin_parser(body, places, type))) {
        body_free(body);
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this request");
        return NULL;
    }
    body->split = -1;
    body->limit = LLONG_MAX;
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
    ndjson_ingest_free(body->ndjson);
    gunzip_free(body->gunzip);
    text_free(&body->raw);
    finish_digest(body);
    spare_free(body, sizeof *body);
}

Status body_split(Body *body, const char *length, Problem *problem)
{
    if (!length)
        return STATUS_OK;
    size_t digits = strspn(length, "0123456789");
    long long split = length[digits] || digits > 18 ? 0 : atoll(length);
    if (split < 1)
        return problem_set(problem, STATUS_MALFORMED,
                           BODY_JSON_LENGTH " must be a number of bytes, at least 1");
    body->split = split;
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

static Status parse(Body *body, const char *bytes, size_t n)
{
    if (body->csv)
        return csv_ingest_feed(body->csv, bytes, n);
    if (body->ndjson)
        return ndjson_ingest_feed(body->ndjson, bytes, n);
    if (!body->json)
        return keep_raw(body, bytes, n);
    return body->split < 0 ? json_ingest_feed(body->json, bytes, n) : feed_tensors(body, bytes, n);
}

/* Whether what is parsed as text begins as gzip does (RFC 1952, 2.3.1), so that it came without the
 * header that says so. */
static bool is_gzip(Body *body, const char *bytes, size_t n)
{
    static const char magic[] = "\x1f\x8b";
    bool text = (body->json && body->split < 0) || body_is_table(body);
    if (body->gunzip || !text)
        return false;
    for (size_t i = 0; i < n && body->bytes + (long long)i < 2; i++)
        body->magic += bytes[i] == magic[body->bytes + (long long)i];
    return body->magic == 2;
}

/* Takes what was inflated, or came as it is; false where no more is wanted. */
static bool take(void *context, const char *bytes, size_t n)
{
    Body *body = context;
    if (is_gzip(body, bytes, n) && !body->failed)
        body->failed = STATUS_MALFORMED; /* check_bytes says of what */
    body->bytes += (long long)n;
    body->over = body->bytes > body->limit;
    if (body->over)
        return false;
    if (!body->lines && n > 0)
        body->lines = memchr(bytes, '\n', n) || memchr(bytes, '\r', n);
    if (!body->failed)
        body->failed = parse(body, bytes, n);
    return true;
}

static bool is_plain(const char *coding)
{
    return !coding || strcasecmp(coding, "identity") == 0;
}

bool body_takes_coding(const char *coding, Problem *problem)
{
    if (is_plain(coding) || strcasecmp(coding, "gzip") == 0 || strcasecmp(coding, "x-gzip") == 0)
        return true;
    problem_set(problem, STATUS_MEDIA_TYPE,
                "a body with 'Content-Encoding: %.64s' is not taken; send it as it is, or with "
                "'Content-Encoding: gzip'",
                coding);
    return false;
}

Status body_decode(Body *body, const char *coding, long long limit, Problem *problem)
{
    body->limit = limit;
    if (is_plain(coding))
        return STATUS_OK;
    body->gunzip = gunzip_new(take, body);
    return body->gunzip ? STATUS_OK
                        : problem_set(problem, STATUS_NO_MEMORY,
                                      "there is not enough memory for this request");
}

void body_feed(Body *body, const char *bytes, size_t n)
{
    body->fed = body->fed || n > 0;
    if (body->digester)
        digest_add(body->digester, bytes, n);
    if (!body->gunzip)
        take(body, bytes, n);
    else if (!gunzip_feed(body->gunzip, bytes, n) && !body->failed)
        body->failed = STATUS_MALFORMED; /* gunzip_end says what of */
}

/* What is wrong with the bytes as such, before they are parsed. */
static Status check_bytes(Body *body)
{
    Problem *problem = &body->problem;
    finish_digest(body);
    if (body->fed && body->gunzip && gunzip_end(body->gunzip, problem) != STATUS_OK)
        return problem->status;
    if (body->bytes == 0)
        return problem_set(problem, STATUS_MALFORMED, "the body is empty");
    if (body->failed == STATUS_NO_MEMORY)
        return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this body");
    if (body->magic == 2)
        return problem_set(problem, STATUS_MALFORMED,
                           "the body is gzip: send the header 'Content-Encoding: gzip' with it");
    if (body->bytes < body->split)
        return problem_set(problem, STATUS_MALFORMED,
                           BODY_JSON_LENGTH " is %lld, but the body has %lld bytes", body->split,
                           body->bytes);
    if (body->csv && !body->lines)
        return problem_set(
            problem, STATUS_INVALID,
            "the CSV has no line ends; curl's -d removes them, --data-binary does not");
    return STATUS_OK;
}

Status body_end(Body *body)
{
    Problem *problem = &body->problem;
    if (check_bytes(body) != STATUS_OK)
        return problem->status;
    if (body->json)
        return json_ingest_end(body->json, problem);
    if (body->ndjson)
        return ndjson_ingest_end(body->ndjson, problem);
    return body->csv ? csv_ingest_end(body->csv, problem) : STATUS_OK;
}

bool body_is_table(const Body *body)
{
    return body->csv || body->ndjson;
}

NumberArray *body_rows(const Body *body)
{
    return body->csv ? csv_ingest_rows(body->csv) : ndjson_ingest_rows(body->ndjson);
}

size_t body_targets(const Body *body)
{
    return body->csv ? 0 : ndjson_ingest_targets(body->ndjson);
}

const char *body_column(const Body *body, size_t column)
{
    return body->csv ? csv_ingest_name(body->csv, column)
                     : ndjson_ingest_name(body->ndjson, column);
}
