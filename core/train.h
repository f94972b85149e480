/* The epoch loop: from data and options to a model.
 *
 * Memory of a training: the data once, (2 + the optimiser's, and 1 more with a validation split)
 * arrays as long as the parameters, one batch of rows, and one Sweep. The optimiser's are its
 * slots; for lbfgs 23; for levenberg_marquardt 2 and 2 more a parameter, and a Jacobian of
 * JACOBIAN_ROWS + 1 and what two Passes have in activations.
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
