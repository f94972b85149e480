/* The handlers of models. Predictions are answered from memory alone when the model is there. */
#include "api/api_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/asked_model.h"
#include "api/codec/codec_layers.h"
#include "api/codec/codec_model.h"
#include "api/page.h"
#include "api/present.h"
#include "store/store_model.h"
#include "tools/clock.h"

static Status load(Services *services, const Request *request, ModelRecord **record)
{
    int64_t version = asked_model_version(request);
    if (version < 0)
        return STATUS_NOT_FOUND;
    return store_model_get(services->store, request->param[0], version, true, record);
}

Reply api_model_list(Services *services, const Request *request)
{
    Problem problem;
    Encoder encoder = {0};
    ModelRecord **records;
    size_t count;
    bool more;
    problem_clear(&problem);
    StorePage page = page_decode(request, NULL, NULL, 0, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Status status = store_model_list(services->store, page, &records, &count, &more);
    if (status != STATUS_OK)
        return reply_store(request, status, "list", "");
    page_begin(&encoder);
    for (size_t i = 0; i < count; i++)
        codec_model_brief(records[i], &encoder);
    page_end(&encoder, more ? records[count - 1]->name : NULL);
    store_models_free(records, count);
    return reply_json_take(request, 200, &encoder);
}

Reply api_model_get(Services *services, const Request *request)
{
    ModelRecord *record;
    ModelRecord **versions;
    size_t count;
    Encoder encoder = {0};
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = load(services, request, &record);
    if (status != STATUS_OK)
        return asked_model_missing(request, status);
    status = store_model_versions(services->store, record->name, &versions, &count);
    if (status == STATUS_OK) {
        codec_model_encode(record, versions, count, &encoder);
        store_models_free(versions, count);
    }
    model_record_free(record);
    return status == STATUS_OK ? reply_json_take(request, 200, &encoder)
                               : asked_model_missing(request, status);
}

/* The tag of a version's weights. Its digest alone would not do: it is of the numbers only. */
static void tag_weights(const Request *request, const ModelRecord *record, char etag[REPLY_TAG])
{
    char what[MODEL_LABEL + DIGEST_SIZE + 32];
    snprintf(what, sizeof what, "%s/%lld of %lld: %s", record->name, (long long)record->version,
             (long long)record->created_at, record->digest);
    present_tag(request, what, "weights", etag);
}

Reply api_model_weights(Services *services, const Request *request)
{
    Encoder encoder = {0};
    Reply reply;
    char etag[REPLY_TAG];
    if (reply_refuses_query(request, &reply))
        return reply;
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    const ModelRecord *record = served_record(served);
    tag_weights(request, record, etag);
    if (!present_is_known(request, etag, &reply)) {
        codec_weights_encode(record->model, &encoder);
        reply = reply_json_take(request, 200, &encoder);
    }
    if (reply.code == 200)
        memcpy(reply.etag, etag, sizeof etag);
    served_drop(served);
    return reply;
}

Reply api_model_delete(Services *services, const Request *request)
{
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    int64_t version = asked_model_version(request);
    Status status = STATUS_NOT_FOUND;
    if (version >= 0)
        status = store_model_delete(services->store, request->param[0], version);
    if (status != STATUS_OK)
        return asked_model_missing(request, status);
    cache_forget(services->cache, request->param[0]);
    return reply_nothing();
}

/* Half the width of each target's intervals, in half(targets). Whether all intervals are finite. */
static bool measure_intervals(const ModelRecord *record, double level, MatIn y, double *half)
{
    bool finite = true;
    for (size_t j = 0; j < y.cols; j++) {
        half[j] = residuals_quantile(record->model->residuals, j, level);
        for (size_t r = 0; r < y.rows; r++)
            finite &= isfinite(fabs(y.v[r * y.stride + j]) + half[j]) != 0;
    }
    return finite;
}

static Reply predict(const Request *request, const ModelRecord *record, const Instances *asked)
{
    Encoder encoder = {0};
    size_t rows = asked->rows.rows, outputs = record->targets, numbers = rows * outputs;
    /* the predictions, then their deviations, then half the width of the intervals */
    double *y = malloc((numbers * (asked->std ? 2 : 1) + outputs) * sizeof *y);
    Outcome outcome = OUTCOME_NO_MEMORY;
    if (y) {
        double *std = asked->std ? y + numbers : NULL;
        double *half = asked->interval > 0 ? y + numbers * (asked->std ? 2 : 1) : NULL;
        Predicted predicted = {.x = mat_in(asked->rows.v, rows, asked->rows.cols),
                               .y = mat_in(y, rows, outputs),
                               .std = mat_in(std, rows, outputs),
                               .half = half};
        outcome = model_predict(record->model, predicted.x, mat_out(y, rows, outputs),
                                mat_out(std, rows, outputs));
        if (outcome == OUTCOME_OK && half &&
            !measure_intervals(record, asked->interval, predicted.y, half))
            outcome = OUTCOME_DIVERGED;
        if (outcome == OUTCOME_OK)
            codec_predictions_encode(record, &predicted, &encoder);
    }
    free(y);
    if (outcome != OUTCOME_OK)
        return asked_model_failed(request, record, outcome);
    return reply_json_take(request, 200, &encoder);
}

Reply api_model_predict(Services *services, const Request *request)
{
    Problem problem FILLED_LATER;
    Reply reply;
    double began = clock_seconds();
    if (reply_refuses_query(request, &reply))
        return reply;
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    const ModelRecord *record = served_record(served);
    if (!request->may_block && !asked_model_is_quick(request, record, 2)) {
        served_drop(served);
        return reply_must_block();
    }
    problem_copy(&request->body->problem, &problem);
    Instances asked = codec_instances(request, record, &problem);
    reply = asked.rows.v ? predict(request, record, &asked) : reply_problem(request, &problem);
    asked_model_count(&reply, asked.rows.rows, began);
    number_array_free(&asked.rows);
    served_drop(served);
    return reply;
}
