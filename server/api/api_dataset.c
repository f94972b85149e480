/* The handlers of datasets. */
#include "api/api_dataset.h"

#include <stdio.h>
#include <string.h>

#include "api/codec/codec_dataset.h"
#include "api/codec/codec_json.h"
#include "api/page.h"
#include "store/store_dataset.h"

static Dataset *decode(const Request *request, Problem *problem)
{
    static const char *const csv_names[] = {"target", "name"};
    request_refuse_unknown(request, csv_names, request->body->csv ? 2 : 0, problem);
    if (request->body->csv)
        return codec_dataset_from_csv(request, problem);
    json_t *json = codec_json_body(request, problem);
    Dataset *dataset = json ? codec_dataset_from_json(json, "", request->body, problem) : NULL;
    json_decref(json);
    return dataset;
}

Reply api_dataset_create(Services *services, const Request *request)
{
    Problem problem = request->body->problem;
    Encoder encoder = {0};
    Reply reply;
    Dataset *dataset = decode(request, &problem);
    Status status = dataset ? store_dataset_add(services->store, dataset) : STATUS_OK;
    if (!dataset) {
        reply = reply_problem(request, &problem);
    } else if (status != STATUS_OK) {
        reply = reply_store(request, status, "dataset", dataset->id);
    } else {
        codec_dataset_encode(dataset, &encoder);
        reply = reply_json_take(request, 201, &encoder);
        snprintf(reply.location, sizeof reply.location, "%s/%s", request->path, dataset->id);
    }
    dataset_free(dataset);
    return reply;
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
    if (reply_to_query(request, &refusal))
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
    if (reply_to_query(request, &refusal))
        return refusal;
    Status status = store_dataset_delete(services->store, id);
    if (status == STATUS_CONFLICT)
        return reply_status(request, status, "a job that has not ended needs the dataset '%s'", id);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", id);
    return reply_nothing();
}

Reply api_dataset_rows(Services *services, const Request *request)
{
    static const char *const names[] = {"offset", "limit"};
    static const char *const types[] = {"application/json", "text/csv"};
    const char *type = request_accepts(request, types, 2);
    Problem problem;
    Dataset *dataset;
    Encoder encoder = {0};
    problem_clear(&problem);
    request_refuse_unknown(request, names, 2, &problem);
    long long offset = request_number(request, "offset", 0, (long long[]){0, 1LL << 53}, &problem);
    long long limit = request_number(request, "limit", 100, (long long[]){1, 1000000}, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    if (!type)
        return reply_status(request, STATUS_NOT_ACCEPTABLE,
                            "rows come as application/json and text/csv");
    Status status = store_dataset_rows(services->store, request->param[0], (size_t)offset,
                                       (size_t)limit, &dataset);
    if (status != STATUS_OK)
        return reply_store(request, status, "dataset", request->param[0]);
    bool csv = strcmp(type, "text/csv") == 0;
    if (csv)
        codec_rows_csv(dataset, &encoder.text);
    else
        codec_rows_encode(dataset, (size_t)offset, &encoder);
    dataset_free(dataset);
    return csv ? reply_text_take("text/csv; charset=utf-8", &encoder.text)
               : reply_json_take(request, 200, &encoder);
}
