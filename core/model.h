/* A trained network with its scaling: it takes inputs and gives predictions in the user's units.
 * Immutable once made; any number of threads may predict with it, each with its own Pass.
 */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/data.h"
#include "core/net.h"
#include "core/pass.h"

typedef struct Model {
    Net *net;
    Scaling *scaling; /* of net's inputs and outputs */
} Model;

/* Owns both arguments from here on, also where it fails; NULL where there is no memory. */
Model *model_new_take(Net *net, Scaling *scaling) MUST_USE;
void model_free(Model *model);

/* y(n, outputs) = the predictions for x(n, inputs), both in the user's units.
 * OUTCOME_NO_MEMORY, or OUTCOME_DIVERGED where a prediction is not finite. */
Outcome model_predict(const Model *model, MatIn x, Mat y) MUST_USE;

#endif
