/* libmicrohttpd, tamed. Its threads poll by epoll and run only what is quick; all else is done by
 * the crew while the connection is suspended. What it needs to be told, and when, stands here:
 *
 *  - It notices that a client has left only by writing to it.
 *  - Its epoll loop stalls when 128 sockets of one thread are ready at once, so no thread gets more
 *    than 125 connections.
 *  - A reply may be queued in the first call for a request or after the whole body, not between.
 *  - It aborts when it is stopped with a connection suspended, so the crew is emptied before.
 *  - Its quiescing races with its own threads, and aborts where it loses; so connections that come
 *    while the daemon stops are refused one by one.
 *  - Request state is freed in its notice of completion and nowhere else.
 */
#include "http/http.h"

#include <microhttpd.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/auth.h"
#include "http/answer.h"
#include "http/descriptors.h"
#include "http/exchange.h"
#include "http/listener.h"
#include "http/link.h"
#include "http/peers.h"
#include "http/record.h"
#include "http/sender.h"
#include "http/tls.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "tools/metrics.h"

#define CONNECTIONS_A_THREAD 125
#define THREADS_MIN 4
#define CREW_THREADS 4
#define LOOK_SECONDS 5 /* how often it is looked whether a client that waits is still there */
#define CONNECTION_MEMORY (32u * 1024) /* the library clears it after each request */

struct Http {
    const Conf *conf;
    Services *services; /* NULL until it is started, as are crew and daemon */
    Crew *crew;
    LinkOwner links;
    Listener listener;
    struct MHD_Daemon *daemon;
    atomic_bool stopping, over; /* it is about to stop; and nothing is worked on any more */
    size_t parked_max;    /* half of the connections: the others are for who does not wait */
    atomic_size_t parked; /* requests that wait for a job */
    atomic_size_t active; /* requests that have come and are not yet answered */
};

static void PRINTF_LIKE(2, 0) log_library(void *context, const char *format, va_list args)
{
    char text[400];
    (void)context; /* of the daemon; not needed */
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("microhttpd", LOG_TEXT("text", text));
}

/* NULL, on which the connection closes, for who was cut and where there is no memory. */
static void *begin_request(void *context, const char *uri, struct MHD_Connection *connection)
{
    Peer *peer = link_peer(connection);
    Exchange *exchange = peer && peer_begins(peer) ? exchange_new(uri) : NULL;
    if (exchange) {
        exchange->owner = context;
        exchange->connection = connection;
        exchange->peer = peer;
    }
    return exchange;
}

static enum MHD_Result collect_header(void *context, enum MHD_ValueKind kind, const char *key,
                                      size_t key_size, const char *value, size_t value_size)
{
    Exchange *exchange = context;
    (void)kind; /* headers were asked for */
    const char *text = value ? value : "";
    exchange->header_bytes += key_size + value_size;
    if (strlen(key) != key_size || strlen(text) != value_size)
        exchange->wrong = "a header field holds a NUL";
    else if (exchange->header_count == EXCHANGE_HEADERS_MAX)
        exchange->header_bytes += EXCHANGE_HEADER_BYTES + 1;
    else
        exchange->header[exchange->header_count++] = (Pair){key, text};
    return MHD_YES;
}

/* The body of a stream. */
static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t room)
{
    Exchange *exchange = context;
    Http *http = exchange->owner;
    (void)position; /* a stream is read once, from its beginning */
    size_t n = sender_take(exchange, bytes, room);
    if (n > 0)
        return (ssize_t)n;
    if (!sender_is_over(exchange) && atomic_load(&http->stopping))
        sender_end(exchange);
    if (sender_is_over(exchange))
        return sender_is_broken(exchange) ? MHD_CONTENT_READER_END_WITH_ERROR
                                          : MHD_CONTENT_READER_END_OF_STREAM;
    if (!peer_waits(exchange->peer))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    MHD_suspend_connection(exchange->connection);
    crew_post(http->crew, &exchange->item);
    return 0;
}

static enum MHD_Result send_answer(Http *http, Exchange *exchange)
{
    if (!peer_takes_reply(exchange->peer, exchange->reply.length))
        return MHD_NO;
    return answer_send(exchange, read_stream, atomic_load(&http->stopping));
}

