/* A model for the fuzz targets that ask one for predictions.
 */
#ifndef FUZZ_ENSEMBLE_H
#define FUZZ_ENSEMBLE_H

#include "core/model.h"
#include "fuzz/fuzz.h"

/* Two networks of so many inputs and one output, so that all that an ensemble has can be asked
 * for. The caller's. */
static inline Model *ensemble_of_two(size_t features)
{
    const size_t width[] = {features, 1};
    const Act *act = act_find("tanh");
    Model *model = model_new_take(net_new(1, width, act), scaling_new(features, 1));
    demand(model != NULL);
    demand(model_add_take(model, net_new(1, width, act)) == OUTCOME_OK);
    return model;
}

#endif
