/* The rules that end a training. They own nothing and know only the losses, so they can be tried on
 * any sequence of numbers.
 */
#include "core/stop.h"

#include <math.h>

/* A loss so many times what training began with is on its way to infinity: it counts neither as
 * converged nor as over-trained, however long it takes to overflow; and where training ends with
 * it, that has diverged. */
#define RUNAWAY 10

Stop stop_new(const TrainOptions *options, int validated, real idle_loss)
{
    return (Stop){
        .tolerance = options->tolerance,
        .patience = options->patience,
        .epochs = options->epochs,
        .validated = validated,
        .ceiling = RUNAWAY * idle_loss,
    };
}

static void note_training(Stop *stop, real loss)
{
    const real improvement = stop->best_loss - loss;
    /* "Not more than" rather than "less than": the two part only where both sides are 0, and a loss
     * of exactly 0 has nothing left to improve. */
    const int stalled = !(improvement > stop->tolerance * stop->best_loss);
    stop->stalled = stalled ? stop->stalled + 1 : 0;
    if (improvement > 0) {
        stop->best_loss = loss;
    }
}

static void note_validation(Stop *stop, real loss, size_t epoch)
{
    if (loss < stop->best_validation) {
        stop->best_validation = loss;
        stop->best_epoch = epoch;
        stop->unimproved = 0;
    } else {
        stop->unimproved++;
    }
}

int stop_note(Stop *stop, TrainProgress *progress)
{
    stop->epoch = progress->epoch;
    if (progress->epoch == 0) {
        stop->ceiling = fmax(stop->ceiling, RUNAWAY * progress->train_loss);
        stop->best_loss = progress->train_loss;
        stop->best_validation = progress->validation_loss;
    } else {
        note_training(stop, progress->train_loss);
        note_validation(stop, progress->validation_loss, progress->epoch);
    }
    stop->runaway = progress->train_loss > stop->ceiling ? stop->runaway + 1 : 0;
    if (stop->runaway > 0) {
        stop->stalled = stop->unimproved = 0;
    }
    if (!stop->validated) {
        stop->best_epoch = progress->epoch;
    }
    progress->best_epoch = stop->best_epoch;
    return stop->best_epoch == progress->epoch;
}

TrainEnd stop_verdict(const Stop *stop, int flat)
{
    if (flat || (stop->tolerance > 0 && stop->stalled >= stop->patience)) {
        return TRAIN_CONVERGED;
    }
    if (stop->validated && stop->unimproved >= stop->patience) {
        return TRAIN_EARLY_STOPPING;
    }
    if (stop->epoch < stop->epochs) {
        return TRAIN_GOES_ON;
    }
    return stop->runaway > 0 && !stop->validated ? TRAIN_DIVERGED : TRAIN_MAX_EPOCHS;
}
