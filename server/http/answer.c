/* Which header fields a reply has stands here, in the order that they are sent in. */
#include "http/answer.h"

#include <stdio.h>

#define BLOCK (16u * 1024) /* bytes of a stream that are sent at once */

/* What a page of another origin may read of a reply, beside what any may, and send: what the
 * interface knows. It may ask the same again for so many seconds without a question before. */
#define CORS_READS                                                                                 \
    "Allow, Content-Disposition, ETag, Idempotent-Replayed, Inference-Header-Content-Length, "     \
    "Location, Preference-Applied, Retry-After, WWW-Authenticate, X-Request-Id"
#define CORS_SENDS                                                                                 \
    "Authorization, Content-Encoding, Content-Type, Idempotency-Key, If-None-Match, "              \
    "Inference-Header-Content-Length, Last-Event-ID, Prefer, X-Request-Id"
#define CORS_SECONDS "600"

/* A reply without one of its headers would be another, so it is not sent. */
typedef struct Answer {
    struct MHD_Response *response;
    bool failed; /* there was no memory for a header */
} Answer;

static void add_header(Answer *answer, const char *name, const char *value)
{
    if (value && value[0] && MHD_add_response_header(answer->response, name, value) != MHD_YES)
        answer->failed = true;
}

/* Nothing for 0. */
static void add_number(Answer *answer, const char *name, size_t number)
{
    char digits[24];
    if (number == 0)
        return;
    snprintf(digits, sizeof digits, "%zu", number);
    add_header(answer, name, digits);
}

/* What the page of the dashboard may do: run its own scripts and ask this daemon, and nothing else;
 * no other page may frame it, read it or keep a handle on its window. */
static void add_page(Answer *answer, const Reply *reply)
{
    static const char *const fields[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };
    for (size_t i = 0; reply->page && i < sizeof fields / sizeof *fields; i++)
        add_header(answer, fields[i][0], fields[i][1]);
}

static void add_file_name(Answer *answer, const char *file)
{
    char disposition[200];
    if (!file[0])
        return;
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", file);
    add_header(answer, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
}

/* A 304 has the length of the 200 or none (RFC 9110, 8.6). The library sends one that it knows, and
 * where it does not asks for chunks, which clients then wait for, unless it is to close. */
static struct MHD_Response *make_not_modified(const Reply *reply, MHD_ContentReaderCallback reader)
{
    const bool known = reply->length > 0;
    struct MHD_Response *response = MHD_create_response_from_callback(
        known ? reply->length : MHD_SIZE_UNKNOWN, BLOCK, reader, NULL, NULL);
    if (response && !known)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

static struct MHD_Response *make_response(Exchange *exchange, MHD_ContentReaderCallback reader)
{
    Reply *reply = &exchange->reply;
    const Stream *stream = reply->stream;
    if (reply->code == 304)
        return make_not_modified(reply, reader);
    if (stream)
        return MHD_create_response_from_callback(stream->size > 0 ? stream->size : MHD_SIZE_UNKNOWN,
                                                 BLOCK, reader, exchange, NULL);
    const bool owned = reply->body && !reply->lent;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->length, reply->body, owned ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response)
        reply->body = NULL;
    return response;
}

/* For the browser: which page may read this, and what a page may ask (Fetch, 3.3.3). */
static void add_cors(Answer *answer, const Exchange *exchange)
{
    add_header(answer, MHD_HTTP_HEADER_VARY, exchange->by_origin ? "Origin" : "");
    if (!exchange->origin)
        return;
    add_header(answer, "Access-Control-Allow-Origin", exchange->origin);
    add_header(answer, "Access-Control-Expose-Headers", CORS_READS);
    if (exchange->request.method != METHOD_OPTIONS)
        return;
    add_header(answer, "Access-Control-Allow-Methods", exchange->reply.allow);
    add_header(answer, "Access-Control-Allow-Headers", CORS_SENDS);
    add_header(answer, "Access-Control-Max-Age", CORS_SECONDS);
}

static void add_headers(Answer *answer, const Exchange *exchange)
{
    const Reply *reply = &exchange->reply;
    add_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    add_header(answer, MHD_HTTP_HEADER_LOCATION, reply->location);
    add_header(answer, MHD_HTTP_HEADER_ALLOW, reply->allow);
    add_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, reply->asks);
    add_number(answer, MHD_HTTP_HEADER_RETRY_AFTER, (size_t)reply->retry_after);
    add_number(answer, BODY_JSON_LENGTH, reply->json_length);
    add_header(answer, MHD_HTTP_HEADER_ETAG, reply->etag);
    add_header(answer, MHD_HTTP_HEADER_CONTENT_ENCODING, reply->encoding);
    add_header(answer, MHD_HTTP_HEADER_VARY, reply->varies ? "Accept, Accept-Encoding" : "");
    add_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, reply->varies ? "no-cache" : "");
    add_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, reply->secret ? "no-store" : "");
    add_page(answer, reply);
    add_file_name(answer, reply->file);
    add_header(answer, MHD_HTTP_HEADER_ACCEPT_ENCODING, reply->takes);
    if (reply->stream && !reply->stream->whole)
        add_header(answer, "X-Accel-Buffering", "no"); /* nginx is to pass each part on at once */
    add_header(answer, "Preference-Applied", reply->applied);
    add_header(answer, "Idempotent-Replayed", reply->replayed ? "true" : "");
    add_header(answer, "X-Request-Id", exchange->request.id);
    add_cors(answer, exchange);
}

enum MHD_Result answer_send(Exchange *exchange, MHD_ContentReaderCallback reader, bool closing)
{
    Answer answer = {.response = make_response(exchange, reader)};
    if (!answer.response)
        return MHD_NO; /* out of memory: the connection closes, the exchange frees the body */
    if (exchange->reply.stream)
        exchange->step = EXCHANGE_SENDING;
    add_headers(&answer, exchange);
    if (exchange->close || closing)
        add_header(&answer, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result queued = MHD_NO; /* out of memory: the connection closes */
    if (!answer.failed)
        queued = MHD_queue_response(exchange->connection, (unsigned)exchange->reply.code,
                                    answer.response);
    MHD_destroy_response(answer.response);
    return queued;
}
