/* What a Fit holds, for the files that are parts of it: fit (the runs) and fit_checkpoint (its
 * state as bytes).
 */
#ifndef CORE_FIT_PRIVATE_H
#define CORE_FIT_PRIVATE_H

#include "core/fit.h"

struct Fit {
    FitOptions options;
    const Net *const *initial; /* borrowed; NULL where parameters are drawn */
    Data *rows;                /* with folds: as they came, until the model itself is trained */
    size_t *fold_of;           /* (rows), from 0; NULL without folds */
    Split *split;              /* of this part */
    Trainer *trainer;          /* NULL between two runs */
    FitRun run;
    TrainEnd end;          /* of the newest kept run */
    TrainEnd interruption; /* what a hook said last */
    size_t members;        /* kept, of this part */
    Net **member;          /* (ensemble) */
    real best;             /* trainer_loss of the kept restart of the newest member */
    size_t folds;          /* finished */
    Score *fold;           /* (folds) */
    const FitHooks *hooks;
};

/* Lets a new fit stand at the beginning of that run, with no network kept yet and no score of the
 * folds that lie before it. Where it fails, the fit may only be freed. */
Outcome fit_stand_at(Fit *fit, size_t number) MUST_USE;

#endif
