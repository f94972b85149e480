/* The core knows runs and epochs; the clock and the stop flag live here, in the hooks, and what is
 * told goes to the notes. A training that is stopped from outside is taken as it stands. */
#include "worker/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_dataset.h"
#include "store/store_job.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "tools/metrics.h"
#include "worker/training_private.h"

#define SHOW_SECONDS 0.02 /* how fresh the progress is that HTTP shows */

static TrainEnd wish(void *context)
{
    const Training *training = context;
    double limit = training->hyper.time_limit;
    if (live_wish(training->live) != LIVE_GO_ON)
        return TRAIN_CANCELLED;
    if (isfinite(limit) && clock_seconds() - training->began >= limit)
        return TRAIN_TIME_LIMIT;
    return TRAIN_GOES_ON;
}

static TrainEnd poll(void *context)
{
    training_keep(context);
    return wish(context);
}

static TrainEnd after_epoch(void *context, const FitRun *run)
{
    Training *training = context;
    Job *job = training->job;
    double now = clock_seconds();
    double epochs = (double)training->stand.epochs + (double)run->progress.epoch;
    job->run = (int64_t)run->number;
    job->progress = run->progress;
    job->epochs_per_second = epochs / (now - training->began + 1e-9);
    if (now - training->shown >= SHOW_SECONDS) {
        live_update(training->services->live, training->live, run, job->epochs_per_second);
        training->shown = now;
    }
    notes_add_epoch(training->notes, run);
    metric_add(METRIC_EPOCHS, run->progress.epoch > 0); /* epoch 0 is before the first update */
    return poll(training);
}

void training_note_run(Training *training, const FitRun *run)
{
    training->stand.epochs += (int64_t)run->progress.epoch;
    if (run->kept)
        training->stand.kept = (int64_t)run->number;
    notes_add_run(training->notes, run);
}

static void after_run(void *context, const FitRun *run)
{
    training_note_run(context, run);
}

/* What each network of the ensemble starts from: its own of a model's, or the layers given. */
static Status share_start(Training *training)
{
    const JobStart *start = &training->start;
    size_t ensemble = training->options.ensemble;
    if (!start->model && !start->net)
        return STATUS_OK;
    training->initial = calloc(ensemble, sizeof *training->initial);
    if (!training->initial)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < ensemble; i++)
        training->initial[i] =
            start->model ? start->model->member[i % start->model->members] : start->net;
    return STATUS_OK;
}

/* Reads what the job is to be trained on and how, but for the rows. */
static Status read_task(Training *training)
{
    const Job *job = training->job;
    TrainOptions *options = &training->options.train;
    Status status = hyper_read(job->hyperparameters, &training->hyper);
    if (status == STATUS_OK)
        status = store_job_initial(training->services->store, job->id, &training->start);
    if (status != STATUS_OK)
        return status;
    training->options = hyper_fit_options(&training->hyper);
    options->team = pool_team(training->services->pool);
    options->scaling = training->start.model ? training->start.model->scaling : NULL;
    return share_start(training);
}

static Status make_fit(Training *training)
{
    Dataset *dataset;
    Status status = store_dataset_load(training->services->store, training->job->dataset, &dataset);
    if (status != STATUS_OK)
        return status;
    Data *data = dataset->data;
    dataset->data = NULL;
    dataset_free(dataset);
    fit_free(training->fit);
    Outcome outcome = fit_new_take(&training->options, training->initial, &training->fit, data);
    return outcome == OUTCOME_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Makes what a training needs; on failure the job has its error. */
static Status prepare(Training *training)
{
    Services *services = training->services;
    Job *job = training->job;
    Status status = read_task(training);
    training->live = live_begin(services->live, job->id);
    if (status == STATUS_OK && training->live)
        training->notes =
            notes_new(services, job, fit_run_count(&training->options),
                      (NotesPoll){wish, training}, training->hyper.checkpoint_seconds);
    if (status == STATUS_OK && !training->notes)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = make_fit(training);
    if (status == STATUS_OK)
        status = training_take_up(training);
    if (status == STATUS_NOT_FOUND) /* from its beginning, then */
        status = make_fit(training);
    if (status == STATUS_NO_MEMORY)
        training_fail(job, status, "there was not enough memory to train this");
    else if (status != STATUS_OK)
        training_fail(job, status,
                      "what the job was to be trained on cannot be read from the store");
    return status;
}

static void train(Training *training)
{
    Job *job = training->job;
    FitHooks hooks = {training, after_epoch, poll, after_run};
    TrainEnd end;
    double entered = clock_seconds();
    training->began = entered - training->stand.seconds;
    training_begin_keeping(training);
    Outcome outcome = fit_train(training->fit, &hooks, &end);
    metric_observe(SPAN_TRAINING, clock_seconds() - entered);
    LiveWish wish = live_wish(training->live);
    if (end == TRAIN_CANCELLED && wish == LIVE_REQUEUE) {
        training_leave(training);
        return;
    }
    Model *model = training_conclude(training, outcome, end);
    job->discard = wish == LIVE_CANCEL_DISCARD && job->state == JOB_CANCELLED;
    training_store_end(training, job->discard ? NULL : model);
    model_free(model);
}

void training_run(Services *services, Job *job)
{
    Training training = {.services = services, .job = job, .began = clock_seconds()};
    log_info("job-begins", LOG_TEXT("job", job->id), LOG_NUMBER("attempt", job->attempts));
    Status status = prepare(&training);
    if (status == STATUS_OK)
        train(&training);
    else if (status != STATUS_STORE)
        training_store_end(&training, NULL);
    else
        training_put_back(&training);
    fit_free(training.fit);
    notes_free(training.notes);
    if (training.live)
        live_end(services->live, training.live);
    job_start_free(&training.start);
    free(training.initial);
}
