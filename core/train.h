/* The epoch loop: from data and options to a model.
 *
 * Memory of a training, in numbers of 8 bytes, where the network has P parameters:
 *   the data        once, in float64; while they are split, the validation rows once more
 *   scaling         2 a column
 *   parameters      2 P, with a validation split 3 P
 *   the optimiser   P a slot (opt.h); lbfgs 23 P; levenberg_marquardt 2 P^2 +
 *                   (2 + CHOLESKY_PANEL) P and GRAM_ROWS rows of what goes into each layer, a 1,
 *                   and the hidden layers again, each filled up to a multiple of 8; and for each
 *                   worker of the team P, the widest layer, GRAM_SCRATCH, and 2 JACOBIAN_ROWS rows
 *                   as wide as the hidden and output layers
 *   shuffled rows   a batch, and 1 a training row
 *   a Sweep         partial gradients of P (sweep.h), and for each of its workers a Pass:
 *     activations   a block of 32 rows (128 where a layer has 2^16 weights), twice as wide as the
 *                   hidden and output layers, and as the widest of all
 *     weights       once, but for those of the first layer
 *     odd layers    twice, filled up: those whose width is neither 1 nor a multiple of 8 take
 *                   2 (inputs + 1) outputs, with outputs rounded up to the next multiple
 */
#ifndef CORE_TRAIN_H
#define CORE_TRAIN_H

#include "core/model.h"
#include "core/options.h"
#include "core/progress.h"
#include "core/score.h"
#include "core/split.h"

typedef struct Trainer Trainer;

/* Draws the first parameters; initial, where not NULL, is the network to start from, of the
 * options' shape. Borrows the split for as long as the trainer lives. *trainer is NULL where it
 * fails: OUTCOME_NO_MEMORY; OUTCOME_TOO_LARGE, also where the optimiser cannot take so many
 * parameters. */
Outcome trainer_new(const TrainOptions *options, const Net *initial, Trainer **trainer,
                    const Split *split) MUST_USE;

/* The same with a split of its own: owns data (rows >= 1) from here on, also where it fails. */
Outcome trainer_new_take(const TrainOptions *options, const Net *initial, Trainer **trainer,
                         Data *data) MUST_USE;
void trainer_free(Trainer *trainer);

/* Trains until a rule or a hook ends it; called again, goes on from there: an epoch that was told
 * is not told again, and the bits are those of a training that was not interrupted. With a
 * validation split the network is that of the best epoch in between. hooks, or either of them, may
 * be NULL. */
TrainEnd trainer_run(Trainer *trainer, const TrainHooks *hooks) MUST_USE;

/* The last epoch whose losses were taken; they are NAN before the first. After TRAIN_DIVERGED it is
 * the one that showed it, of which no hook was told. */
TrainProgress trainer_progress(const Trainer *trainer);

size_t trainer_training_rows(const Trainer *trainer);
size_t trainer_validation_rows(const Trainer *trainer);
const Net *trainer_net(const Trainer *trainer); /* as it stands, borrowed */

/* What restarts are compared by: the validation loss of the network as it stands after a run, or
 * without a validation split the last training loss. NAN before the first epoch. */
real trainer_loss(const Trainer *trainer);

/* The scores on both splits; validation is left alone where there is none. Fails as
 * score_ensemble. */
Outcome trainer_score(const Trainer *trainer, Score *training, Score *validation) MUST_USE;

/* With Bayesian regularisation the effective number of parameters, after an update; else NAN. */
real trainer_effective(const Trainer *trainer);

/* A copy of the network with its scaling; NULL where there is no memory. */
Model *trainer_model(const Trainer *trainer) MUST_USE;

#endif
