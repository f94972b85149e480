/* The way of a request through the house, without a word of the library. */
#include "http/exchange.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "api/auth.h"
#include "api/once.h"
#include "api/present.h"
#include "tools/clock.h"
#include "tools/spare.h"

Exchange *exchange_new(const char *raw)
{
    Exchange *exchange = spare_alloc(sizeof *exchange);
    if (!exchange)
        return NULL;
    memset(exchange, 0, offsetof(Exchange, target.query)); /* not its room for pairs */
    exchange->raw = strdup(raw ? raw : "");
    exchange->raw_end = raw ? raw + strlen(raw) : NULL;
    exchange->request.path = "";
    exchange->request.arrived = clock_seconds();
    return exchange;
}

void exchange_free(Exchange *exchange)
{
    if (!exchange)
        return;
    free(exchange->raw);
    target_free(&exchange->target);
    body_free(exchange->request.body);
    reply_free(&exchange->reply);
    shared_drop(exchange->sending.part);
    spare_free(exchange, sizeof *exchange);
}

static void answer_take(Exchange *exchange, Reply reply)
{
    exchange->reply = reply;
    exchange->step = EXCHANGE_ANSWERED;
}

static void refuse(Exchange *exchange, const Problem *problem)
{
    const char *takes = exchange->reply.takes;
    answer_take(exchange, reply_problem(&exchange->request, problem));
    exchange->reply.takes = takes;
}

/* The client's id of the request where it is one word of visible characters, else one of ours. */
static void name_request(Request *request)
{
    static atomic_uint_fast64_t count;
    static atomic_uint_fast64_t start; /* 0 until the first request */
    const char *given = request_header(request, "X-Request-Id");
    size_t length = given ? strlen(given) : 0;
    size_t fine = 0;
    while (fine < length && given[fine] > ' ' && given[fine] < 0x7F && given[fine] != '"')
        fine++;
    if (length > 0 && fine == length && length < sizeof request->id) {
        memcpy(request->id, given, length + 1);
        return;
    }
    if (atomic_load(&start) == 0) {
        uint64_t random = 0;
        ssize_t got = getrandom(&random, sizeof random, GRND_NONBLOCK);
        atomic_store(&start, got > 0 ? random | 1 : 1);
    }
    uint64_t id = atomic_load(&start) + atomic_fetch_add(&count, 1) * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < 16; i++)
        request->id[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
    request->id[16] = '\0';
}

/* The method as the client wrote it, cut. */
static void name_method(Exchange *exchange, const char *method)
{
    size_t length = strnlen(method, sizeof exchange->method - 1);
    memcpy(exchange->method, method, length);
    exchange->method[length] = '\0';
}

/* Through the gate, and to the path and query. */
static Status enter(Exchange *exchange, const ExchangeHead *head, Problem *problem)
{
    Request *request = &exchange->request;
    Gate gate = {head->method, head->version, exchange->header_count, exchange->header};
    if (!exchange->raw)
        return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory");
    if (exchange->header_bytes > EXCHANGE_HEADER_BYTES)
        return problem_set(problem, STATUS_HEADER,
                           "the header has more than %d fields, or %u bytes in them, which is what "
                           "a request may have",
                           EXCHANGE_HEADERS_MAX, EXCHANGE_HEADER_BYTES);
    if (exchange->wrong)
        return problem_set(problem, STATUS_MALFORMED, "%s", exchange->wrong);
    if (exchange->raw_end && exchange->raw_end + 1 != head->version)
        return problem_set(problem, STATUS_MALFORMED, "the request line holds a NUL or is broken");
    if (gate_check(&gate, &request->method, problem) != STATUS_OK)
        return problem->status;
    Status status = target_parse(exchange->raw, &exchange->target, problem);
    request->path = exchange->target.path ? exchange->target.path : "";
    request->query = exchange->target.query;
    request->query_count = exchange->target.query_count;
    return status;
}

static void no_route(Exchange *exchange, const char *allow)
{
    const Request *request = &exchange->request;
    Reply reply;
    if (request->method == METHOD_OPTIONS && strcmp(request->path, "*") == 0)
        allow = "GET, HEAD, POST, DELETE, OPTIONS"; /* of the daemon as such: RFC 9110, 9.3.7 */
    if (!allow[0])
        reply = reply_status(request, STATUS_NOT_FOUND, "there is nothing at '%s'", request->path);
    else if (request->method == METHOD_OPTIONS)
        reply = reply_nothing();
    else
        reply = reply_status(request, STATUS_METHOD, "'%s' takes %s", request->path, allow);
    snprintf(reply.allow, sizeof reply.allow, "%s", allow);
    answer_take(exchange, reply);
}

static void refuse_size(Exchange *exchange, long long max_body)
{
    answer_take(exchange, reply_status(&exchange->request, STATUS_TOO_LARGE,
                                       "the body is larger than %lld bytes, the limit that "
                                       "--max-body sets",
                                       max_body));
}

/* Refuses parameters that are given twice, but for targets; which one counts would be a guess. */
static void refuse_repeats(const Request *request, Problem *problem)
{
    char at[PROBLEM_POINTER];
    for (size_t i = 1; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        if (request_query(request, name) == request->query[i].value || strcmp(name, "target") == 0)
            continue;
        snprintf(at, sizeof at, "?%.64s", name);
        problem_add(problem, at, "is given more than once");
    }
}

