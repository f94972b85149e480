/* Bodies of jobs and of predictions. The first letter is the type of the body (j JSON, c CSV, n
 * NDJSON, p the instances of a prediction), the rest of the line a target with its query, and all
 * that follows the body. Whatever comes, it is taken or refused with a reason. What is taken of a
 * job has hyperparameters that can be told; of a prediction finite rows of the model's width. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_job.h"
#include "api/codec/codec_model.h"
#include "api/route.h"
#include "fuzz/ensemble.h"
#include "fuzz/fuzz.h"
#include "http/target.h"
#include "tools/spec.h"

#define FEATURES 2
#define MODEL_PATH "/v1/models/m:predict"

static Column columns[FEATURES + 1] = {{.name = "width"}, {.name = "a/b"}, {.name = "y"}};
static ModelRecord record = {.name = "m", .features = FEATURES, .targets = 1, .column = columns};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    spec_start();
    record.model = ensemble_of_two(FEATURES);
    return 0;
}

static void try_job(Request *request, Problem *problem)
{
    JobDraft draft = {0};
    codec_job_decode(request, &draft, problem);
    if (problem->status == STATUS_OK && draft.dataset && !draft.from.name[0])
        codec_job_settle(request, &draft, draft.dataset, problem);
    demand(problem->status == STATUS_OK || problem->count > 0 || problem->detail[0]);
    if (problem->status == STATUS_OK) {
        demand(draft.job != NULL && (draft.dataset || draft.job->dataset[0]));
        demand(draft.hyper.epochs >= 1 && draft.hyper.validation_split >= 0);
    }
    codec_job_draft_free(&draft);
}

static void try_instances(Request *request, Problem *problem)
{
    const Instances asked = codec_instances(request, &record, problem);
    demand((asked.rows.v != NULL) == (problem->status == STATUS_OK));
    demand(asked.rows.v || problem->count > 0 || problem->detail[0]);
    if (asked.rows.v) {
        demand(asked.rows.rows > 0 && asked.rows.cols == FEATURES);
        demand(asked.interval >= 0 && asked.interval < 1);
        for (size_t i = 0; i < asked.rows.rows * FEATURES; i++)
            demand(isfinite(asked.rows.v[i]));
    }
    free(asked.rows.v);
}

/* The route of the letter, with its body taken in; NULL where that is refused. */
static Body *take_body(char letter, Request *request, const char *bytes, size_t n)
{
    char allow[64];
    Problem problem;
    const bool predict = letter == 'p';
    const char *path = predict ? MODEL_PATH : "/v1/jobs";
    const char *type = letter == 'c'   ? "text/csv"
                       : letter == 'n' ? "application/x-ndjson"
                                       : "application/json";
    problem_clear(&problem);
    const Route *route = route_find(METHOD_POST, path, request, allow);
    demand(route != NULL);
    Body *body = body_new(route->body, route->places, type, &problem);
    if (!body)
        return NULL;
    body_feed(body, bytes, n / 2);
    body_feed(body, bytes + n / 2, n - n / 2);
    const Status status = body_end(body);
    if (status == STATUS_OK || status == STATUS_INVALID)
        return body;
    body_free(body);
    return NULL;
}

static void try_request(char letter, const Target *target, const char *bytes, size_t n)
{
    Request request = {
        .method = METHOD_POST,
        .path = letter == 'p' ? MODEL_PATH : "/v1/jobs",
        .query = target->query,
        .query_count = target->query_count,
    };
    Problem problem;
    request.body = take_body(letter, &request, bytes, n);
    if (!request.body)
        return;
    problem_copy(&request.body->problem, &problem);
    if (letter == 'p')
        try_instances(&request, &problem);
    else
        try_job(&request, &problem);
    body_free(request.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Target target = {0};
    Problem problem;
    const uint8_t *end = n > 0 ? memchr(data, '\n', n) : NULL;
    if (!end || end == data)
        return 0;
    const size_t length = (size_t)(end - data) - 1;
    char *raw = malloc(length + 1);
    if (!raw)
        return 0;
    memcpy(raw, data + 1, length);
    raw[length] = '\0';
    problem_clear(&problem);
    if (target_parse(raw, &target, &problem) == STATUS_OK)
        try_request((char)data[0], &target, (const char *)end + 1, n - length - 2);
    target_free(&target);
    free(raw);
    return 0;
}
