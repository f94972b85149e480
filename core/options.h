/* What a training is to do: the core's side of the table of hyperparameters.
 */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include "core/data.h"
#include "core/net.h"
#include "core/opt.h"
#include "core/schedule.h"
#include "core/team.h"

#define TRAIN_HIDDEN_MAX 64

typedef struct TrainOptions {
    size_t hidden_count;
    size_t hidden[TRAIN_HIDDEN_MAX]; /* widths of the hidden layers */
    const Act *activation;
    const OptRule *optimizer;
    OptOptions opt;
    ScheduleOptions schedule; /* of the learning rate; all 0 is constant */
    real clip_norm;           /* a longer gradient is shortened to this norm; 0 switches it off */
    int bayesian;             /* 1: levenberg_marquardt picks l2 itself; else 0 */
    size_t batch_size;        /* rows an update; 0, or more than there are, is the whole split. An
                                 optimiser that knows no batches takes the whole split anyway */
    int shuffle;              /* the rows in a new order each epoch, where there are batches */
    size_t epochs;            /* at most */
    real tolerance;           /* converged: relative improvement of the loss; 0 switches it off */
    size_t patience;          /* epochs in a row, of tolerance and of early stopping; >= 1 */
    real gradient_tolerance;  /* converged: largest component of the gradient; 0 switches it off */
    real validation_split;    /* fraction of the rows held out, 0 <= v < 1 */
    real l2;         /* weight decay: adds l2 * sum of squared weights to what is minimised */
    int standardize; /* scale columns to mean 0, standard deviation 1 */
    const Scaling *scaling; /* a given one, of the data's columns, in place of both; or NULL.
                               Borrowed until the trainer is made */
    NetInit init;
    uint64_t seed;    /* the only source of randomness */
    const Team *team; /* shares what has many rows, and changes no bit; borrowed for as long as the
                         trainer lives. NULL: the caller's thread alone */
} TrainOptions;

/* The depth of the network that options give; width has room for TRAIN_HIDDEN_MAX + 2. */
size_t train_shape(const TrainOptions *options, size_t inputs, size_t outputs, size_t *width);

#endif
