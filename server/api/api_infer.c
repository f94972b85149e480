/* The handlers of the Open Inference Protocol. Inference is answered from memory alone when the
 * model is there, as predictions are. */
#include "api/api_infer.h"

#include <stdlib.h>

#include "api/asked_model.h"
#include "api/codec/codec_infer.h"
#include "api/page.h"
#include "tools/clock.h"

static Reply yes(const Request *request, const char *key)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_bool(&encoder, key, true);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_infer_server(Services *services, const Request *request)
{
    Encoder encoder = {0};
    Reply refusal;
    (void)services; /* all of it is constant */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    enc_object(&encoder);
    enc_put_string(&encoder, "name", "backpropd");
    enc_put_string(&encoder, "version", BACKPROPD_VERSION);
    enc_key(&encoder, "extensions");
    enc_array(&encoder);
    enc_string(&encoder, "binary_tensor_data");
    enc_array_end(&encoder);
    enc_object_end(&encoder);
    return reply_json_take(request, 200, &encoder);
}

Reply api_infer_live(Services *services, const Request *request)
{
    Reply refusal;
    (void)services; /* it lives if it answers */
    if (reply_refuses_query(request, &refusal))
        return refusal;
    return yes(request, "live");
}

Reply api_infer_ready(Services *services, const Request *request)
{
    char why[256];
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = store_ready(services->store, why, sizeof why);
    bool ready = status == STATUS_OK || status == STATUS_STORE_FULL; /* to infer takes no disk */
    return ready ? yes(request, "ready") : reply_status(request, status, "%s", why);
}

/* {"name", "versions"} of a model; one that was deleted meanwhile is left out. */
static Status put_model(Services *services, const char *name, Encoder *encoder)
{
    ModelRecord **versions;
    size_t count;
    Status status = store_model_versions(services->store, name, &versions, &count);
    if (status != STATUS_OK)
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    enc_object(encoder);
    enc_put_string(encoder, "name", name);
    codec_infer_versions(versions, count, encoder);
    enc_object_end(encoder);
    store_models_free(versions, count);
    return STATUS_OK;
}

Reply api_infer_list(Services *services, const Request *request)
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
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = put_model(services, records[i]->name, &encoder);
    page_end(&encoder, more ? records[count - 1]->name : NULL);
    store_models_free(records, count);
    if (status == STATUS_OK)
        return reply_json_take(request, 200, &encoder);
    text_free(&encoder.text);
    return reply_store(request, status, "list", "");
}

Reply api_infer_model(Services *services, const Request *request)
{
    Reply reply;
    Encoder encoder = {0};
    ModelRecord **versions;
    size_t count;
    if (reply_refuses_query(request, &reply))
        return reply;
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    const ModelRecord *record = served_record(served);
    Status status = store_model_versions(services->store, record->name, &versions, &count);
    if (status == STATUS_OK) {
        codec_infer_describe(record, versions, count, &encoder);
        store_models_free(versions, count);
        reply = reply_json_take(request, 200, &encoder);
    } else {
        reply = asked_model_missing(request, status);
    }
    served_drop(served);
    return reply;
}

Reply api_infer_model_ready(Services *services, const Request *request)
{
    Reply reply;
    Encoder encoder = {0};
    if (reply_refuses_query(request, &reply))
        return reply;
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    enc_object(&encoder);
    enc_put_string(&encoder, "name", served_record(served)->name);
    enc_put_bool(&encoder, "ready", true);
    enc_object_end(&encoder);
    served_drop(served);
    return reply_json_take(request, 200, &encoder);
}

static Reply answer(const Request *request, const ModelRecord *record, const Infer *infer,
                    InferValue value)
{
    Encoder encoder = {0};
    codec_infer_encode(infer, record, value, &encoder);
    if (!codec_infer_is_binary(infer))
        return reply_json_take(request, 200, &encoder);
    size_t json_length = encoder.text.length;
    codec_infer_append(infer, value, &encoder.text);
    return reply_tensors_take(request, json_length, &encoder);
}

static Reply infer_all(const Request *request, const ModelRecord *record, const Infer *infer)
{
    size_t rows = infer->x.rows, targets = record->targets;
    bool std = infer->output[0].std || (infer->outputs > 1 && infer->output[1].std);
    Outcome outcome = OUTCOME_NO_MEMORY;
    Reply reply = {0};
    MatIn x = mat_in(infer->x.v, rows, infer->x.cols);
    double *y = calloc(rows, targets * sizeof *y);
    double *deviation = std ? calloc(rows, targets * sizeof *y) : NULL;
    if (y && (deviation || !std))
        outcome = model_predict(record->model, x, mat_out(y, rows, targets),
                                mat_out(deviation, rows, targets));
    if (outcome == OUTCOME_OK) {
        InferValue value = {mat_in(y, rows, targets), mat_in(deviation, rows, targets)};
        reply = answer(request, record, infer, value);
    } else {
        reply = asked_model_failed(request, record, outcome);
    }
    free(deviation);
    free(y);
    return reply;
}

Reply api_infer(Services *services, const Request *request)
{
    Reply reply;
    Infer infer;
    Problem problem FILLED_LATER;
    double began = clock_seconds();
    if (reply_refuses_query(request, &reply))
        return reply;
    Served *served = asked_model_get(services, request, &reply);
    if (!served)
        return reply;
    const ModelRecord *record = served_record(served);
    if (!request->may_block && !asked_model_is_quick(request, record, 1)) {
        served_drop(served);
        return reply_must_block();
    }
    problem_copy(&request->body->problem, &problem);
    if (codec_infer_decode(request, record, &infer, &problem) == STATUS_OK)
        reply = infer_all(request, record, &infer);
    else
        reply = reply_problem(request, &problem);
    asked_model_count(&reply, infer.x.rows, began);
    codec_infer_free(&infer);
    served_drop(served);
    return reply;
}
