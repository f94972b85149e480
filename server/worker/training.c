/* The core knows epochs; the clock, the history buffer and the stop flag live here, in the hooks.
 * Losses gather in a buffer that is flushed in one transaction a second, and with the end. Where
 * the store cannot be written the training waits, and goes on by itself when it can be. */
#include "worker/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/hyper.h"
#include "store/store_dataset.h"
#include "store/store_job.h"
#include "tools/clock.h"
#include "tools/log.h"

#define BUFFER_LOSSES 10000
#define FLUSH_SECONDS 1.0
#define SHOW_SECONDS 0.02 /* how fresh the progress is that HTTP shows */
#define RETRY_SECONDS 0.5

typedef struct Training {
    Services *services;
    Job *job;
    Hyper hyper;
    JobStart start; /* borrowed by the trainer */
    LiveJob *live;
    Trainer *trainer;
    StoreLoss *losses;            /* (BUFFER_LOSSES) */
    size_t count;                 /* losses since the last flush */
    double began, flushed, shown; /* clock_seconds */
} Training;

static void flush(Training *training)
{
    Status status = store_job_progress(training->services->store, training->job, training->losses,
                                       training->count);
    if (status == STATUS_OK)
        training->count = 0;
}

/* Flushes until there is room, or the daemon stops. */
static void make_room(Training *training)
{
    flush(training);
    while (training->count == BUFFER_LOSSES && live_wish(training->live) != LIVE_REQUEUE) {
        bell_wait(training->services->queued, bell_count(training->services->queued),
                  RETRY_SECONDS);
        flush(training);
    }
    if (training->count == BUFFER_LOSSES && live_wish(training->live) == LIVE_REQUEUE)
        training->count = 0; /* the daemon stops with a full disk; the job will begin again */
}

static TrainEnd poll(void *context)
{
    const Training *training = context;
    double limit = training->hyper.time_limit;
    if (live_wish(training->live) != LIVE_GO_ON)
        return TRAIN_CANCELLED;
    if (isfinite(limit) && clock_seconds() - training->began >= limit)
        return TRAIN_TIME_LIMIT;
    return TRAIN_GOES_ON;
}

static TrainEnd after_epoch(void *context, const TrainProgress *progress)
{
    Training *training = context;
    Job *job = training->job;
    double now = clock_seconds();
    job->progress = *progress;
    job->epochs_per_second = (double)progress->epoch / (now - training->began + 1e-9);
    training->losses[training->count++] =
        (StoreLoss){(int64_t)progress->epoch, progress->train_loss, progress->validation_loss};
    if (now - training->shown >= SHOW_SECONDS) {
        live_update(training->services->live, training->live, progress, job->epochs_per_second);
        training->shown = now;
    }
    if (training->count == BUFFER_LOSSES ||
        now - training->flushed >= fmin(FLUSH_SECONDS, training->hyper.checkpoint_seconds)) {
        make_room(training);
        training->flushed = now;
    }
    return poll(training);
}

static void fail(Job *job, Status status, const char *why)
{
    job->state = JOB_FAILED;
    job->error_status = status;
    snprintf(job->error, sizeof job->error, "%s", why);
}

static void fail_diverged(Training *training)
{
    const Hyper *hyper = &training->hyper;
    char why[sizeof training->job->error], rate[100] = "smaller numbers";
    double smaller = hyper->learning_rate / 10;
    double usual = opt_at(hyper->optimizer)->learning_rate;
    if (isfinite(hyper->learning_rate))
        snprintf(rate, sizeof rate, "a learning_rate of %g or less (it was %g)",
                 smaller < usual ? smaller : usual, hyper->learning_rate);
    snprintf(why, sizeof why,
             "the training diverged at epoch %zu: a loss or a weight is not finite any more; try "
             "%s%s",
             trainer_progress(training->trainer).epoch, rate,
             hyper->standardize ? "" : ", or standardize, which scales the columns");
    training->job->stopped_because = TRAIN_DIVERGED;
    fail(training->job, STATUS_DIVERGED, why);
}

/* Fills the job's scores and makes its model; NULL where one of them cannot be, which is said. */
static Model *score_and_model(Training *training)
{
    Job *job = training->job;
    Model *model = NULL;
    Outcome outcome = trainer_score(training->trainer, &job->training, &job->validation);
    if (outcome == OUTCOME_OK)
        model = trainer_model(training->trainer);
    if (outcome == OUTCOME_DIVERGED)
        fail(job, STATUS_DIVERGED,
             "the squared errors in the targets' own units are beyond the range of a 64-bit float; "
             "divide the targets by a constant");
    else if (!model)
        fail(job, STATUS_NO_MEMORY, "there was not enough memory to finish the training");
    job->has_training = model != NULL;
    job->has_validation = model && trainer_validation_rows(training->trainer) > 0;
    return model;
}

