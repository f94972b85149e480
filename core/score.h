/* How well networks do on data: the metrics of regression, in the user's units. */
#ifndef CORE_SCORE_H
#define CORE_SCORE_H

#include "core/data.h"
#include "core/ensemble.h"

typedef struct Score {
    real mse;  /* mean over rows and outputs of (y_hat - y)^2 */
    real rmse; /* its root */
    real mae;  /* mean over rows and outputs of |y_hat - y| */
    real r2;   /* 1 - unexplained share of the variance, averaged over the outputs; an output that
                  does not vary counts 1 where it is met exactly, else 0 (as in scikit-learn) */
} Score;

/* The scores of an ensemble on rows that are scaled as scaling says; rows >= 1.
 * OUTCOME_NO_MEMORY, or OUTCOME_DIVERGED where a score is not finite. */
Outcome score_ensemble(Ensemble ensemble, const Scaling *scaling, const Data *scaled,
                       Score *score) MUST_USE;

#endif
