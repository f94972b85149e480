/* The line says how a request ended as well as what was answered: a client that leaves before the
 * answer has the status 499, one whose request came too slowly 408, and one that leaves while the
 * answer is sent has an `end` that is not complete. */
#include "http/record.h"

#include <arpa/inet.h>
#include <string.h>

#include "api/api_metrics.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "tools/metrics.h"

#define CLIENT_LEFT 499

static const char *end_name(PeerCut cut, enum MHD_RequestTerminationCode code)
{
    if (cut == PEER_LATE || cut == PEER_UNREAD)
        return "timeout";
    switch (code) {
    case MHD_REQUEST_TERMINATED_COMPLETED_OK:
        return "complete";
    case MHD_REQUEST_TERMINATED_TIMEOUT_REACHED:
        return "timeout";
    case MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN:
        return "stopped";
    case MHD_REQUEST_TERMINATED_WITH_ERROR:
    case MHD_REQUEST_TERMINATED_READ_ERROR:
    case MHD_REQUEST_TERMINATED_CLIENT_ABORT:
        break;
    }
    return "aborted";
}

/* The number of an address; returns its size, 0 where it has none. */
static size_t number_of(const struct sockaddr *address, const void **number)
{
    if (address && address->sa_family == AF_INET) {
        *number = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
        return sizeof(struct in_addr);
    }
    if (address && address->sa_family == AF_INET6) {
        *number = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return sizeof(struct in6_addr);
    }
    return 0;
}

/* The address of the other end, as text. Mostly it is that of the thread's last request. */
static const char *client_of(const Exchange *exchange)
{
    static _Thread_local struct in6_addr known; /* or in_addr, by known_size */
    static _Thread_local size_t known_size;
    static _Thread_local char known_text[INET6_ADDRSTRLEN];
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const void *number = NULL;
    size_t size = number_of(info ? info->client_addr : NULL, &number);
    if (size == 0)
        return "";
    if (size != known_size || memcmp(number, &known, size) != 0) {
        inet_ntop(info->client_addr->sa_family, number, known_text, sizeof known_text);
        memcpy(&known, number, size);
        known_size = size;
    }
    return known_text;
}

static void write_line(const Exchange *exchange, const MetricRequest *ended, const char *end)
{
    const Request *request = &exchange->request;
    log_info("request", LOG_TEXT("id", request->id), LOG_TEXT("method", exchange->method),
             LOG_TEXT("route", exchange->route ? exchange->route->path : ""),
             LOG_TEXT("path", request->path), LOG_NUMBER("status", ended->code),
             LOG_NUMBER("bytes", ended->bytes_out), LOG_NUMBER("bytes_in", ended->bytes_in),
             LOG_NUMBER("us", ended->seconds * 1e6), LOG_TEXT("client", client_of(exchange)),
             LOG_TEXT("token", exchange->who),
             LOG_TEXT("agent", exchange->agent ? exchange->agent : ""), LOG_TEXT("end", end));
}

void record_request(const Exchange *exchange, enum MHD_RequestTerminationCode code, bool access_log)
{
    const Request *request = &exchange->request;
    bool bare = strcmp(exchange->method, "HEAD") == 0 || exchange->reply.code == 304;
    PeerCut cut = peer_cut(exchange->peer);
    bool answered = exchange->step == EXCHANGE_ANSWERED || exchange->step == EXCHANGE_SENDING;
    MetricRequest ended = {
        .row = api_metrics_row(exchange->route, request->method),
        .code = answered           ? exchange->reply.code
                : cut == PEER_LATE ? reply_code(STATUS_TIMEOUT)
                                   : CLIENT_LEFT,
        .seconds = clock_seconds() - request->arrived,
        .bytes_in = (size_t)exchange->body_bytes,
        .bytes_out = bare || !answered ? 0 : exchange->reply.length,
    };
    metric_request(&ended);
    if (access_log)
        write_line(exchange, &ended, end_name(cut, code));
}
