/* What one job trains: the runs of a cross-validation, and then those of the model, which is an
 * ensemble of one network or more, each the best of its restarts.
 *
 * Every run is a training from a seed of its own: seed, seed + 1, ... over the members and, within
 * each, its restarts. All of them share one split into training and validation rows, drawn by the
 * first seed, so that restarts can be compared and the ensemble can be scored. For each fold of a
 * cross-validation the same is done with the rows outside the fold, and the ensemble is scored on
 * those inside. What the model itself becomes does not depend on there being folds.
 *
 * Memory: that of one Trainer, a network a member, and with folds the data once more.
 */
#ifndef CORE_FIT_H
#define CORE_FIT_H

#include "core/train.h"

typedef struct FitOptions {
    TrainOptions train;
    size_t restarts; /* of each network, >= 1: the best by validation, else by training loss */
    size_t ensemble; /* networks of the model, >= 1 */
    size_t folds;    /* 0: no cross-validation; else 2 .. rows */
} FitOptions;

/* One training among those of a fit. Numbers count from 1. */
typedef struct FitRun {
    size_t number; /* of all runs, in the order in which they are trained */
    size_t fold;   /* 0: a run for the model itself */
    size_t member; /* of the ensemble */
    size_t restart;
    uint64_t seed;
    TrainEnd end;           /* TRAIN_GOES_ON while it has not ended */
    TrainProgress progress; /* of its last epoch */
    real effective;         /* Bayesian regularisation: the effective parameters; else NAN */
    int kept;               /* whether it is the best restart of its member so far */
} FitRun;

/* As TrainHooks; ended is told of each run that has ended. Each may be NULL. */
typedef struct FitHooks {
    void *context;
    TrainEnd (*epoch)(void *context, const FitRun *run);
    TrainEnd (*poll)(void *context);
    void (*ended)(void *context, const FitRun *run);
} FitHooks;

typedef struct Fit Fit;

/* How many runs these options make. SIZE_MAX where they could not be counted. */
size_t fit_run_count(const FitOptions *options);

/* initial, where not NULL, has the networks (ensemble) to start from, of the options' shape;
 * borrowed until the fit is freed, as are the options' team and scaling. Owns data (rows >= 1)
 * from here on, also where it fails: *fit is then NULL. Outcomes as trainer_new_take. */
Outcome fit_new_take(const FitOptions *options, const Net *const *initial, Fit **fit,
                     Data *data) MUST_USE;
void fit_free(Fit *fit);

/* Trains all runs, in *end why the last of the model's kept runs stopped. A hook's answer ends the
 * fit so; called again, it goes on from there. TRAIN_DIVERGED where all restarts of a network
 * diverged. OUTCOME_NO_MEMORY; OUTCOME_DIVERGED where the score of a fold is not finite. */
Outcome fit_train(Fit *fit, const FitHooks *hooks, TrainEnd *end) MUST_USE;

/* The run that is trained now, or was last. */
const FitRun *fit_run(const Fit *fit);

/* After a hook has ended it, for good: takes the run that was interrupted as one that has ended. It
 * becomes a member of the model only as its first, or as a better restart.
 * OUTCOME_NO_MEMORY. */
Outcome fit_settle(Fit *fit) MUST_USE;

/* Networks that the model has so far; before the first, neither of the next two may be asked. */
size_t fit_members(const Fit *fit);

/* The ensemble as it stands, with its residuals on the validation rows, where there are some; NULL
 * where there is no memory. */
Model *fit_model(const Fit *fit) MUST_USE;

/* Its scores on both splits; validation is left alone where there is none. Fails as
 * score_ensemble. */
Outcome fit_score(const Fit *fit, Score *training, Score *validation) MUST_USE;

size_t fit_validation_rows(const Fit *fit);

/* The scores of the folds that were finished (count), each on the rows that it held out; r2 is NAN
 * where that was one row. */
const Score *fit_folds(const Fit *fit, size_t *count);

#endif
