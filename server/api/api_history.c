/* The handlers of losses and runs. Both may be asked while the job runs: they tell what was stored
 * so far. */
#include "api/api_history.h"

#include <stdlib.h>

#include "api/codec/codec_loss.h"
#include "api/codec/codec_run.h"
#include "api/plot/plot.h"
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

/* A way to show losses. */
typedef struct Show {
    const char *type;                           /* as it is asked for */
    const char *full;                           /* as it is sent */
    long long points;                           /* more than these show nothing more */
    void (*plot)(const Plot *plot, Text *text); /* NULL: not a plot */
} Show;

enum { SHOW_JSON, SHOW_CSV, SHOW_SVG, SHOW_TEXT, SHOWS };

static const Show shows[SHOWS] = {
    [SHOW_JSON] = {"application/json", "application/json", INT64_MAX, NULL},
    [SHOW_CSV] = {"text/csv", "text/csv; charset=utf-8", INT64_MAX, NULL},
    [SHOW_SVG] = {"image/svg+xml", "image/svg+xml", 800, plot_svg},
    [SHOW_TEXT] = {"text/plain", "text/plain; charset=utf-8", INT64_MAX, plot_text},
};

/* The one that Accept likes best, NULL where it takes none. */
static const Show *show_asked(const Request *request)
{
    const char *types[SHOWS];
    for (size_t i = 0; i < SHOWS; i++)
        types[i] = shows[i].type;
    const char *type = request_accepts(request, types, SHOWS);
    for (size_t i = 0; i < SHOWS; i++)
        if (type == shows[i].type)
            return &shows[i];
    return NULL;
}

static Reply losses_reply(const Request *request, const Show *show, const Loss *losses,
                          const LossTable *table)
{
    Encoder encoder = {0};
    if (show == &shows[SHOW_JSON]) {
        codec_losses_encode(losses, table, &encoder);
        return reply_json_take(request, 200, &encoder);
    }
    if (show == &shows[SHOW_CSV]) {
        codec_losses_csv(losses, table, &encoder.text);
    } else {
        const Plot plot = plot_of(losses, table->count, request->param[0]);
        show->plot(&plot, &encoder.text);
    }
    return reply_text_take(show->full, &encoder.text);
}

Reply api_job_loss(Services *services, const Request *request)
{
    const Show *show = show_asked(request);
    const char *id = request->param[0];
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
    if (!show)
        return reply_status(request, STATUS_NOT_ACCEPTABLE,
                            "the loss comes as application/json and text/csv, and as a plot: "
                            "image/svg+xml and, for a terminal, text/plain");
    status = store_job_losses(services->store, id, epochs, &losses, &table.count);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    table.runs = runs > 1;
    points = points < show->points ? points : show->points;
    table.count = codec_losses_thin(losses, table.count, (size_t)points);
    Reply reply = losses_reply(request, show, losses, &table);
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
