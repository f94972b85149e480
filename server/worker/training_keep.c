/* Checkpoints of a training: one transaction with all that it has told.
 *
 * The first comes soon, and each wait is twice as long as the last, up to checkpoint_seconds: a
 * daemon that goes down every second gets on as well. Where it went down before under this job, the
 * first comes at once, so that what makes no progress is told from what does.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/fit_checkpoint.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "worker/training_private.h"

#define FIRST_SECONDS 0.2
#define FIRST_SECONDS_AFTER_A_CRASH 0.01
#define SHARE 20 /* at the beginning a checkpoint may cost one part in so many of the time */
#define LEAVE_BYTES ((size_t)256 << 20) /* more would take too long when the daemon stops */

typedef Status Write(Store *store, const Job *job, const StoreRecord *record,
                     const Checkpoint *checkpoint);

/* The checksum that a state ends with. */
static uint64_t sum_of(const unsigned char *state, size_t size)
{
    uint64_t sum;
    memcpy(&sum, state + size - sizeof sum, sizeof sum);
    return sum;
}

/* Where the training stands, without its state. */
static Checkpoint stand_now(const Training *training)
{
    const FitRun *run = fit_run(training->fit);
    Checkpoint now = training->stand;
    now.run = (int64_t)run->number;
    now.epoch = isnan(run->progress.train_loss) ? -1 : (int64_t)run->progress.epoch;
    now.best_epoch = (int64_t)run->progress.best_epoch;
    now.seconds = clock_seconds() - training->began;
    return now;
}

/* Writes a checkpoint with what the notes have; where only_new is set, nothing if the training got
 * no further since the last. */
static Status keep(Training *training, Write *write, bool only_new)
{
    Checkpoint now = stand_now(training);
    StoreRecord record = notes_left(training->notes);
    Outcome outcome = fit_save(training->fit, &now.state, &now.size);
    if (outcome != OUTCOME_OK)
        return outcome == OUTCOME_NO_MEMORY ? STATUS_NO_MEMORY : STATUS_DIVERGED;
    uint64_t sum = sum_of(now.state, now.size);
    Status status = STATUS_OK;
    if (!only_new || sum != training->kept_sum) {
        status = write(training->services->store, training->job, &record, &now);
        if (status == STATUS_OK)
            notes_stored(training->notes);
    }
    if (status == STATUS_OK)
        training->kept_sum = sum;
    free(now.state);
    return status;
}

void training_begin_keeping(Training *training)
{
    bool crashed = training->job->crashes > 0;
    double first = crashed ? FIRST_SECONDS_AFTER_A_CRASH : FIRST_SECONDS;
    training->keep_every = fmin(first, training->hyper.checkpoint_seconds);
    training->keep_at = crashed ? 0 : clock_seconds() + training->keep_every;
}

void training_keep(Training *training)
{
    double began = clock_seconds(), longest = training->hyper.checkpoint_seconds;
    if (began < training->keep_at)
        return;
    Status status = keep(training, store_checkpoint_put, true);
    double now = clock_seconds();
    log_debug("checkpoint", LOG_TEXT("job", training->job->id),
              LOG_TEXT("status", status_slug(status)), LOG_NUMBER("ms", (now - began) * 1000));
    double least = fmin(SHARE * (now - began), longest);
    training->keep_at = now + fmax(training->keep_every, least);
    training->keep_every = fmin(2 * training->keep_every, longest);
}

void training_leave(Training *training)
{
    Store *store = training->services->store;
    const char *id = training->job->id;
    Status status = STATUS_TOO_LARGE;
    if (fit_state_size(training->fit) <= LEAVE_BYTES)
        status = keep(training, store_checkpoint_leave, false);
    if (status == STATUS_TOO_LARGE || status == STATUS_NO_MEMORY || status == STATUS_STORE_FULL ||
        status == STATUS_DIVERGED)
        status = store_job_requeue(store, id, "the daemon stopped"); /* at the last checkpoint */
    if (status == STATUS_OK)
        log_info("job-queued-again", LOG_TEXT("job", id));
    else /* the next start takes it up */
        log_warning("job-not-queued-again", LOG_TEXT("job", id),
                    LOG_TEXT("status", status_slug(status)));
}

/* The checkpoint is of no use: the job begins anew. */
static Status begin_anew(Training *training)
{
    Job *job = training->job;
    log_warning("checkpoint-is-damaged", LOG_TEXT("job", job->id),
                LOG_TEXT("consequence", "the job begins anew"));
    Status status = store_checkpoint_forget(training->services->store, job->id);
    training->stand = (Checkpoint){0};
    job->run = 1;
    job->progress = (TrainProgress){.train_loss = (double)NAN, .validation_loss = (double)NAN};
    return status == STATUS_OK ? STATUS_NOT_FOUND : status;
}

/* What the fit would be kept as right now: a daemon that went down before it got any further than
 * this made no progress. */
static Status note_beginning(Training *training)
{
    unsigned char *state;
    size_t size;
    if (training->job->crashes == 0)
        return STATUS_OK;
    Outcome outcome = fit_save(training->fit, &state, &size);
    if (outcome == OUTCOME_OK) {
        training->kept_sum = sum_of(state, size);
        free(state);
    }
    return outcome == OUTCOME_NO_MEMORY ? STATUS_NO_MEMORY : STATUS_OK;
}

Status training_take_up(Training *training)
{
    Checkpoint *stand = &training->stand;
    const Job *job = training->job;
    Status status = store_checkpoint_get(training->services->store, job->id, stand);
    if (status == STATUS_NOT_FOUND)
        return note_beginning(training);
    if (status == STATUS_DAMAGED)
        return begin_anew(training);
    if (status != STATUS_OK)
        return status;
    Outcome outcome = fit_load(training->fit, stand->state, stand->size);
    training->kept_sum = outcome == OUTCOME_OK ? sum_of(stand->state, stand->size) : 0;
    free(stand->state);
    stand->state = NULL;
    if (outcome != OUTCOME_OK)
        return outcome == OUTCOME_NO_MEMORY ? STATUS_NO_MEMORY : begin_anew(training);
    log_info("job-goes-on", LOG_TEXT("job", job->id), LOG_NUMBER("run", stand->run),
             LOG_NUMBER("epoch", stand->epoch));
    return STATUS_OK;
}
