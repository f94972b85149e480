/* A dry run trains for some tenths of a second, on a thread of the crew, so one is made at a time;
 * who comes meanwhile waits without a thread. */
#include "api/api_dry_run.h"

#include <math.h>
#include <stdio.h>

#include "api/asked_job.h"
#include "api/asked_wait.h"
#include "api/codec/codec_dry_run.h"
#include "core/footprint.h"
#include "state/survey.h"
#include "store/store_dataset.h"
#include "tools/clock.h"
#include "tools/memory.h"

#define TURN "\tdry run"   /* among the keys under way; no client's key has a tab */
#define AGAIN_SECONDS 0.05 /* after which it is asked whose turn it is */

/* The rows, to be trained on: the draft's own, or those that the store has. */
static Status load_rows(Services *services, JobDraft *draft, Problem *problem)
{
    if (draft->dataset)
        return STATUS_OK;
    Status status = store_dataset_load(services->store, draft->job->dataset, &draft->dataset);
    if (status == STATUS_NOT_FOUND)
        problem_add(problem, "#/dataset", "there is no dataset '%s' any more", draft->job->dataset);
    else if (status != STATUS_OK)
        problem_set(problem, status, "the dataset cannot be read from the store");
    return status;
}

/* Trains for a moment, as the worker would; not where that might end the daemon. */
static Outcome rehearse(Services *services, JobDraft *draft, DryRun *run)
{
    const JobStart *start = &draft->start;
    const Net *initial = start->model ? start->model->member[0] : start->net;
    Data *data = draft->dataset->data;
    TrainOptions *options = &run->options.train;
    options->team = pool_team(services->pool);
    options->scaling = start->model ? start->model->scaling : NULL;
    run->bytes = footprint_of_fit(&run->options, data->rows, data->inputs, data->outputs);
    run->too_large = run->bytes > memory_available();
    draft->dataset->data = NULL;
    return run->too_large
               ? rehearsal_skip_take(options, &run->rehearsal, data)
               : rehearsal_run_take(options, initial, services->live, &run->rehearsal, data);
}

static void warn_of_end(const JobDraft *draft, const char *prefix, DryRun *run)
{
    char at[PROBLEM_POINTER];
    const Rehearsal *rehearsal = &run->rehearsal;
    double seconds = rehearsal_seconds(rehearsal, &run->options);
    bool has_rate = isfinite(draft->hyper.learning_rate);
    snprintf(at, sizeof at, "%s%s", prefix, has_rate ? "learning_rate" : "optimizer");
    if (rehearsal->end == TRAIN_DIVERGED)
        problem_add(&run->fields, at,
                    "makes the training diverge: its loss or a weight left all bounds after %zu "
                    "epoch%s",
                    rehearsal->epochs, rehearsal->epochs == 1 ? "" : "s");
    snprintf(at, sizeof at, "%stime_limit", prefix);
    if (seconds > draft->hyper.time_limit)
        problem_add(&run->fields, at,
                    "may end the job early: all its epochs take up to %.3g seconds here", seconds);
    snprintf(at, sizeof at, "%shidden", prefix);
    if (run->too_large)
        problem_add(&run->fields, at,
                    "makes a training that takes %.0f MB of memory, more than this machine has now",
                    run->bytes / 1e6);
    else if (isnan(seconds) && rehearsal->end != TRAIN_DIVERGED)
        problem_add(&run->fields, at,
                    "makes an epoch longer than a dry run can measure: it takes seconds, at least");
}

static void warn_of_rows(const Request *request, DryRun *run)
{
    const char *at = body_is_table(request->body) ? "#" : "#/dataset";
    if (run->copies > 0)
        problem_add(&run->fields, at, "has %zu row%s that %s of an earlier one%s", run->copies,
                    run->copies == 1 ? "" : "s", run->copies == 1 ? "is a copy" : "are copies",
                    run->rehearsal.validation > 0
                        ? ": rows held out may be among those that are trained on"
                        : "");
}

/* All that can be said about a job that is sound. */
static Reply answer(Services *services, const Request *request, JobDraft *draft)
{
    Encoder encoder = {0};
    const char *prefix = body_is_table(request->body) ? "?" : "#/hyperparameters/";
    DryRun run = {.options = hyper_fit_options(&draft->hyper)};
    Status status = survey(draft->dataset, &run.columns, &run.copies);
    Outcome outcome = status == STATUS_OK ? rehearse(services, draft, &run) : OUTCOME_NO_MEMORY;
    if (outcome != OUTCOME_OK)
        return reply_status(request, STATUS_NO_MEMORY,
                            "there is not enough memory to train this now: it takes about %.0f MB",
                            run.bytes / 1e6);
    if (live_stopping(services->live))
        return reply_store(request, STATUS_STOPPING, "", "");
    HyperTask task = draft->task;
    task.rows = run.rehearsal.training;
    hyper_look(&draft->hyper, &task, prefix, &run.fields);
    warn_of_end(draft, prefix, &run);
    warn_of_rows(request, &run);
    codec_dry_run_encode(draft, draft->dataset, &run, &encoder);
    return reply_json_take(request, 200, &encoder);
}

static Reply dry_run(Services *services, const Request *request)
{
    Problem problem = request->body->problem;
    JobDraft draft;
    Reply reply;
    asked_wait(request, &problem); /* there is nothing to wait for, but it may be wrong */
    asked_job(services, request, &draft, &problem);
    if (problem.status == STATUS_OK && load_rows(services, &draft, &problem) == STATUS_OK)
        reply = answer(services, request, &draft);
    else
        reply = reply_problem(request, &problem);
    codec_job_draft_free(&draft);
    return reply;
}

Reply api_job_dry_run(Services *services, const Request *request)
{
    Status status = pending_begin(services->pending, TURN);
    if (status == STATUS_CONFLICT && !request->last_try)
        return reply_wait(clock_seconds() + AGAIN_SECONDS, "");
    if (status != STATUS_OK)
        return reply_status(request, STATUS_NO_MEMORY,
                            "too much is under way for a dry run now; try again shortly");
    Reply reply = dry_run(services, request);
    pending_end(services->pending, TURN);
    return reply;
}
