/* The handlers of losses and runs. Both may be asked while the job runs: they tell what was stored
 * so far. */
#include "api/api_history.h"

#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_loss.h"
#include "api/codec/codec_run.h"
#include "store/store_job.h"

/* How many runs a job makes. */
static Status count_runs(Services *services, const char *id, int64_t *runs)
{
    Job *job;
    Status status = store_job_get(services->store, id, &job);
    if (status == STATUS_OK)
        *runs = job->runs;
    job_free(job);
    return status;
}

/* The part of the history that the query asks for; *points is how many may be shown. */
static StoreEpochs epochs_decode(const Request *request, int64_t runs, long long *points,
                                 Problem *problem)
{
    static const char *const names[] = {"from", "to", "points", "run"};
    static const long long range[] = {0, 1LL << 53};
    const long long some[] = {2, range[1]}, one_of[] = {1, runs};
    request_refuse_unknown(request, names, 4, problem);
    *points = request_number(request, "points", range[1], some, problem);
    return (StoreEpochs){
        .from = request_number(request, "from", 0, range, problem),
        .to = request_number(request, "to", range[1], range, problem),
        .run = request_number(request, "run", 0, one_of, problem),
    };
}

static Reply losses_reply(const Request *request, bool csv, const Loss *losses,
                          const LossTable *table)
{
    Encoder encoder = {0};
    if (csv)
        codec_losses_csv(losses, table, &encoder.text);
    else
        codec_losses_encode(losses, table, &encoder);
    return csv ? reply_text_take("text/csv; charset=utf-8", &encoder.text)
               : reply_json_take(request, 200, &encoder);
}

Reply api_job_loss(Services *services, const Request *request)
{
    static const char *const types[] = {"application/json", "text/csv"};
    const char *type = request_accepts(request, types, 2), *id = request->param[0];
    Problem problem;
    Loss *losses;
    LossTable table = {0};
    int64_t runs = 1;
    long long points;
    Status status = count_runs(services, id, &runs);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    problem_clear(&problem);
    StoreEpochs epochs = epochs_decode(request, runs, &points, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    if (!type)
        return reply_status(request, STATUS_NOT_ACCEPTABLE,
                            "the loss comes as application/json and text/csv");
    status = store_job_losses(services->store, id, epochs, &losses, &table.count);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    table.runs = runs > 1;
    table.count = codec_losses_thin(losses, table.count, (size_t)points);
    Reply reply = losses_reply(request, strcmp(type, "text/csv") == 0, losses, &table);
    free(losses);
    return reply;
}

Reply api_job_runs(Services *services, const Request *request)
{
    const char *id = request->param[0];
    Problem problem;
    FitRun *runs;
    size_t count;
    Encoder encoder = {0};
    problem_clear(&problem);
    request_refuse_unknown(request, NULL, 0, &problem);
    if (problem.status != STATUS_OK)
        return reply_problem(request, &problem);
    Status status = store_job_runs(services->store, id, &runs, &count);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    codec_runs_encode(runs, count, &encoder);
    free(runs);
    return reply_json_take(request, 200, &encoder);
}
