/* Finds the model of a path, and says why there is none. */
#include "api/asked_model.h"

#include "api/codec/codec_model.h"
#include "tools/clock.h"
#include "tools/metrics.h"

#define AT_ONCE_BYTES 32768  /* of a body that a thread of the network parses */
#define AT_ONCE_PRODUCTS 2e6 /* multiplications that it does: about a millisecond */

int64_t asked_model_version(const Request *request)
{
    const char *text = request->param[1];
    return text[0] ? codec_model_version(text) : 0;
}

Reply asked_model_missing(const Request *request, Status status)
{
    if (status == STATUS_NOT_FOUND && request->param[1][0])
        return reply_status(request, status, "there is no version '%s' of the model '%s'",
                            request->param[1], request->param[0]);
    return reply_store(request, status, "model", request->param[0]);
}

Served *asked_model_get(Services *services, const Request *request, Reply *reply)
{
    Served *served = NULL;
    int64_t version = asked_model_version(request);
    Status status = STATUS_NOT_FOUND;
    if (version >= 0)
        status =
            cache_get(services->cache, request->param[0], version, request->may_block, &served);
    if (status != STATUS_OK)
        *reply = asked_model_missing(request, status);
    else if (!served)
        *reply = reply_must_block();
    return served;
}

/* The bytes that a number takes bound the rows. */
bool asked_model_is_quick(const Request *request, const ModelRecord *record, double bytes)
{
    double body = (double)request->body->bytes;
    double rows = body / (bytes * (double)record->features) + 1;
    return body <= AT_ONCE_BYTES && rows * (double)record->parameters <= AT_ONCE_PRODUCTS;
}

Reply asked_model_failed(const Request *request, const ModelRecord *record, Outcome outcome)
{
    if (outcome == OUTCOME_DIVERGED)
        return reply_status(request, STATUS_INVALID,
                            "a prediction is not finite: the inputs are too far from those that "
                            "the model was trained on");
    return reply_store(request, STATUS_NO_MEMORY, "model", record->name);
}

void asked_model_count(const Reply *reply, size_t rows, double began)
{
    metric_observe(SPAN_PREDICT, clock_seconds() - began);
    if (reply->code == 200)
        metric_add(METRIC_PREDICTED_ROWS, (int64_t)rows);
}
