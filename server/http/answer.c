/* Which header fields a reply has stands here, in the order that they are sent in. */
#include "http/answer.h"

#include <stdio.h>

#include "tools/log.h"

#define BLOCK (16u * 1024) /* bytes of a stream that are sent at once */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value && value[0] && MHD_add_response_header(response, name, value) != MHD_YES)
        log_warning("header lost", LOG_TEXT("name", name));
}

static struct MHD_Response *make_response(Exchange *exchange, MHD_ContentReaderCallback reader)
{
    Reply *reply = &exchange->reply;
    if (reply->stream)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, reader, exchange, NULL);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->length, reply->body, reply->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response)
        reply->body = NULL;
    return response;
}

enum MHD_Result answer_send(Exchange *exchange, MHD_ContentReaderCallback reader, bool closing)
{
    Reply *reply = &exchange->reply;
    char seconds[16], length[24], disposition[200];
    struct MHD_Response *response = make_response(exchange, reader);
    if (!response)
        return MHD_NO; /* out of memory: the connection closes, the exchange frees the body */
    if (reply->stream)
        exchange->step = EXCHANGE_SENDING;
    snprintf(seconds, sizeof seconds, "%d", reply->retry_after);
    snprintf(length, sizeof length, "%zu", reply->json_length);
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", reply->file);
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, reply->retry_after ? seconds : "");
    add_header(response, BODY_JSON_LENGTH, reply->json_length > 0 ? length : "");
    add_header(response, MHD_HTTP_HEADER_ETAG, reply->etag);
    add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, reply->encoding);
    add_header(response, MHD_HTTP_HEADER_VARY, reply->varies ? "Accept, Accept-Encoding" : "");
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, reply->varies ? "no-cache" : "");
    add_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, reply->file[0] ? disposition : "");
    add_header(response, MHD_HTTP_HEADER_ACCEPT_ENCODING, reply->takes);
    add_header(response, "X-Accel-Buffering", reply->stream ? "no" : ""); /* for nginx */
    add_header(response, "Preference-Applied", reply->applied);
    add_header(response, "Idempotent-Replayed", reply->replayed ? "true" : "");
    add_header(response, "X-Request-Id", exchange->request.id);
    if (exchange->close || closing)
        add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result queued =
        MHD_queue_response(exchange->connection, (unsigned)reply->code, response);
    MHD_destroy_response(response);
    return queued;
}
