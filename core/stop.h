/* The rules that end a training, as a value that is told the losses of each epoch in turn.
 *
 * Their order is: divergence, a hook's answer (both the trainer's to see), convergence, early
 * stopping, the last epoch.
 */
#ifndef CORE_STOP_H
#define CORE_STOP_H

#include "core/options.h"
#include "core/progress.h"

typedef struct Stop {
    real tolerance; /* as in TrainOptions, as are the next two */
    size_t patience, epochs;
    int validated;        /* whether there is a validation split */
    size_t epoch;         /* the last one noted */
    real ceiling;         /* training loss above which neither rule counts: it runs away */
    real best_loss;       /* lowest training loss so far */
    real best_validation; /* lowest validation loss so far */
    size_t best_epoch;    /* where that was */
    size_t stalled;       /* epochs in a row without enough improvement of the training loss */
    size_t unimproved;    /* epochs in a row without a lower validation loss */
    size_t runaway;       /* epochs in a row with a training loss above the ceiling */
} Stop;

/* Before any epoch. idle_loss is that of a network that answers 0 to everything. */
Stop stop_new(const TrainOptions *options, int validated, real idle_loss);

/* Takes up the losses of one more epoch, the first being epoch 0, and sets progress->best_epoch.
 * Returns whether this epoch's weights are the ones to keep. */
int stop_note(Stop *stop, TrainProgress *progress);

/* What the rules say after the epoch noted last; `flat` is whether the gradient there is below the
 * tolerance for gradients. TRAIN_DIVERGED where the last epoch of all has a loss above the ceiling,
 * and no better one is kept. */
TrainEnd stop_verdict(const Stop *stop, int flat);

#endif
