/* Trained networks with their scaling: an ensemble of one or more, whose prediction is their mean.
 * It takes inputs and gives predictions in the user's units. Immutable once made; any number of
 * threads may predict with it.
 */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/data.h"
#include "core/ensemble.h"
#include "core/residuals.h"

typedef struct Model {
    size_t members;       /* >= 1 */
    Net **member;         /* (members), all of one shape and activation; owned */
    Scaling *scaling;     /* of their inputs and outputs; owned */
    Residuals *residuals; /* on rows held out; owned; NULL where there were none */
} Model;

/* A model of one network. Owns both arguments from here on, also where it fails; NULL where there
 * is no memory. */
Model *model_new_take(Net *net, Scaling *scaling) MUST_USE;

/* A model of copies of these networks and this scaling; NULL where there is no memory. */
Model *model_new(Ensemble ensemble, const Scaling *scaling) MUST_USE;
void model_free(Model *model);

/* Its members, as a view. */
Ensemble model_ensemble(const Model *model);

/* For whoever makes it: one member more, of the shape of the others. Owns net, also where it fails:
 * OUTCOME_NO_MEMORY. */
Outcome model_add_take(Model *model, Net *net) MUST_USE;

/* y(n, outputs) = the mean of the members' predictions for x(n, inputs), both in the user's units;
 * std, where its v is not NULL, the population standard deviation of these predictions, likewise.
 * OUTCOME_NO_MEMORY, or OUTCOME_DIVERGED where a number is not finite. */
Outcome model_predict(const Model *model, MatIn x, Mat y, Mat std) MUST_USE;

#endif