/* The state that an end of the training leads to, with the scores; the model where there is one. */
static Model *conclude(Training *training, TrainEnd end)
{
    Job *job = training->job;
    job->stopped_because = end;
    job->state = end == TRAIN_CANCELLED ? JOB_CANCELLED : JOB_SUCCEEDED;
    if (end != TRAIN_DIVERGED)
        return score_and_model(training);
    fail_diverged(training);
    return NULL;
}

/* Whether a write that failed so may succeed later. */
static bool may_pass(Status status)
{
    return status == STATUS_STORE || status == STATUS_STORE_FULL || status == STATUS_NO_MEMORY;
}

/* Stores the end; where the store cannot be written, again and again until the daemon stops. */
static Status write_end(Training *training, const Model *model)
{
    Services *services = training->services;
    Status status;
    bool said = false;
    do {
        status = store_job_finish(services->store, training->job, training->losses, training->count,
                                  model);
        if (status == STATUS_OK || !may_pass(status))
            break;
        if (!said)
            log_warning("job end waits", LOG_TEXT("job", training->job->id),
                        LOG_TEXT("status", status_slug(status)));
        said = true;
        bell_wait(services->queued, bell_count(services->queued), RETRY_SECONDS);
    } while (!live_stopping(services->live));
    return status;
}

static void store_end(Training *training, const Model *model)
{
    Services *services = training->services;
    Job *job = training->job;
    if (model)
        cache_renew_begin(services->cache, job->model_name);
    Status status = write_end(training, model);
    if (model)
        cache_renew_end(services->cache, job->model_name);
    if (status != STATUS_OK) { /* it is still `running` in the store: the next start queues it */
        log_error("job end lost", LOG_TEXT("job", job->id),
                  LOG_TEXT("status", status_slug(status)));
        return;
    }
    log_info("job ended", LOG_TEXT("job", job->id), LOG_TEXT("state", job_state_name(job->state)),
             LOG_TEXT("because", job_end_name(job->stopped_because)),
             LOG_NUMBER("epochs", job->progress.epoch),
             LOG_NUMBER("ms", (clock_seconds() - training->began) * 1000));
    bell_ring(services->ended);
}

/* Makes what a training needs; on failure the job has its error. */
static Status prepare(Training *training)
{
    Job *job = training->job;
    Store *store = training->services->store;
    Dataset *dataset = NULL;
    JobStart *start = &training->start;
    Status status = hyper_read(job->hyperparameters, &training->hyper);
    if (status == STATUS_OK)
        status = store_dataset_load(store, job->dataset, &dataset);
    if (status == STATUS_OK)
        status = store_job_initial(store, job->id, start);
    training->losses = malloc(BUFFER_LOSSES * sizeof *training->losses);
    training->live = live_begin(training->services->live, job->id);
    if (status == STATUS_OK && (!training->losses || !training->live))
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        TrainOptions options = hyper_fit_options(&training->hyper).train;
        const Net *initial = start->model ? start->model->member[0] : start->net;
        options.scaling = start->model ? start->model->scaling : NULL;
        options.team = pool_team(training->services->pool);
        Data *data = dataset->data;
        dataset->data = NULL;
        if (trainer_new_take(&options, initial, &training->trainer, data) != OUTCOME_OK)
            status = STATUS_NO_MEMORY;
    }
    dataset_free(dataset);
    if (status == STATUS_NO_MEMORY)
        fail(job, status, "there was not enough memory to train this");
    else if (status != STATUS_OK)
        fail(job, status, "what the job was to be trained on cannot be read from the store");
    return status;
}

static void train(Training *training)
{
    Job *job = training->job;
    TrainHooks hooks = {training, after_epoch, poll};
    training->began = training->flushed = clock_seconds();
    TrainEnd end = trainer_run(training->trainer, &hooks);
    LiveWish wish = live_wish(training->live);
    if (end == TRAIN_CANCELLED && wish == LIVE_REQUEUE) {
        if (store_job_requeue(training->services->store, job->id, "the daemon stopped") ==
            STATUS_OK)
            log_info("job queued again", LOG_TEXT("job", job->id));
        return;
    }
    Model *model = conclude(training, end);
    job->discard = wish == LIVE_CANCEL_DISCARD && job->state == JOB_CANCELLED;
    store_end(training, job->discard ? NULL : model);
    model_free(model);
}

void training_run(Services *services, Job *job)
{
    Training training = {.services = services, .job = job, .began = clock_seconds()};
    log_info("job begins", LOG_TEXT("job", job->id), LOG_NUMBER("attempt", job->attempts));
    Status status = prepare(&training);
    if (status == STATUS_OK)
        train(&training);
    else if (status != STATUS_STORE)
        store_end(&training, NULL);
    else if (store_job_requeue(services->store, job->id, "the store could not be read") ==
             STATUS_OK)
        bell_wait(services->queued, bell_count(services->queued), RETRY_SECONDS);
    if (training.live)
        live_end(services->live, training.live);
    trainer_free(training.trainer);
    job_start_free(&training.start);
    free(training.losses);
}
