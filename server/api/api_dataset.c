/* The handlers of datasets. */
#include "api/api_dataset.h"

#include <stdio.h>
#include <string.h>

#include "api/codec/codec_dataset.h"
#include "api/codec/codec_json.h"
#include "api/once.h"
#include "api/page.h"
#include "api/present.h"
#include "store/store_dataset.h"

static Dataset *decode(const Request *request, Problem *problem)
{
    static const char *const table_names[] = {"target", "name"};
    request_refuse_unknown(request, table_names, body_is_table(request->body) ? 2 : 0, problem);
    if (body_is_table(request->body))
        return codec_dataset_from_table(request, problem);
    json_t *json = codec_json_body(request, problem);
    Dataset *dataset = json ? codec_dataset_from_json(json, "", request->body, problem) : NULL;
    json_decref(json);
    return dataset;
}

static Reply created(const Request *request, const Dataset *dataset)
{
    Encoder encoder = {0};
    codec_dataset_encode(dataset, &encoder);
    Reply reply = reply_json_take(request, 201, &encoder);
    snprintf(reply.location, sizeof reply.location, "%s/%s", request->path, dataset->id);
    return reply;
}

static Reply create(Services *services, const Request *request)
{
    Problem problem = request->body->problem;
    Reply reply;
    StoreKey key = once_key(request);
    Dataset *dataset = decode(request, &problem);
    Status status = STATUS_OK;
    if (problem.status == STATUS_OK)
        status = store_dataset_add_once(services->store, dataset, &key);
    if (problem.status != STATUS_OK) {
        reply = reply_problem(request, &problem);
    } else if (status != STATUS_OK) {
        reply = reply_store(request, status, "dataset", dataset->id);
    } else {
        reply = created(request, dataset);
    }
    dataset_free(dataset);
    return reply;
}

/* The answer once more to who has made it. */
static Reply recall(Services *services, const Request *request, const char *made)
{
    Dataset *dataset;
    Status status = store_dataset_get(services->store, made, &dataset);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", made);
    Reply reply = created(request, dataset);
    dataset_free(dataset);
    return reply;
}

Reply api_dataset_create(Services *services, const Request *request)
{
    static const OnceWork work = {create, recall};
    return once(services, request, &work);
}

Reply api_dataset_list(Services *services, const Request *request)
{
    Problem problem;
    Encoder encoder = {0};
    Dataset **datasets;
    size_t count;
    bool more;
    problem_clear(&problem);
    StorePage page = page_decode(request, "ds", NULL, 0, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Status status = store_dataset_list(services->store, page, &datasets, &count, &more);
    if (status != STATUS_OK)
        return reply_store(request, status, "list", "");
    page_begin(&encoder);
    for (size_t i = 0; i < count; i++)
        codec_dataset_encode(datasets[i], &encoder);
    page_end(&encoder, more ? datasets[count - 1]->id : NULL);
    store_datasets_free(datasets, count);
    return reply_json_take(request, 200, &encoder);
}

Reply api_dataset_get(Services *services, const Request *request)
{
    Dataset *dataset;
    Encoder encoder = {0};
    const char *id = request->param[0];
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = store_dataset_get(services->store, id, &dataset);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", id);
    codec_dataset_encode(dataset, &encoder);
    dataset_free(dataset);
    return reply_json_take(request, 200, &encoder);
}

Reply api_dataset_delete(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Reply refusal;
    if (reply_refuses_query(request, &refusal))
        return refusal;
    Status status = store_dataset_delete(services->store, id);
    if (status == STATUS_CONFLICT)
        return reply_status(request, status, "a job that has not ended needs the dataset '%s'", id);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", id);
    return reply_nothing();
}

/* What the query and Accept ask for of rows. */
typedef struct RowsAsk {
    size_t offset, limit;
    const char *type; /* NULL: none that there is */
} RowsAsk;

static RowsAsk rows_ask_decode(const Request *request, Problem *problem)
{
    static const char *const names[] = {"offset", "limit"};
    static const char *const types[] = {"application/json", "text/csv"};
    static const long long offsets[] = {0, 1LL << 53}, limits[] = {1, 1000000};
    request_refuse_unknown(request, names, 2, problem);
    return (RowsAsk){
        .offset = (size_t)request_number(request, "offset", 0, offsets, problem),
        .limit = (size_t)request_number(request, "limit", 100, limits, problem),
        .type = request_accepts(request, types, 2),
    };
}

static Reply rows_reply(Services *services, const Request *request, const RowsAsk *ask)
{
    Dataset *dataset;
    Encoder encoder = {0};
    const char *id = request->param[0];
    Status status = store_dataset_rows(services->store, id, ask->offset, ask->limit, &dataset);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", id);
    bool csv = strcmp(ask->type, "text/csv") == 0;
    if (csv)
        codec_rows_csv(dataset, &encoder.text);
    else
        codec_rows_encode(dataset, ask->offset, &encoder);
    dataset_free(dataset);
    return csv ? reply_text_take("text/csv; charset=utf-8", &encoder.text)
               : reply_json_take(request, 200, &encoder);
}

/* Rows never change, so the id of their dataset is enough to know them; it has to be there. */
Reply api_dataset_rows(Services *services, const Request *request)
{
    Problem problem;
    Dataset *dataset;
    Reply reply;
    char etag[REPLY_TAG];
    const char *id = request->param[0];
    problem_clear(&problem);
    const RowsAsk ask = rows_ask_decode(request, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    if (!ask.type)
        return reply_status(request, STATUS_NOT_ACCEPTABLE,
                            "rows come as application/json and text/csv");
    present_tag(request, id, ask.type, etag);
    if (present_is_known(request, etag, &reply)) {
        Status status = store_dataset_get(services->store, id, &dataset);
        if (status != STATUS_OK)
            return reply_store(request, status, "dataset", id);
        dataset_free(dataset);
        return reply;
    }
    reply = rows_reply(services, request, &ask);
    if (reply.code == 200)
        memcpy(reply.etag, etag, sizeof etag);
    return reply;
}
