/* What a Trainer holds, for the files that are parts of it: train (the loop), train_new (how it
 * comes into being) and checkpoint (its state as bytes).
 */
#ifndef CORE_TRAIN_PRIVATE_H
#define CORE_TRAIN_PRIVATE_H

#include "core/batches.h"
#include "core/method.h"
#include "core/stop.h"
#include "core/train.h"

/* What comes next. A training that is interrupted goes on with the same stage. */
typedef enum Stage {
    STAGE_LOSSES,  /* of the network after `epoch` epochs, to be told */
    STAGE_VERDICT, /* these are told; the rules are to be asked */
    STAGE_UPDATES, /* the batches of this epoch, or what is left of them */
} Stage;

struct Trainer {
    TrainOptions options;      /* without the scaling */
    Split *own;                /* the split, where it is owned; else NULL */
    Data training, validation; /* views of the split's rows */
    const Scaling *scaling;    /* the split's */
    Net *net;
    Sweep *sweep;
    Objective objective; /* of net; its gradient is owned here */
    Method *method;
    Schedule schedule;
    Batches batches; /* of training */
    real *best;      /* (parameter_count): of the best epoch; NULL without a validation split */
    int best_shown;  /* best and net have changed places, between two runs */
    Rng rng;
    Stop stop;
    Stage stage;
    size_t epoch; /* whole epochs of updates behind it */
    TrainProgress progress;
};

/* Lets the network be the one of the best epoch, or the last one again. */
void train_show_best(Trainer *trainer, int shown);

#endif
