/* What a training tells while it runs, and how it can be ended from outside.
 */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include "core/real.h"

/* Why a training stopped. */
typedef enum TrainEnd {
    TRAIN_GOES_ON,
    TRAIN_CONVERGED, /* by a rule, or because the optimiser finds no better point any more */
    TRAIN_EARLY_STOPPING,
    TRAIN_MAX_EPOCHS,
    TRAIN_TIME_LIMIT, /* said by a hook */
    TRAIN_CANCELLED,  /* said by a hook */
    TRAIN_DIVERGED, /* a loss or a parameter is not finite, or the last loss is out of all bounds */
} TrainEnd;

/* The losses of the network after `epoch` epochs, in the units that the optimiser sees. */
typedef struct TrainProgress {
    size_t epoch;
    real train_loss;
    real validation_loss; /* NAN without a validation split */
    size_t best_epoch;    /* with the lowest validation loss; without one, the same as epoch */
} TrainProgress;

typedef struct TrainHooks {
    void *context;
    /* After each epoch and before the first; anything but TRAIN_GOES_ON ends the training so. */
    TrainEnd (*epoch)(void *context, const TrainProgress *progress);
    /* Asked every few thousand rows; anything but TRAIN_GOES_ON ends it in mid-epoch. */
    TrainEnd (*poll)(void *context);
} TrainHooks;

#endif