/* Looks at the query, and makes ready for the body that the route takes. */
static Status expect_body(Exchange *exchange, long long max_body, Problem *problem)
{
    Request *request = &exchange->request;
    const Route *route = exchange->route;
    const char *coding = request_header(request, "Content-Encoding");
    refuse_repeats(request, problem);
    if (!body_takes_coding(coding, problem))
        exchange->reply.takes = "gzip, identity";
    if (problem->status != STATUS_OK || route->body == BODY_NONE)
        return problem->status;
    const char *type = request_header(request, "Content-Type");
    request->body = body_new(route->body, route->places, type, problem);
    if (request->body && request_header(request, ONCE_KEY) &&
        body_want_digest(request->body, problem) != STATUS_OK)
        return problem->status;
    if (request->body && body_decode(request->body, coding, max_body, problem) == STATUS_OK &&
        route->body == BODY_TENSORS)
        return body_split(request->body, request_header(request, BODY_JSON_LENGTH), problem);
    return problem->status;
}

void exchange_open(Exchange *exchange, const ExchangeHead *head)
{
    Request *request = &exchange->request;
    Problem problem FILLED_LATER;
    char allow[64];
    request->header = exchange->header;
    request->header_count = exchange->header_count;
    name_request(request);
    name_method(exchange, head->method);
    exchange->agent = request_header(request, "User-Agent");
    exchange->origin = auth_origin(head->access, request);
    exchange->by_origin = access_has_origins(head->access);
    problem_clear(&problem);
    if (enter(exchange, head, &problem) != STATUS_OK) {
        exchange->close = true;
        refuse(exchange, &problem);
        return;
    }
    exchange->close =
        request->method == METHODS; /* who invents methods may mean other framing too */
    exchange->route = route_find(request->method, request->path, request, allow);
    const char *length = request_header(request, "Content-Length");
    Reply refusal;
    if (!auth_takes_host(head->access, request, &refusal)) {
        answer_take(exchange, refusal);
    } else if (!exchange->route) {
        no_route(exchange, allow);
    } else if (!auth_takes(head->access, request, exchange->route, exchange->who, &refusal)) {
        answer_take(exchange, refusal);
    } else if (length && atoll(length) > head->max_body) {
        refuse_size(exchange, head->max_body);
    } else {
        exchange->step = EXCHANGE_BODY;
        if (expect_body(exchange, head->max_body, &problem) != STATUS_OK)
            refuse(exchange, &problem);
    }
}

bool exchange_must_refuse_now(const Exchange *exchange)
{
    if (exchange->step != EXCHANGE_ANSWERED || exchange->close)
        return exchange->step == EXCHANGE_ANSWERED;
    const char *length = request_header(&exchange->request, "Content-Length");
    return (length && strcmp(length, "0") != 0) ||
           request_header(&exchange->request, "Transfer-Encoding");
}

void exchange_feed(Exchange *exchange, const char *bytes, size_t n, long long max_body)
{
    Body *body = exchange->request.body;
    if (exchange->step != EXCHANGE_BODY)
        return;
    exchange->body_bytes += (long long)n;
    bool over = exchange->body_bytes > max_body;
    if (body && !over) {
        body_feed(body, bytes, n);
        over = body->over;
    }
    if (over) {
        refuse_size(exchange, max_body);
        exchange->step = EXCHANGE_DRAIN; /* a reply in mid-body would be lost by the library */
    }
}

void exchange_close_body(Exchange *exchange)
{
    Body *body = exchange->request.body;
    if (exchange->step == EXCHANGE_DRAIN)
        exchange->step = EXCHANGE_ANSWERED;
    if (exchange->step != EXCHANGE_BODY)
        return;
    if (!body && exchange->body_bytes > 0 && exchange->request.method == METHOD_POST)
        answer_take(exchange, reply_status(&exchange->request, STATUS_INVALID,
                                           "'%s' takes no body; what it takes stands in the query",
                                           exchange->request.path));
    if (!body)
        return;
    Status status = body_end(body);
    if (status != STATUS_OK && status != STATUS_INVALID)
        refuse(exchange, &body->problem);
}

void exchange_refuse_stopping(Exchange *exchange)
{
    if (exchange->step == EXCHANGE_BODY)
        answer_take(exchange, reply_status(&exchange->request, STATUS_STOPPING,
                                           "the daemon is about to stop; try again shortly"));
}

/* Whether who has waited was let in by what is good no more: a token that was revoked since. */
static bool is_shut_out(const Exchange *exchange, Services *services)
{
    return exchange->parked &&
           !auth_still_takes(services->access, exchange->route, exchange->who);
}

/* Who is shut out is told so in place of the answer. */
static void keep_back(const Exchange *exchange, Services *services, Reply *answer)
{
    char who[ID_SIZE];
    Reply refusal;
    if (auth_takes(services->access, &exchange->request, exchange->route, who, &refusal))
        return;
    reply_free(answer);
    *answer = refusal;
}

void exchange_handle(Exchange *exchange, Services *services)
{
    Request *request = &exchange->request;
    const bool shut_out = is_shut_out(exchange, services);
    request->last_try |= shut_out; /* the handler has its end as always */
    Reply reply = exchange->route->handler(services, request);
    memcpy(request->waits_for, reply.waits_for, sizeof request->waits_for);
    if (reply.code == 0 && request->last_try && request->may_block)
        reply = reply_status(request, STATUS_STOPPING,
                             "the daemon is about to stop; try again shortly");
    if (shut_out)
        keep_back(exchange, services, &reply);
    if (reply.code != 0) {
        present(request, &reply);
        exchange->step = EXCHANGE_ANSWERED;
    }
    exchange->reply = reply;
}
