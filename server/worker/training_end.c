/* How a training ends: what becomes of the job, and its model.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_job.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "worker/training_private.h"

#define RETRY_SECONDS 0.5

void training_fail(Job *job, Status status, const char *why)
{
    job->state = JOB_FAILED;
    job->error_status = status;
    snprintf(job->error, sizeof job->error, "%s", why);
}

/* "", or " in run 3 of 6" where there are several. */
static const char *which_run(const Training *training, char text[80])
{
    const Job *job = training->job;
    text[0] = '\0';
    if (job->runs > 1)
        snprintf(text, 80, " in run %zu of %lld", fit_run(training->fit)->number,
                 (long long)job->runs);
    return text;
}

/* The first loss of networks that were trained before is not finite. */
static void fail_start(Training *training)
{
    char why[sizeof training->job->error], run[80];
    snprintf(
        why, sizeof why,
        "the training diverged%s at epoch 0: in the scaling of from_model (%.121s) the loss on "
        "these rows is not finite; give rows in the units of that model's, or leave "
        "from_model out",
        which_run(training, run), training->job->from_model);
    training_fail(training->job, STATUS_DIVERGED, why);
}

static void fail_diverged(Training *training)
{
    const Hyper *hyper = &training->hyper;
    char why[sizeof training->job->error], rate[100] = "smaller numbers", run[80];
    double smaller = hyper->learning_rate / 10;
    double usual = opt_at(hyper->optimizer)->learning_rate;
    if (isfinite(hyper->learning_rate))
        snprintf(rate, sizeof rate, "a learning_rate of %g or less (it was %g)",
                 smaller < usual ? smaller : usual, hyper->learning_rate);
    snprintf(why, sizeof why,
             "the training diverged%s at epoch %zu: its loss or a weight left all bounds; try "
             "%s%s",
             which_run(training, run), fit_run(training->fit)->progress.epoch, rate,
             hyper->standardize ? "" : ", or standardize, which scales the columns");
    training_fail(training->job, STATUS_DIVERGED, why);
}

/* Whatever ended its last run: it is not what ended the job. */
static void fail_outcome(Training *training, Outcome outcome)
{
    training->job->stopped_because = TRAIN_GOES_ON;
    if (outcome == OUTCOME_DIVERGED)
        training_fail(
            training->job, STATUS_DIVERGED,
            "the squared errors in the targets' own units are beyond the range of a 64-bit float; "
            "divide the targets by a constant");
    else
        training_fail(training->job, STATUS_NO_MEMORY,
                      "there was not enough memory to finish the training");
}

/* The limit came before the first network of the model was begun. */
static void fail_early(Training *training)
{
    char why[sizeof training->job->error], run[80];
    snprintf(why, sizeof why,
             "the time_limit of %g s ended the training%s, in the cross-validation, before the "
             "model itself was trained; raise time_limit, or lower cross_validation (it was %zu)",
             training->hyper.time_limit, which_run(training, run), training->options.folds);
    training_fail(training->job, STATUS_TIME_LIMIT, why);
}

/* Fills the job's scores and makes its model; NULL where one of them cannot be, which is said. */
static Model *score_and_model(Training *training)
{
    Job *job = training->job;
    Model *model = NULL;
    Outcome outcome = fit_score(training->fit, &job->training, &job->validation);
    if (outcome == OUTCOME_OK)
        model = fit_model(training->fit);
    if (!model)
        fail_outcome(training, outcome);
    job->has_training = model != NULL;
    job->has_validation = model && fit_validation_rows(training->fit) > 0;
    return model;
}

/* Copies the scores of the folds into the job. */
static Outcome take_folds(Training *training)
{
    Job *job = training->job;
    size_t count;
    const Score *scores = fit_folds(training->fit, &count);
    if (count == 0)
        return OUTCOME_OK;
    free(job->fold);
    job->fold = malloc(count * sizeof *scores);
    job->fold_count = job->fold ? count : 0;
    if (job->fold)
        memcpy(job->fold, scores, count * sizeof *scores);
    return job->fold ? OUTCOME_OK : OUTCOME_NO_MEMORY;
}

/* The run that a hook has interrupted counts as ended. */
static Outcome settle(Training *training)
{
    if (fit_run(training->fit)->end != TRAIN_GOES_ON)
        return OUTCOME_OK;
    Outcome outcome = fit_settle(training->fit);
    if (outcome == OUTCOME_OK)
        training_note_run(training, fit_run(training->fit));
    return outcome;
}

