/* L-BFGS: a quasi-Newton method that keeps the last few steps instead of a matrix.
 */
#ifndef CORE_LBFGS_H
#define CORE_LBFGS_H

#include "core/objective.h"
#include "core/tape.h"

#define LBFGS_HISTORY 10 /* steps that are kept: 2 arrays as long as the parameters each */

typedef struct Lbfgs Lbfgs;

/* For networks of this shape; NULL where there is no memory. */
Lbfgs *lbfgs_new(const Net *shape) MUST_USE;
void lbfgs_free(Lbfgs *lbfgs);

/* One iteration: the network moves to a point that meets the strong Wolfe conditions along the
 * direction of Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4. Where neither that
 * direction nor the gradient leads to a lower value: TRAIN_CONVERGED. Whatever is returned but
 * TRAIN_GOES_ON, the network has not moved; after an interruption the same call does the same. */
TrainEnd lbfgs_step(Lbfgs *lbfgs, Objective *objective) MUST_USE;

void lbfgs_tape(Lbfgs *lbfgs, Tape *tape);

#endif
