/* The epoch loop: from data and options to a model.
 *
 * Memory of a training: the data once, (2 + the optimiser's slots, and 1 more with a validation
 * split) arrays as long as the parameters, one batch of rows, and one Pass.
 */
#ifndef CORE_TRAIN_H
#define CORE_TRAIN_H

#include "core/opt.h"
#include "core/score.h"

#define TRAIN_HIDDEN_MAX 64

typedef struct TrainOptions {
    size_t hidden_count;
    size_t hidden[TRAIN_HIDDEN_MAX]; /* widths of the hidden layers */
    const Act *activation;
    const OptRule *optimizer;
    OptOptions opt;
    size_t batch_size;       /* rows an update; 0, or more than there are, is the whole split */
    int shuffle;             /* the rows in a new order each epoch, where there are batches */
    size_t epochs;           /* at most */
    real tolerance;          /* converged: relative improvement of the loss; 0 switches it off */
    size_t patience;         /* epochs in a row, of tolerance and of early stopping; >= 1 */
    real gradient_tolerance; /* converged: largest component of the gradient; 0 switches it off */
    real validation_split;   /* fraction of the rows held out, 0 <= v < 1 */
    real l2;         /* weight decay: adds l2 * sum of squared weights to what is minimised */
    int standardize; /* scale columns to mean 0, standard deviation 1 */
    NetInit init;
    uint64_t seed; /* the only source of randomness */
} TrainOptions;

/* Why a training stopped. */
typedef enum TrainEnd {
    TRAIN_GOES_ON,
    TRAIN_CONVERGED,
    TRAIN_EARLY_STOPPING,
    TRAIN_MAX_EPOCHS,
    TRAIN_TIME_LIMIT, /* said by a hook */
    TRAIN_CANCELLED,  /* said by a hook */
    TRAIN_DIVERGED,   /* a loss or a parameter is not finite */
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

typedef struct Trainer Trainer;

/* The depth of the network that options give; width has room for TRAIN_HIDDEN_MAX + 2. */
size_t train_shape(const TrainOptions *options, size_t inputs, size_t outputs, size_t *width);

/* Splits, scales and draws the first parameters, in this order of the one generator; initial, where
 * not NULL, is the network to start from, of the options' shape. Owns data (rows >= 1) from here
 * on, also where it fails: *trainer is then NULL. OUTCOME_NO_MEMORY; OUTCOME_TOO_LARGE. */
Outcome trainer_new_take(const TrainOptions *options, const Net *initial, Trainer **trainer,
                         Data *data) MUST_USE;
void trainer_free(Trainer *trainer);

/* Trains until a rule or a hook ends it, once. With a validation split the network is then that of
 * the best epoch. hooks, or either of them, may be NULL. */
TrainEnd trainer_run(Trainer *trainer, const TrainHooks *hooks) MUST_USE;

/* The last epoch whose losses were taken; they are NAN before the first. After TRAIN_DIVERGED it is
 * the one that showed it, of which no hook was told. */
TrainProgress trainer_progress(const Trainer *trainer);

size_t trainer_training_rows(const Trainer *trainer);
size_t trainer_validation_rows(const Trainer *trainer);
const Net *trainer_net(const Trainer *trainer); /* as it stands, borrowed */

/* The scores on both splits; validation is left alone where there is none. Fails as score_net. */
Outcome trainer_score(const Trainer *trainer, Score *training, Score *validation) MUST_USE;

/* A copy of the network with its scaling; NULL where there is no memory. */
Model *trainer_model(const Trainer *trainer) MUST_USE;

#endif