Model *training_conclude(Training *training, Outcome outcome, TrainEnd end)
{
    Job *job = training->job;
    bool stopped = outcome == OUTCOME_OK && (end == TRAIN_CANCELLED || end == TRAIN_TIME_LIMIT);
    if (stopped)
        outcome = settle(training);
    if (outcome == OUTCOME_OK)
        outcome = take_folds(training);
    job->stopped_because = end;
    job->state = end == TRAIN_CANCELLED ? JOB_CANCELLED : JOB_SUCCEEDED;
    if (outcome != OUTCOME_OK)
        fail_outcome(training, outcome);
    else if (end == TRAIN_DIVERGED && training->start.model &&
             fit_run(training->fit)->progress.epoch == 0)
        fail_start(training);
    else if (end == TRAIN_DIVERGED)
        fail_diverged(training);
    else if (fit_members(training->fit) > 0)
        return score_and_model(training);
    else if (end == TRAIN_TIME_LIMIT)
        fail_early(training);
    return NULL;
}

/* Whether a write that failed so may succeed later. */
static bool may_pass(Status status)
{
    return status == STATUS_STORE || status == STATUS_STORE_FULL || status == STATUS_NO_MEMORY;
}

/* How an attempt ends. */
typedef struct Ending {
    bool again;         /* the job is queued again; else it has ended */
    const Model *model; /* of the latter; NULL: none */
} Ending;

static Status write_once(const Training *training, const Ending *ending)
{
    Store *store = training->services->store;
    StoreRecord record = {0};
    if (ending->again)
        return store_job_requeue(store, training->job->id, "the store could not be read");
    if (training->notes)
        record = notes_left(training->notes);
    return store_job_finish(store, training->job, &record, ending->model);
}

/* Where the store cannot be written, again and again until the daemon stops. */
static Status write_end(Training *training, Ending ending)
{
    Services *services = training->services;
    Status status;
    bool said = false;
    do {
        status = write_once(training, &ending);
        if (status == STATUS_OK || !may_pass(status))
            break;
        if (!said)
            log_warning("job-end-waits", LOG_TEXT("job", training->job->id),
                        LOG_TEXT("status", status_slug(status)));
        said = true;
        bell_wait(services->queued, bell_count(services->queued), RETRY_SECONDS);
    } while (!live_stopping(services->live));
    return status;
}

/* The store does not take the model, now or later: the job fails without it, or else its row would
 * be running, and count as that, until the daemon starts again. */
static Status write_failure(Training *training, Status status)
{
    Job *job = training->job;
    char why[sizeof job->error];
    snprintf(why, sizeof why, "the model cannot be stored: %s", status_title(status));
    training_fail(job, status, why);
    job->has_training = job->has_validation = false;
    return write_end(training, (Ending){0});
}

/* A training that ended early may have fewer networks than were asked for. */
static void count_kept(Training *training, const Model *model)
{
    Job *job = training->job;
    int64_t ensemble = (int64_t)training->options.ensemble;
    job->parameters = job->parameters / ensemble * (int64_t)model->members;
}

void training_store_end(Training *training, const Model *model)
{
    Services *services = training->services;
    Job *job = training->job;
    if (model) {
        count_kept(training, model);
        cache_renew_begin(services->cache, job->model_name);
    }
    Status status = write_end(training, (Ending){.model = model});
    if (model && status != STATUS_OK && !may_pass(status))
        status = write_failure(training, status);
    if (model)
        cache_renew_end(services->cache, job->model_name);
    if (status != STATUS_OK) { /* it is still `running` in the store: the next start queues it */
        log_error("job-end-lost", LOG_TEXT("job", job->id),
                  LOG_TEXT("status", status_slug(status)));
        return;
    }
    log_info("job-ended", LOG_TEXT("job", job->id), LOG_TEXT("state", job_state_name(job->state)),
             LOG_TEXT("because", job_end_name(job->stopped_because)),
             LOG_NUMBER("epochs", training->stand.epochs),
             LOG_NUMBER("ms", (clock_seconds() - training->began) * 1000));
    /* When the daemon stops, who waits was answered, and a worker may outlast the network. */
    if (!live_stopping(services->live))
        bell_ring(services->ended);
}

void training_put_back(Training *training)
{
    Services *services = training->services;
    Status status = write_end(training, (Ending){.again = true});
    LiveWish wish = training->live ? live_wish(training->live) : LIVE_GO_ON;
    if (status == STATUS_OK && (wish == LIVE_CANCEL || wish == LIVE_CANCEL_DISCARD))
        status = store_job_cancel(services->store, training->job->id);
    if (status == STATUS_OK)
        bell_wait(services->queued, bell_count(services->queued), RETRY_SECONDS);
    else
        log_error("job-not-queued-again", LOG_TEXT("job", training->job->id),
                  LOG_TEXT("status", status_slug(status)));
}
