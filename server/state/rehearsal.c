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
#define EPOCH_SECONDS 0.8 /* that an epoch on all rows may take to be waited for: two are made */
#define CAP_SECONDS 2.0   /* of any training here, even if no epoch is done */
#define ROWS_TO_SAMPLE 128
#define SHORT_WORK 2e8 /* multiplications, or so, of an epoch that is surely short */

/* A training to be timed. */
typedef struct Trial {
    const TrainOptions *options;
    const Net *initial;
    Live *live;
} Trial;

/* A training against the clock. */
typedef struct Watch {
    Live *live;
    double began; /* clock_seconds */
    double first; /* when the loss before the first epoch was known */
    double last;  /* when the last one was */
    size_t epochs;
} Watch;

static TrainEnd poll(void *context)
{
    const Watch *watch = context;
    bool late = clock_seconds() - watch->began > CAP_SECONDS;
    return late || live_stopping(watch->live) ? TRAIN_TIME_LIMIT : TRAIN_GOES_ON;
}

static TrainEnd after_epoch(void *context, const TrainProgress *progress)
{
    Watch *watch = context;
    watch->last = clock_seconds();
    watch->epochs = progress->epoch;
    if (progress->epoch == 0)
        watch->first = watch->last;
    if (watch->epochs > 0 && watch->last - watch->first >= GOAL_SECONDS)
        return TRAIN_TIME_LIMIT;
    return poll(context);
}

/* Trains on these rows until the goal is reached; fills all of it. */
static Outcome attempt_take(const Trial *trial, Rehearsal *rehearsal, Data *data)
{
    Trainer *trainer;
    Watch watch = {.live = trial->live};
    TrainHooks hooks = {&watch, after_epoch, poll};
    Outcome outcome = trainer_new_take(trial->options, trial->initial, &trainer, data);
    if (outcome != OUTCOME_OK)
        return outcome;
    rehearsal->training = trainer_training_rows(trainer);
    rehearsal->validation = trainer_validation_rows(trainer);
    watch.began = clock_seconds();
    rehearsal->end = trainer_run(trainer, &hooks);
    rehearsal->tried_seconds = clock_seconds() - watch.began;
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
static Outcome attempt_sample(const Trial *trial, Rehearsal *rehearsal, const Data *data,
                              size_t step)
{
    Data *some = sample(data, step);
    return some ? attempt_take(trial, rehearsal, some) : OUTCOME_NO_MEMORY;
}

/* Trains on two samples of the rows, and makes of their epochs' times that of an epoch on all rows;
 * all else is that of the larger one. Where neither comes to an epoch, there is no time. */
static Outcome extrapolate(const Trial *trial, Rehearsal *large, const Data *data)
{
    Rehearsal small;
    Outcome outcome = attempt_sample(trial, &small, data, 64);
    if (outcome == OUTCOME_OK)
        outcome = attempt_sample(trial, large, data, 16);
    if (outcome != OUTCOME_OK)
        return outcome;
    double rows = (double)data->rows, fewer = ceil(rows / 64), more = ceil(rows / 16);
    double slope = fmax((large->epoch_seconds - small.epoch_seconds) / (more - fewer), 0);
    if (large->epochs == 0)
        large->epoch_seconds = small.epoch_seconds * rows / fewer;
    else if (small.epochs == 0)
        large->epoch_seconds *= rows / more;
    else
        large->epoch_seconds += slope * (rows - more);
    return OUTCOME_OK;
}

Outcome rehearsal_skip_take(const TrainOptions *options, Rehearsal *rehearsal, Data *data)
{
    Split *split;
    Outcome outcome = split_new_take(options, 0, &split, data);
    *rehearsal = (Rehearsal){.epoch_seconds = (double)NAN};
    if (outcome != OUTCOME_OK)
        return outcome;
    rehearsal->training = split->training.rows;
    rehearsal->validation = split->validation.rows;
    split_free(split);
    return OUTCOME_OK;
}

/* Whether an epoch is short for certain. */
static bool is_short(const TrainOptions *options, const Data *data)
{
    size_t width[TRAIN_HIDDEN_MAX + 2];
    size_t depth = train_shape(options, data->inputs, data->outputs, width);
    double count = (double)net_count(depth, width), rows = (double)data->rows;
    if (options->optimizer->family == OPT_LEVENBERG_MARQUARDT)
        return (rows + count) * count * count <= SHORT_WORK;
    return rows * count <= SHORT_WORK;
}

/* With samples first; all rows then where that is worth the while. */
static Outcome attempt_long_take(const Trial *trial, Rehearsal *rehearsal, Data *data)
{
    Rehearsal by_samples = {.epoch_seconds = (double)NAN};
    bool has_samples = data->rows >= ROWS_TO_SAMPLE;
    Outcome outcome = has_samples ? extrapolate(trial, &by_samples, data) : OUTCOME_OK;
    if (outcome != OUTCOME_OK) {
        data_free(data);
        return outcome;
    }
    if (!has_samples || rehearsal_ended_at_once(&by_samples) ||
        by_samples.epoch_seconds <= EPOCH_SECONDS)
        outcome = attempt_take(trial, rehearsal, data);
    else
        outcome = rehearsal_skip_take(trial->options, rehearsal, data);
    if (outcome == OUTCOME_OK && rehearsal->epochs == 0 && !rehearsal_ended_at_once(rehearsal))
        rehearsal->epoch_seconds = by_samples.epoch_seconds;
    return outcome;
}

Outcome rehearsal_run_take(const TrainOptions *options, const Net *initial, Live *live,
                           Rehearsal *rehearsal, Data *data)
{
    Trial trial = {options, initial, live};
    *rehearsal = (Rehearsal){.epoch_seconds = (double)NAN};
    return is_short(options, data) ? attempt_take(&trial, rehearsal, data)
                                   : attempt_long_take(&trial, rehearsal, data);
}

bool rehearsal_ended_at_once(const Rehearsal *rehearsal)
{
    return rehearsal->epochs == 0 && rehearsal->end == TRAIN_CONVERGED;
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
    double run = rehearsal_ended_at_once(rehearsal)
                     ? rehearsal->tried_seconds
                     : rehearsal->epoch_seconds * epochs_of_run(&options->train);
    return run * each * parts;
}