/* On a thread of the network: answers at once, or hands the request to the crew. */
static enum MHD_Result dispatch(Http *http, Exchange *exchange)
{
    exchange_close_body(exchange);
    if (!peer_waits(exchange->peer))
        return MHD_NO;
    if (atomic_load(&http->stopping))
        exchange_refuse_stopping(exchange);
    if (exchange->step == EXCHANGE_BODY && exchange->route->at_once)
        exchange_handle(exchange, http->services);
    if (exchange->step == EXCHANGE_ANSWERED)
        return send_answer(http, exchange);
    MHD_suspend_connection(exchange->connection);
    crew_post(http->crew, &exchange->item);
    return MHD_YES;
}

/* One more that holds its connection for long. */
static void count_parked(Http *http, Exchange *exchange)
{
    if (!exchange->parked)
        atomic_fetch_add(&http->parked, 1);
    exchange->parked = true;
}

/* Waits without a thread; now and then it is looked whether the client is still there. */
static void park(Http *http, Exchange *exchange)
{
    double look = clock_seconds() + LOOK_SECONDS;
    double until = exchange->reply.wait_until;
    count_parked(http, exchange);
    crew_park(http->crew, &exchange->item, until < look ? until : look);
}

/* The next part is there, or none follows. */
static void go_on(Exchange *exchange)
{
    const Shared *part = exchange->sending.part;
    bool kept = peer_takes_reply(exchange->peer, part ? part->length : 0);
    (void)kept; /* who waits is not cut */
    MHD_resume_connection(exchange->connection);
}

/* The next part of a stream: the connection goes on when there is one, or nothing can follow. */
static void send_more(Http *http, Exchange *exchange)
{
    count_parked(http, exchange);
    if (atomic_load(&http->stopping) || link_is_closed(exchange->connection) ||
        !auth_still_takes(http->services->access, exchange->route, exchange->who))
        sender_end(exchange);
    if (sender_fill(exchange, http->services))
        go_on(exchange);
    else
        crew_park(http->crew, &exchange->item, exchange->sending.due);
}

/* Whether the handler has to answer now: nobody is there to wait, or too many wait already. */
static bool is_last_try(Http *http, const Exchange *exchange)
{
    if (atomic_load(&http->stopping))
        return true;
    return exchange->parked ? link_is_closed(exchange->connection)
                            : atomic_load(&http->parked) >= http->parked_max;
}

/* On a thread of the crew: the connection is suspended. */
static void work(CrewItem *item)
{
    Exchange *exchange = (Exchange *)item;
    Http *http = exchange->owner;
    if (exchange->step == EXCHANGE_SENDING) {
        send_more(http, exchange);
        return;
    }
    exchange->request.may_block = true;
    exchange->request.last_try = is_last_try(http, exchange);
    if (atomic_load(&http->over))
        exchange_refuse_stopping(exchange);
    else
        exchange_handle(exchange, http->services);
    if (exchange->step == EXCHANGE_ANSWERED)
        MHD_resume_connection(exchange->connection);
    else
        park(http, exchange);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    Http *http = context;
    Exchange *exchange = *state;
    (void)url; /* the raw target is parsed instead */
    if (!exchange)
        return MHD_NO;
    if (exchange->step == EXCHANGE_NEW) {
        ExchangeHead head = {method, version, http->conf->max_body, http->services->access};
        atomic_fetch_add(&http->active, 1);
        metric_add(METRIC_IN_FLIGHT, 1);
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect_header, exchange);
        exchange_open(exchange, &head);
        if (exchange_must_refuse_now(exchange))
            return send_answer(http, exchange);
        return peer_sends_body(exchange->peer, 0) ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        size_t n = *upload_size;
        exchange_feed(exchange, upload, n, http->conf->max_body);
        *upload_size = 0;
        return peer_sends_body(exchange->peer, n) ? MHD_YES : MHD_NO;
    }
    return exchange->step == EXCHANGE_ANSWERED ? send_answer(http, exchange)
                                               : dispatch(http, exchange);
}

static void end_request(void *context, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code)
{
    Http *http = context;
    Exchange *exchange = *state;
    (void)connection; /* the exchange knows it */
    if (!exchange)
        return;
    if (exchange->step != EXCHANGE_NEW) {
        record_request(exchange, code, http->conf->access_log != 0);
        metric_add(METRIC_IN_FLIGHT, -1);
        atomic_fetch_sub(&http->active, 1);
    }
    if (exchange->parked)
        atomic_fetch_sub(&http->parked, 1);
    peer_idles(exchange->peer);
    exchange_free(exchange);
    *state = NULL;
}

