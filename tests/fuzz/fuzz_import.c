/* What is taken in as a model. The first byte says whether the rest is ONNX ('o') or JSON. Whatever
 * it is, there is a record or a problem, not both; and a record is written again, in every format,
 * and both that can be read give the very bits back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/export/export.h"
#include "api/export/import.h"
#include "api/route.h"
#include "core/blob.h"
#include "fuzz/fuzz.h"

static const char *const *places(void)
{
    char allow[64];
    Request request = {0};
    const Route *route = route_find(METHOD_POST, "/v1/models/m:import", &request, allow);
    demand(route != NULL);
    return route->places;
}

static ModelRecord *take(bool onnx, const char *bytes, size_t n, Problem *problem)
{
    Request request = {0};
    ModelRecord *record = NULL;
    problem_clear(problem);
    request.body = body_new(BODY_MODEL, places(),
                            onnx ? "application/octet-stream" : "application/json", problem);
    demand(request.body != NULL);
    body_feed(request.body, bytes, n);
    Status status = body_end(request.body);
    *problem = request.body->problem;
    if (status == STATUS_OK || status == STATUS_INVALID)
        record = import_model(&request, problem);
    body_free(request.body);
    demand((record != NULL) == (problem->status == STATUS_OK));
    return record;
}

static void demand_same(const ModelRecord *a, const ModelRecord *b)
{
    unsigned char *one, *other;
    size_t size, other_size;
    demand(a != NULL && b != NULL);
    demand(blob_from_model(a->model, &one, &size) == OUTCOME_OK);
    demand(blob_from_model(b->model, &other, &other_size) == OUTCOME_OK);
    demand(size == other_size && memcmp(one, other, size) == 0);
    demand(a->features == b->features && a->targets == b->targets);
    for (size_t i = 0; i < a->features + a->targets; i++)
        demand(strcmp(a->column[i].name, b->column[i].name) == 0);
    demand(a->has_training == b->has_training && a->has_validation == b->has_validation);
    free(one);
    free(other);
}

/* Written and read again. A store would have given it a name and a digest. */
static void go_round(ModelRecord *record)
{
    Problem problem;
    Encoder encoder = {0};
    Text onnx = {0}, rest = {0};
    strcpy(record->name, "m");
    memset(record->digest, '0', DIGEST_SIZE - 1);
    export_json(record, &encoder);
    demand(!encoder.refused && !encoder.text.failed);
    ModelRecord *again = take(false, encoder.text.bytes, encoder.text.length, &problem);
    demand_same(record, again);
    model_record_free(again);
    demand(export_onnx(record, &onnx) == STATUS_OK);
    again = take(true, onnx.bytes, onnx.length, &problem);
    demand_same(record, again);
    model_record_free(again);
    demand(export_c(record, &rest) == STATUS_OK);
    export_csv(record, &rest);
    text_free(&encoder.text);
    text_free(&onnx);
    text_free(&rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Problem problem;
    if (n == 0)
        return 0;
    ModelRecord *record = take(data[0] == 'o', (const char *)data + 1, n - 1, &problem);
    if (record)
        go_round(record);
    model_record_free(record);
    return 0;
}
