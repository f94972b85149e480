/* The training is the core's own, with hooks that look at the clock. Where an epoch on all rows may
 * be long, two samples of them are timed first: what an epoch takes grows with the rows along a
 * straight line (products over rows, and what is done once an epoch, such as solving for a step).
 */
#include "state/rehearsal.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tools/clock.h"

#define GOAL_SECONDS 0.3  /* of measuring */
#define EPOCH_SECONDS 1.8 /* that an epoch on all rows may take to be waited for */
#define CAP_SECONDS 2.0   /* of any training here, even if no epoch is done */
#define SHORT_WORK 2e8    /* rows times parameters of which an epoch is surely short */

/* A training against the clock. */
typedef struct Watch {
    double began; /* clock_seconds */
    double first; /* when the loss before the first epoch was known */
    double last;  /* when the last one was */
    size_t epochs;
} Watch;

static TrainEnd after_epoch(void *context, const TrainProgress *progress)
{
    Watch *watch = context;
    watch->last = clock_seconds();
    watch->epochs = progress->epoch;
    if (progress->epoch == 0)
        watch->first = watch->last;
    return watch->epochs > 0 && watch->last - watch->first >= GOAL_SECONDS ? TRAIN_TIME_LIMIT
                                                                           : TRAIN_GOES_ON;
}

static TrainEnd poll(void *context)
{
    const Watch *watch = context;
    return clock_seconds() - watch->began > CAP_SECONDS ? TRAIN_TIME_LIMIT : TRAIN_GOES_ON;
}

/* Trains on these rows until the goal is reached; fills all of it. */
static Outcome attempt_take(const TrainOptions *options, const Net *initial, Rehearsal *rehearsal,
                            Data *data)
{
    Trainer *trainer;
    Watch watch = {.began = clock_seconds()};
    TrainHooks hooks = {&watch, after_epoch, poll};
    Outcome outcome = trainer_new_take(options, initial, &trainer, data);
    if (outcome != OUTCOME_OK)
        return outcome;
    rehearsal->training = trainer_training_rows(trainer);
    rehearsal->validation = trainer_validation_rows(trainer);
    watch.began = clock_seconds();
    rehearsal->end = trainer_run(trainer, &hooks);
    rehearsal->epochs = watch.epochs;
    rehearsal->epoch_seconds =
        watch.epochs > 0 ? (watch.last - watch.first) / (double)watch.epochs : (double)NAN;
    trainer_free(trainer);
    return OUTCOME_OK;
}

/* Every so-manieth row. NULL where there is no memory. */
static Data *sample(const Data *data, size_t step)
{
    size_t columns = data->inputs + data->outputs, rows = (data->rows + step - 1) / step;
    Data *some = data_new(rows, data->inputs, data->outputs);
    for (size_t i = 0; some && i < rows; i++)
        memcpy(some->v + i * columns, data->v + i * step * columns, columns * sizeof *some->v);
    return some;
}

/* Times a sample of the rows. */
static Outcome attempt_sample(const TrainOptions *options, const Net *initial, Rehearsal *rehearsal,
                              const Data *data, size_t step)
{
    Data *some = sample(data, step);
    return some ? attempt_take(options, initial, rehearsal, some) : OUTCOME_NO_MEMORY;
}

/* The time of an epoch on all rows by those of two samples of them. */
static Outcome extrapolate(const TrainOptions *options, const Net *initial, Rehearsal *rehearsal,
                           const Data *data)
{
    Rehearsal small, large;
    Outcome outcome = attempt_sample(options, initial, &small, data, 64);
    if (outcome == OUTCOME_OK)
        outcome = attempt_sample(options, initial, &large, data, 16);
    if (outcome != OUTCOME_OK)
        return outcome;
    double rows = (double)data->rows, fewer = ceil(rows / 64), more = ceil(rows / 16);
    double slope = fmax((large.epoch_seconds - small.epoch_seconds) / (more - fewer), 0);
    rehearsal->epochs = small.epochs + large.epochs;
    if (large.epochs > 0)
        rehearsal->epoch_seconds = large.epoch_seconds + slope * (rows - more);
    else
        rehearsal->epoch_seconds = small.epoch_seconds * rows / fewer;
    return OUTCOME_OK;
}

/* The numbers of rows alone, of a training that is not begun. */
static Outcome count_rows_take(const TrainOptions *options, Rehearsal *rehearsal, Data *data)
{
    Split *split;
    Outcome outcome = split_new_take(options, 0, &split, data);
    if (outcome != OUTCOME_OK)
        return outcome;
    rehearsal->training = split->training.rows;
    rehearsal->validation = split->validation.rows;
    split_free(split);
    return OUTCOME_OK;
}

Outcome rehearsal_run_take(const TrainOptions *options, const Net *initial, Rehearsal *rehearsal,
                           Data *data)
{
    size_t width[TRAIN_HIDDEN_MAX + 2];
    size_t depth = train_shape(options, data->inputs, data->outputs, width);
    double count = (double)net_count(depth, width);
    double steps = options->optimizer->family == OPT_LEVENBERG_MARQUARDT ? count : 1;
    Outcome outcome = OUTCOME_OK;
    *rehearsal = (Rehearsal){.epoch_seconds = (double)NAN};
    if ((double)data->rows * count * steps + count * steps * steps <= SHORT_WORK)
        return attempt_take(options, initial, rehearsal, data);
    if (data->rows >= 128)
        outcome = extrapolate(options, initial, rehearsal, data);
    if (outcome != OUTCOME_OK) {
        data_free(data);
        return outcome;
    }
    /* where even a sample was too long, or there are no rows to leave out, it may still be tried */
    if (rehearsal->epoch_seconds <= EPOCH_SECONDS || data->rows < 128)
        return attempt_take(options, initial, rehearsal, data);
    return count_rows_take(options, rehearsal, data);
}

/* The losses of the network before its first epoch take nearly an epoch where the gradient comes
 * from the same pass; they are little beside a step of Levenberg and Marquardt. */
static double epochs_of_run(const TrainOptions *options)
{
    bool is_lm = options->optimizer->family == OPT_LEVENBERG_MARQUARDT;
    return (double)options->epochs + (is_lm ? 0 : 1);
}

double rehearsal_seconds(const Rehearsal *rehearsal, const FitOptions *options)
{
    double each = (double)options->restarts * (double)options->ensemble;
    double folds = (double)options->folds;
    double parts = 1 + (folds > 0 ? folds - 1 : 0); /* folds of (folds - 1) / folds of the rows */
    return rehearsal->epoch_seconds * epochs_of_run(&options->train) * each * parts;
}
