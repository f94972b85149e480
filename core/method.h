/* One optimiser at work on one network, whichever it is: how the trainer sees all of them.
 * To add one that is not of the first order: four functions and a row in method.c.
 */
#ifndef CORE_METHOD_H
#define CORE_METHOD_H

#include "core/objective.h"
#include "core/options.h"

typedef struct Method Method;

/* The optimiser that options name, for networks of this shape. OUTCOME_NO_MEMORY; OUTCOME_TOO_LARGE
 * where the network has more parameters than the method can take. */
Outcome method_new(const TrainOptions *options, const Net *shape, Method **method) MUST_USE;
void method_free(Method *method);

/* One update of objective->net on objective->rows, with that share of the learning rate.
 * TRAIN_CONVERGED where the method finds no better point; what the poll says where that is not
 * TRAIN_GOES_ON. In both cases nothing has changed, and the same call does the same again. */
TrainEnd method_step(Method *method, Objective *objective, real share) MUST_USE;

/* The state between updates; that of which size depends on options and shape alone. */
void method_tape(Method *method, Tape *tape);

/* Bayesian regularisation: the effective number of parameters; else NAN. */
real method_effective(const Method *method);

#endif
