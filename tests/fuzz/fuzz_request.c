/* What stands before a body: the first line is the target, each that follows a header field. What
 * is parsed is UTF-8 without control characters; of a list one that is taken is chosen; numbers are
 * within their range, or a mistake is noted. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/asked_model.h"
#include "api/asked_wait.h"
#include "api/codec/codec_event.h"
#include "api/once.h"
#include "api/page.h"
#include "api/route.h"
#include "fuzz/fuzz.h"
#include "http/gate.h"
#include "http/target.h"
#include "tools/utf8.h"

#define HEADERS 16

static void demand_clean(const char *text)
{
    demand(utf8_valid(text, strlen(text)));
    for (; *text; text++)
        demand((unsigned char)*text >= 0x20 && *text != 0x7F);
}

/* Cuts "name: value" lines; returns how many. */
static size_t cut_headers(char *text, Pair header[HEADERS])
{
    size_t count = 0;
    while (text && *text && count < HEADERS) {
        char *line = text;
        char *end = strchr(line, '\n');
        text = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        char *colon = strchr(line, ':');
        if (!colon)
            continue;
        *colon = '\0';
        header[count++] = (Pair){line, colon + 1 + strspn(colon + 1, " \t")};
    }
    return count;
}

/* Each method finds a route or says what is allowed; parameters fit, and are clean. */
static void try_routes(Request *request)
{
    char allow[64];
    for (Method method = 0; method < METHODS; method++) {
        memset(request->param, 0, sizeof request->param);
        if (!route_find(method, request->path, request, allow)) {
            demand(strlen(allow) < sizeof allow);
            continue;
        }
        for (size_t i = 0; i < REQUEST_PARAMS; i++)
            demand_clean(request->param[i]);
        demand(asked_model_version(request) >= -1);
    }
}

static void try_numbers(const Request *request)
{
    static const long long range[] = {2, 500};
    Problem problem;
    problem_clear(&problem);
    const long long number = request_number(request, "points", 7, range, &problem);
    demand((number >= 2 && number <= 500) || problem.status != STATUS_OK);
    problem_clear(&problem);
    const StorePage page = page_decode(request, "job", NULL, 0, &problem);
    demand((page.limit >= 1 && page.limit <= 1000) || problem.status != STATUS_OK);
    problem_clear(&problem);
    const double wait = asked_wait(request, &problem);
    demand((wait >= 0 && wait <= 3600) || problem.status != STATUS_OK);
    request_flag(request, "discard", &problem);
}

static void try_headers(const Request *request)
{
    static const char *const types[] = {"application/json", "text/csv", "image/svg+xml"};
    FeedAt at = {0};
    Reply reply = {.code = 200};
    Problem problem;
    problem_clear(&problem);
    const char *liked = request_accepts(request, types, 3);
    demand(!liked || liked == types[0] || liked == types[1] || liked == types[2]);
    asked_wait_applied(request, &reply);
    demand(!reply.applied[0] || strncmp(reply.applied, "wait=", 5) == 0);
    const char *event = request_header(request, "Last-Event-ID");
    if (event && codec_event_at(event, &at))
        demand(at.transitions >= 0 && at.run >= 0 && at.epoch >= 0);
    demand(body_takes_coding(request_header(request, "Content-Encoding"), &problem) ==
           (problem.status == STATUS_OK));
}

static void try_request(const char *raw, const Pair *header, size_t count)
{
    Target target = {0};
    Problem problem;
    Request request = {.header = header, .header_count = count};
    const Gate gate = {"GET", "HTTP/1.1", count, header};
    problem_clear(&problem);
    if (gate_check(&gate, &request.method, &problem) != STATUS_OK)
        demand(problem.status == STATUS_MALFORMED);
    problem_clear(&problem);
    if (target_parse(raw, &target, &problem) == STATUS_OK) {
        request.path = target.path;
        request.query = target.query;
        request.query_count = target.query_count;
        demand_clean(request.path);
        for (size_t i = 0; i < request.query_count; i++) {
            demand_clean(request.query[i].name);
            demand_clean(request.query[i].value);
        }
        try_routes(&request);
        try_numbers(&request);
        try_headers(&request);
    }
    target_free(&target);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    Pair header[HEADERS];
    char *text = malloc(n + 1);
    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    char *end = strchr(text, '\n');
    if (end)
        *end = '\0';
    const size_t count = cut_headers(end ? end + 1 : NULL, header);
    try_request(text, header, count);
    free(text);
    return 0;
}
