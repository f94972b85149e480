/* Levenberg-Marquardt: Gauss-Newton steps, damped as far as they have to be, for networks of up to
 * a few thousand parameters; and the weight decay that the data themselves ask for.
 */
#ifndef CORE_LM_H
#define CORE_LM_H

#include "core/objective.h"
#include "core/tape.h"

/* The most parameters: two matrices of parameters x parameters take 1 GiB then. */
#define LM_PARAMETERS_MAX 8192

typedef struct Lm Lm;

/* For networks of this shape, parameter_count <= LM_PARAMETERS_MAX, on a team, which is borrowed;
 * NULL is the caller's thread alone. NULL where there is no memory.
 *
 * bayesian: the objective's l2 is set anew with each step to what is most probable under the
 * evidence approximation (MacKay, 1992) with the Gauss-Newton Hessian (Foresee and Hagan, 1997). */
Lm *lm_new(const Net *shape, int bayesian, const Team *team) MUST_USE;
void lm_free(Lm *lm);

/* One accepted step d of (J^T J + N l2 D + mu I) d = -N / 2 gradient, where N is the number of
 * squared errors and D is 1 for parameters that decay; mu by the gain ratio (Nielsen, 1999). Where
 * no mu gives a lower value: TRAIN_CONVERGED. Whatever is returned but TRAIN_GOES_ON, the network
 * has not moved; after an interruption the same call does the same. */
TrainEnd lm_step(Lm *lm, Objective *objective) MUST_USE;

/* Bayesian: the effective number of parameters, gamma; NAN before the first step, and without. */
real lm_effective(const Lm *lm);

void lm_tape(Lm *lm, Tape *tape);

#endif
