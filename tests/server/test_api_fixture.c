/* Each test runs in a process of its own, so the statics here are those of one test. */
#include "test_api_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/once.h"
#include "http/target.h"
#include "tools/clock.h"
#include "tools/spec.h"
#include "worker/training.h"

static Services services;
static Answer answer;

static void forget_answer(void)
{
    json_decref(answer.json);
    reply_free(&answer.reply);
    answer = (Answer){0};
}

void api_start(void)
{
    fixture_start();
    spec_start();
    services.store = fixture_store();
    services.access = access_new(&(AccessRules){.loopback = true, .hosts = "", .origins = ""});
    services.live = live_new();
    services.pending = pending_new();
    services.feed = feed_new();
    services.queued = bell_new();
    services.ended = bell_new();
    services.pool = pool_new(2, services.queued);
    services.cache = cache_new(services.store, (CacheUse){8, SIZE_MAX});
    services.backups = backups_new(services.store);
    cr_assert(services.backups && services.access && services.live && services.ended &&
              services.pool && services.cache);
}

void api_end(void)
{
    forget_answer();
    backups_free(services.backups);
    cache_free(services.cache);
    access_free(services.access);
    bell_free(services.ended);
    bell_free(services.queued);
    pool_free(services.pool);
    feed_free(services.feed);
    pending_free(services.pending);
    live_free(services.live);
    store_close(services.store);
    fixture_end();
}

Services *api_services(void)
{
    return &services;
}

/* Feeds the body in pieces of a few bytes, as a network might. */
static void take_body(const Route *route, const Call *call, Request *request)
{
    Problem problem;
    problem_clear(&problem);
    if (route->body == BODY_NONE)
        return;
    request->body = body_new(route->body, route->places, call->type, &problem);
    cr_assert_not_null(request->body, "%s", problem.detail);
    if (request_header(request, ONCE_KEY))
        cr_assert_eq(body_want_digest(request->body, &problem), STATUS_OK);
    if (route->body == BODY_TENSORS) {
        const char *length = request_header(request, BODY_JSON_LENGTH);
        cr_assert_eq(body_split(request->body, length, &problem), STATUS_OK, "%s", problem.detail);
    }
    size_t n = call->size ? call->size : strlen(call->body);
    for (size_t i = 0; i < n; i += 7)
        body_feed(request->body, call->body + i, n - i < 7 ? n - i : 7);
    Status status = body_end(request->body);
    cr_assert(status == STATUS_OK || status == STATUS_INVALID, "%s", request->body->problem.detail);
}

static void fill_request(const Call *call, const Target *target, Pair header[3], Request *request)
{
    request->method = call->method;
    request->path = target->path;
    request->query = target->query;
    request->query_count = target->query_count;
    request->header = header;
    for (size_t i = 0; i + 1 < 4 && call->header[i]; i += 2)
        header[request->header_count++] = (Pair){call->header[i], call->header[i + 1]};
    if (call->type)
        header[request->header_count++] = (Pair){"Content-Type", call->type};
    snprintf(request->id, sizeof request->id, "test");
    snprintf(request->waits_for, ID_SIZE, "%s", call->waits_for ? call->waits_for : "");
    request->may_block = !call->at_once;
    request->last_try = call->last_try;
    request->arrived = call->give_up ? -1e6 : clock_seconds();
}

/* What is said to be JSON has to be JSON, in UTF-8, without a name given twice. */
static void read_json(void)
{
    json_error_t error;
    const Reply *reply = &answer.reply;
    if (!reply->type || !strstr(reply->type, "json"))
        return;
    answer.json = json_loadb(reply->body, reply->length, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(answer.json, "%s in %s", error.text, reply->body);
}

const Answer *api_call(const Call *call)
{
    Target target;
    Problem problem;
    Pair header[3];
    Request request = {0};
    char allow[64];
    forget_answer();
    cr_assert_eq(target_parse(call->target, &target, &problem), STATUS_OK);
    fill_request(call, &target, header, &request);
    const Route *route = route_find(call->method, request.path, &request, allow);
    cr_assert_not_null(route, "%s has no such method", call->target);
    take_body(route, call, &request);
    answer.reply = route->handler(&services, &request);
    body_free(request.body);
    read_json();
    target_free(&target);
    return &answer;
}

json_t *api_at(const char *path)
{
    json_t *at = answer.json;
    char step[64];
    for (const char *from = path; at && *from; from += *from == '/') {
        size_t n = strcspn(from, "/");
        snprintf(step, sizeof step, "%.*s", (int)n, from);
        at = json_is_array(at) ? json_array_get(at, strtoul(step, NULL, 10))
                               : json_object_get(at, step);
        from += n;
    }
    cr_assert_not_null(at, "%s is not in %s", path, answer.reply.body);
    return at;
}

const char *api_text(const char *path)
{
    json_t *at = api_at(path);
    cr_assert(json_is_string(at), "%s is no text in %s", path, answer.reply.body);
    return json_string_value(at);
}

double api_number(const char *path)
{
    json_t *at = api_at(path);
    cr_assert(json_is_number(at), "%s is no number in %s", path, answer.reply.body);
    return json_number_value(at);
}

void api_expect_problem(int code, const char *slug)
{
    char type[64];
    const Reply *reply = &answer.reply;
    snprintf(type, sizeof type, "/problems/%s", slug);
    cr_assert_eq(reply->code, code, "%d: %s", reply->code, reply->body ? reply->body : "");
    cr_assert_str_eq(reply->type, "application/problem+json");
    cr_expect_str_eq(api_text("type"), type);
    cr_expect_eq(api_number("status"), code);
    cr_expect_str_eq(api_text("error"), api_text("detail"));
    cr_expect_str_eq(api_text("request_id"), "test");
    cr_expect_gt(strlen(api_text("title")), 0);
    cr_expect_eq(api_text("instance")[0], '/');
}

void api_expect_mistake(const char *pointer, const char *detail)
{
    cr_assert_eq(answer.reply.code, 422, "%s", answer.reply.body);
    cr_assert_eq(json_array_size(api_at("errors")), 1, "%s", answer.reply.body);
    cr_expect_str_eq(api_text("errors/0/pointer"), pointer);
    cr_expect_str_eq(api_text("errors/0/detail"), detail);
}

void api_train(void)
{
    Job *job;
    for (;;) {
        cr_assert_eq(store_job_claim(services.store, &job), STATUS_OK);
        if (!job)
            return;
        training_run(&services, job);
        job_free(job);
    }
}

const char *api_dataset(void)
{
    static char id[ID_SIZE];
    char csv[1000] = "a,b,c\n";
    for (int i = 0; i < 20; i++) {
        int a = i % 5, b = i * i % 7;
        snprintf(csv + strlen(csv), 40, "%d,%d,%d\n", a, b, 2 * a - b + 1);
    }
    cr_assert_eq(api_csv("/v1/datasets?name=plane", csv)->reply.code, 201);
    snprintf(id, sizeof id, "%s", api_text("id"));
    return id;
}

void api_model(const char *name)
{
    char body[200];
    snprintf(body, sizeof body,
             "{\"model\": \"%s\", \"dataset\": \"%s\", \"hyperparameters\": {\"epochs\": 1}}", name,
             api_dataset());
    cr_assert_eq(api_post("/v1/jobs", body)->reply.code, 202);
    api_train();
}