/* Whether a client that has just connected is let in. */
static enum MHD_Result let_in(void *context, const struct sockaddr *address, socklen_t size)
{
    const Http *http = context;
    (void)address; /* all addresses are alike */
    (void)size;
    return atomic_load(&http->stopping) ? MHD_NO : MHD_YES;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **state,
                            enum MHD_ConnectionNotificationCode code)
{
    Http *http = context;
    link_note(&http->links, connection, state, code);
}

static void job_ended(void *context)
{
    Http *http = context;
    crew_wake(http->crew);
}

static struct MHD_Daemon *start_library(Http *http, unsigned connections, int fd)
{
    struct MHD_OptionItem options[TLS_OPTIONS];
    const Tls *tls = http->links.tls;
    tls_options(tls, options);
    unsigned threads = (connections + CONNECTIONS_A_THREAD - 1) / CONNECTIONS_A_THREAD;
    if (threads < THREADS_MIN)
        threads = THREADS_MIN;
    if (connections < threads)
        connections = threads; /* each thread needs one */
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (tls ? MHD_USE_TLS : 0),
        0, let_in, http, answer, http, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
        MHD_OPTION_ARRAY, options, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        threads, MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)peers_idle_seconds(http->links.peers), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
        begin_request, http, MHD_OPTION_NOTIFY_COMPLETED, end_request, http,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_END);
}

/* Once no connection is left. The library closes the socket that it was given. */
static void http_free(Http *http)
{
    crew_free(http->crew);
    peers_free(http->links.peers);
    tls_free(http->links.tls);
    if (!http->daemon && http->listener.fd >= 0)
        close(http->listener.fd);
    free(http);
}

Http *http_open(const Conf *conf, char *why, size_t size)
{
    Http *http = calloc(1, sizeof *http);
    if (!http) {
        snprintf(why, size, "there is not enough memory");
        return NULL;
    }
    http->conf = conf;
    http->listener.fd = -1;
    if (listener_open(&http->listener, conf->listen, why, size) == STATUS_OK &&
        tls_open(conf, &http->links.tls, why, size) == STATUS_OK)
        return http;
    http_free(http);
    return NULL;
}

Status http_start(Http *http, Services *services, char *why, size_t size)
{
    size_t connections = descriptors_make_room((size_t)http->conf->connections);
    PeersLimits limits = {.all = connections,
                          .each = (size_t)http->conf->connections_per_address,
                          .seconds = (double)http->conf->request_timeout,
                          .silent = http->links.tls != NULL};
    http->services = services;
    http->parked_max = connections / 2;
    if (listener_listen(&http->listener, why, size) != STATUS_OK)
        return STATUS_INVALID;
    http->links.peers = peers_new(&limits);
    http->crew = crew_new(CREW_THREADS, work);
    if (http->links.peers && http->crew)
        http->daemon = start_library(http, (unsigned)connections, http->listener.fd);
    if (!http->daemon) {
        snprintf(why, size, "the network threads cannot be started: %s", strerror(errno));
        return STATUS_INTERNAL;
    }
    if (http->links.tls)
        tls_started(http->links.tls);
    bell_on_ring(services->ended, job_ended, http);
    return STATUS_OK;
}

const char *http_scheme(const Http *http)
{
    return http->links.tls ? "https" : "http";
}

const char *http_address(const Http *http)
{
    return http->listener.address;
}

void http_reload(Http *http)
{
    if (http->links.tls)
        tls_reload(http->links.tls);
}

void http_quiesce(Http *http)
{
    if (!http || !http->daemon)
        return;
    atomic_store(&http->stopping, true);
    crew_wake(http->crew);
}

static void stop_answering(Http *http, double seconds)
{
    double deadline = clock_seconds() + seconds;
    while (atomic_load(&http->active) > 0 && clock_seconds() < deadline)
        usleep(2000);      /* once in the daemon's life */
    atomic_store(&http->over, true);
    crew_free(http->crew); /* no connection is suspended after this */
    http->crew = NULL;
    MHD_stop_daemon(http->daemon);
}

void http_stop(Http *http, double seconds)
{
    if (!http)
        return;
    if (http->daemon)
        stop_answering(http, seconds);
    http_free(http);
}
