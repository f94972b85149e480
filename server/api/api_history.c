/* The handlers of losses and runs. Both may be asked while the job runs: they tell what was stored
 * so far. */
#include "api/api_history.h"

#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_loss.h"
#include "api/codec/codec_run.h"
#include "api/loss_stream.h"
#include "api/plot/plot.h"
#include "api/present.h"
#include "store/store_job.h"

#define ROWS_AT_ONCE 10000 /* a history that is longer is sent as it is read */

/* What the query asks for. */
static HistoryAsk ask_decode(const Request *request, int64_t runs, Problem *problem)
{
    static const char *const names[] = {"from", "to", "points", "run"};
    static const long long range[] = {0, 1LL << 53};
    const long long some[] = {2, range[1]}, one_of[] = {1, runs};
    request_refuse_unknown(request, names, 4, problem);
    return (HistoryAsk){
        .epochs = {.from = request_number(request, "from", 0, range, problem),
                   .to = request_number(request, "to", range[1], range, problem),
                   .run = request_number(request, "run", 0, one_of, problem)},
        .points = (size_t)request_number(request, "points", range[1], some, problem),
    };
}

/* Losses that are held, to be written. */
typedef struct Held {
    Loss *losses;
    size_t count;
    bool runs;       /* each names its run */
    const char *job; /* its id */
} Held;

static void write_json(const Held *held, Encoder *encoder)
{
    codec_loss_object(held->losses, held->count, held->runs, encoder);
}

static void write_csv(const Held *held, Encoder *encoder)
{
    codec_loss_csv_head(held->runs, encoder);
    codec_loss_csv(held->losses, held->count, held->runs, encoder);
}

static void draw_svg(const Held *held, Encoder *encoder)
{
    const Plot plot = plot_of(held->losses, held->count, held->job);
    plot_svg(&plot, &encoder->text);
}

static void draw_text(const Held *held, Encoder *encoder)
{
    const Plot plot = plot_of(held->losses, held->count, held->job);
    plot_text(&plot, &encoder->text);
}

/* A way to show losses. */
typedef struct Show {
    const char *type; /* as it is asked for */
    const char *full; /* as it is sent */
    void (*write)(const Held *held, Encoder *encoder);
    size_t points; /* more than these show nothing more; SIZE_MAX: it is no plot, and may be long */
    LossForm form; /* of one that is long */
} Show;

#define SHOWS 4

static const Show shows[SHOWS] = {
    {"application/json", "application/json", write_json, SIZE_MAX, LOSS_JSON},
    {"text/csv", "text/csv; charset=utf-8", write_csv, SIZE_MAX, LOSS_CSV},
    {"image/svg+xml", "image/svg+xml", draw_svg, 800, LOSS_CSV},
    {"text/plain", "text/plain; charset=utf-8", draw_text, 8000, LOSS_CSV},
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

/* All rows of a history, to be freed with free(), also where that fails. */
static Status gather(Store *store, History *history, Held *held)
{
    const Loss *rows;
    size_t count;
    held->losses = malloc((history_rows(history) + 1) * sizeof *held->losses);
    Status status = held->losses ? history_next(history, store, &rows, &count) : STATUS_NO_MEMORY;
    while (status == STATUS_OK && count > 0) {
        memcpy(held->losses + held->count, rows, count * sizeof *rows);
        held->count += count;
        status = history_next(history, store, &rows, &count);
    }
    return status;
}

/* A history that is short enough to be held. */
static Reply show_short(Services *services, const Request *request, const Show *show,
                        History *history, bool runs)
{
    Held held = {.runs = runs, .job = request->param[0]};
    Encoder encoder = {0};
    Status status = gather(services->store, history, &held);
    if (status == STATUS_OK)
        show->write(&held, &encoder);
    free(held.losses);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", request->param[0]);
    return show->write == write_json ? reply_json_take(request, 200, &encoder)
                                     : reply_text_take(show->full, &encoder.text);
}

static Reply show_losses(Services *services, const Request *request, const Show *show,
                         HistoryAsk ask, bool runs)
{
    History *history;
    if (ask.points > show->points)
        ask.points = show->points;
    Status status = history_open(services->store, request->param[0], &ask, &history);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", request->param[0]);
    if (show->points < SIZE_MAX || history_rows(history) <= ROWS_AT_ONCE) {
        Reply reply = show_short(services, request, show, history, runs);
        history_free(history);
        return reply;
    }
    Stream *stream = loss_stream_take(show->form, runs, history);
    if (!stream)
        return reply_store(request, STATUS_NO_MEMORY, "job", request->param[0]);
    return (Reply){.code = 200, .type = show->full, .stream = stream};
}

Reply api_job_loss(Services *services, const Request *request)
{
    const Show *show = show_asked(request);
    Problem problem;
    Job *job;
    Reply reply;
    char etag[REPLY_TAG] = "";
    Status status = store_job_get(services->store, request->param[0], &job);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", request->param[0]);
    problem_clear(&problem);
    HistoryAsk ask = ask_decode(request, job->runs, &problem);
    if (show && job_state_ended(job->state))
        present_tag(request, job->id, show->type, etag);
    if (problem.status != STATUS_OK)
        reply = reply_problem(request, &problem);
    else if (!show)
        reply = reply_status(request, STATUS_NOT_ACCEPTABLE,
                             "the loss comes as application/json and text/csv, and as a plot: "
                             "image/svg+xml and, for a terminal, text/plain");
    else if (!present_is_known(request, etag, &reply))
        reply = show_losses(services, request, show, ask, job->runs > 1);
    if (reply.code == 200)
        memcpy(reply.etag, etag, sizeof etag);
    job_free(job);
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
