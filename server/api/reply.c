/* Outcomes become HTTP here. */
#include "api/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/log.h"
#include "tools/utf8.h"

#define PROBLEM_TYPE "application/problem+json"

int reply_code(Status status)
{
    static const int codes[STATUS_COUNT] = {
        [STATUS_OK] = 200,           [STATUS_MALFORMED] = 400,  [STATUS_INVALID] = 422,
        [STATUS_UNAUTHORIZED] = 401, [STATUS_FORBIDDEN] = 403,  [STATUS_MISDIRECTED] = 421,
        [STATUS_NOT_FOUND] = 404,    [STATUS_METHOD] = 405,     [STATUS_NOT_ACCEPTABLE] = 406,
        [STATUS_TIMEOUT] = 408,      [STATUS_CONFLICT] = 409,   [STATUS_TOO_LARGE] = 413,
        [STATUS_MEDIA_TYPE] = 415,   [STATUS_NO_MEMORY] = 503,  [STATUS_STOPPING] = 503,
        [STATUS_BUSY] = 503,         [STATUS_STORE] = 503,      [STATUS_STORE_FULL] = 507,
        [STATUS_DIVERGED] = 422,     [STATUS_TIME_LIMIT] = 422, [STATUS_INTERNAL] = 500,
        [STATUS_HEADER] = 431,       [STATUS_CROWDED] = 429,    [STATUS_DAMAGED] = 503,
    };
    return codes[status];
}

/* What is sent when there is no memory even for saying so; so it names neither path nor request. */
static Reply reply_from_nothing(void)
{
    static char body[] = "{\"type\":\"/problems/out-of-memory\",\"status\":503,"
                         "\"title\":\"There is not enough memory for this now\","
                         "\"detail\":\"there is not enough memory for an answer; try again\","
                         "\"error\":\"there is not enough memory for an answer; try again\","
                         "\"instance\":\"\",\"request_id\":\"\"}\n";
    return (Reply){.code = 503,
                   .type = PROBLEM_TYPE,
                   .body = body,
                   .lent = true,
                   .length = sizeof body - 1,
                   .retry_after = 1};
}

static Reply finish(int code, const char *type, Text *text)
{
    size_t length = text->length;
    char *body = text_steal(text);
    if (!body)
        return reply_from_nothing();
    return (Reply){.code = code, .type = type, .body = body, .length = length};
}

/* A number was not finite: a fault of the daemon, which is not sent. */
static Reply reply_refused(const Request *request, Encoder *encoder)
{
    text_free(&encoder->text);
    log_error("refused-a-number", LOG_TEXT("path", request->path),
              LOG_TEXT("request", request->id));
    return reply_status(request, STATUS_INTERNAL,
                        "the answer held a number that is not finite, so it was not sent");
}

Reply reply_json_take(const Request *request, int code, Encoder *encoder)
{
    if (encoder->refused)
        return reply_refused(request, encoder);
    text_puts(&encoder->text, "\n");
    return finish(code, "application/json", &encoder->text);
}

Reply reply_tensors_take(const Request *request, size_t json_length, Encoder *encoder)
{
    if (encoder->refused)
        return reply_refused(request, encoder);
    Reply reply = finish(200, "application/octet-stream", &encoder->text);
    reply.json_length = reply.code == 200 ? json_length : 0;
    return reply;
}

Reply reply_text_take(const char *type, Text *text)
{
    return finish(200, type, text);
}

Reply reply_nothing(void)
{
    return (Reply){.code = 204};
}

Reply reply_must_block(void)
{
    return (Reply){.must_block = true};
}

Reply reply_wait(double until, const char *waits_for)
{
    Reply reply = {.wait_until = until};
    snprintf(reply.waits_for, sizeof reply.waits_for, "%s", waits_for);
    return reply;
}

/* A text that may hold what a client sent: whatever that was, the reply is UTF-8. */
static void put_shown(Encoder *encoder, const char *key, const char *text)
{
    char shown[PROBLEM_DETAIL + PROBLEM_POINTER + 64];
    utf8_show(text, strlen(text), sizeof shown, shown);
    enc_put_string(encoder, key, shown);
}

static void encode_items(const Problem *problem, Encoder *encoder)
{
    enc_key(encoder, "errors");
    enc_array(encoder);
    for (size_t i = 0; i < problem->count; i++) {
        enc_object(encoder);
        put_shown(encoder, "pointer", problem->item[i].pointer);
        put_shown(encoder, "detail", problem->item[i].detail);
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
    if (problem->dropped > 0) {
        enc_put_int(encoder, "errors_not_shown", (int64_t)problem->dropped);
    }
}

Reply reply_problem(const Request *request, const Problem *problem)
{
    Encoder encoder = {0};
    char sentence[PROBLEM_DETAIL + PROBLEM_POINTER + 64], type[64];
    problem_sentence(problem, sizeof sentence, sentence);
    snprintf(type, sizeof type, "/problems/%s", status_slug(problem->status));
    const struct {
        const char *key, *value;
    } members[] = {{"title", status_title(problem->status)},
                   {"detail", sentence},
                   {"error", sentence},
                   {"instance", request->path},
                   {"request_id", request->id}};
    enc_object(&encoder);
    enc_put_string(&encoder, "type", type);
    enc_put_int(&encoder, "status", reply_code(problem->status));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        put_shown(&encoder, members[i].key, members[i].value);
    }
    if (problem->count > 0)
        encode_items(problem, &encoder);
    enc_object_end(&encoder);
    text_puts(&encoder.text, "\n");
    Reply reply = finish(reply_code(problem->status), PROBLEM_TYPE, &encoder.text);
    reply.retry_after = reply.code == 503 || reply.code == 429 ? 1 : 0;
    return reply;
}

Reply reply_status(const Request *request, Status status, const char *format, ...)
{
    Problem problem FILLED_LATER;
    va_list args;
    problem_clear(&problem);
    problem.status = status;
    va_start(args, format);
    vsnprintf(problem.detail, sizeof problem.detail, format, args);
    va_end(args);
    return reply_problem(request, &problem);
}

bool reply_refuses_query(const Request *request, Reply *reply)
{
    Problem problem FILLED_LATER;
    *reply = (Reply){0};
    problem_clear(&problem);
    request_refuse_unknown(request, NULL, 0, &problem);
    if (problem.status != STATUS_OK)
        *reply = reply_problem(request, &problem);
    return problem.status != STATUS_OK;
}

Reply reply_store(const Request *request, Status status, const char *noun, const char *name)
{
    switch (status) {
    case STATUS_NOT_FOUND:
        return reply_status(request, status, "there is no %s '%s'", noun, name);
    case STATUS_NO_MEMORY:
        return reply_status(request, status, "there is not enough memory for this now; try again");
    case STATUS_STORE_FULL:
        return reply_status(request, status,
                            "the disk under the store is full: nothing was changed; delete "
                            "datasets or jobs that are not needed, which works nevertheless, or "
                            "make room on the disk, and try again");
    case STATUS_STOPPING:
        return reply_status(request, status, "the daemon is about to stop; try again shortly");
    default:
        return reply_status(request, status,
                            "the store cannot be read or written; /readyz says why");
    }
}

void reply_free(Reply *reply)
{
    if (!reply->lent)
        free(reply->body);
    if (reply->stream)
        reply->stream->free(reply->stream);
    *reply = (Reply){0};
}
