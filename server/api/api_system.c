/* The handlers about the daemon itself. */
#include "api/api_system.h"

#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "api/present.h"
#include "core/build.h"
#include "state/preset.h"
#include "store/store_job.h"
#include "tools/metrics.h"

#ifndef BACKPROPD_VERSION
#error "the build says which version this is: -DBACKPROPD_VERSION='\"1.2.3\"'"
#endif

/* With the version of OpenAPI, as OpenAPI's registration of the media type wants it. */
#define OPENAPI_TYPE "application/vnd.oai.openapi+json;version=3.1"

static Reply say(const Request *request, const char *key, const char *value)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_string(&encoder, key, value);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_livez(Services *services, const Request *request)
{
    Reply refusal;
    (void)services; /* it lives if it answers */
    return reply_refuses_query(request, &refusal) ? refusal : say(request, "status", "ok");
}

/* What readiness is made of; `why` says what is wrong with the store. */
typedef struct Checks {
    char why[256];
    Status status;
    int64_t counts[JOB_STATES];
    bool counted, stopping;
} Checks;

static void encode_check(Encoder *encoder, const char *name, bool ok, const char *says)
{
    enc_key(encoder, name);
    enc_object(encoder);
    enc_put_bool(encoder, "ok", ok);
    if (says)
        enc_put_string(encoder, "detail", says);
    enc_object_end(encoder);
}

static void encode_checks(Services *services, const Checks *checks, Encoder *encoder)
{
    int64_t workers = metric_value(METRIC_WORKERS);
    bool full = checks->status == STATUS_STORE_FULL;
    long long room = store_room(services->store);
    char says[80];
    encode_check(encoder, "store", checks->status == STATUS_OK || full,
                 checks->status == STATUS_OK || full ? NULL : checks->why);
    snprintf(says, sizeof says, "%lld bytes free", room);
    encode_check(encoder, "disk", !full, room < 0 ? NULL : says);
    snprintf(says, sizeof says, "%lld alive, %lld busy", (long long)workers,
             (long long)metric_value(METRIC_WORKERS_BUSY));
    encode_check(encoder, "workers", workers > 0, says);
    snprintf(says, sizeof says, "%lld queued, %lld running", (long long)checks->counts[JOB_QUEUED],
             (long long)checks->counts[JOB_RUNNING]);
    encode_check(encoder, "queue", checks->counted, checks->counted ? says : NULL);
    encode_check(encoder, "running", !checks->stopping,
                 checks->stopping ? "the daemon is about to stop" : NULL);
}

/* All checks where it is ready; else a problem, whose mistakes are the checks that failed. */
static Reply tell_checks(Services *services, const Request *request, Checks *checks)
{
    Encoder encoder = {0};
    Problem problem;
    problem_clear(&problem);
    if (checks->status != STATUS_OK)
        problem_add(&problem,
                    checks->status == STATUS_STORE_FULL ? "#/checks/disk" : "#/checks/store", "%s",
                    checks->why);
    if (checks->stopping)
        problem_add(&problem, "#/checks/running", "the daemon is about to stop");
    if (problem.count > 0) {
        problem.status = checks->stopping ? STATUS_STOPPING : checks->status;
        return reply_problem(request, &problem);
    }
    checks->counted = store_job_counts(services->store, checks->counts) == STATUS_OK;
    enc_object(&encoder);
    enc_put_string(&encoder, "status", "ready");
    enc_key(&encoder, "checks");
    enc_object(&encoder);
    encode_checks(services, checks, &encoder);
    enc_object_end(&encoder);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_readyz(Services *services, const Request *request)
{
    static const char *const names[] = {"verbose"};
    const char *verbose = request_query(request, "verbose");
    Checks checks = {.stopping = live_stopping(services->live)};
    Problem problem;
    problem_clear(&problem);
    request_refuse_unknown(request, names, 1, &problem);
    if (verbose && verbose[0] && strcmp(verbose, "true") != 0 && strcmp(verbose, "false") != 0)
        problem_add(&problem, "?verbose", "must be true or false, got '%s'", verbose);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    checks.status = store_ready(services->store, checks.why, sizeof checks.why);
    if (verbose && strcmp(verbose, "false") != 0)
        return tell_checks(services, request, &checks);
    if (checks.status != STATUS_OK)
        return reply_status(request, checks.status, "%s", checks.why);
    return say(request, "status", "ready");
}

Reply api_version(Services *services, const Request *request)
{
    Encoder encoder = {0};
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    enc_object(&encoder);
    enc_put_string(&encoder, "name", "backpropd");
    enc_put_string(&encoder, "version", BACKPROPD_VERSION);
    enc_put_string(&encoder, "core", core_build());
    enc_put_string(&encoder, "journal_mode", store_journal_mode(services->store));
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

/* The description is of this daemon, so its digest tells whether a client has it already. */
Reply api_openapi(Services *services, const Request *request)
{
    static const char *const types[] = {"application/json", "application/vnd.oai.openapi+json"};
    const char *type = request_accepts(request, types, 2);
    Text text = {0};
    Reply reply;
    (void)services; /* the document is a constant */
    if (reply_refuses_query(request, &reply))
        return reply;
    if (!type)
        return reply_status(request, STATUS_NOT_ACCEPTABLE, "the document comes as %s and %s",
                            types[0], types[1]);
    text_puts(&text, openapi_json);
    reply = reply_text_take(type == types[0] ? types[0] : OPENAPI_TYPE, &text);
    if (reply.code == 200)
        snprintf(reply.etag, sizeof reply.etag, "\"%s\"", openapi_digest);
    return reply;
}

Reply api_hyperparameters(Services *services, const Request *request)
{
    Encoder encoder = {0};
    Reply refusal;
    (void)services; /* the tables are constants */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    enc_object(&encoder);
    enc_key(&encoder, "data");
    spec_describe(hyper_table(), &encoder);
    enc_key(&encoder, "presets");
    preset_encode_all(&encoder);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}
