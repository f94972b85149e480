/* The mean of what several networks answer, and how far their answers are apart.
 */
#ifndef CORE_ENSEMBLE_H
#define CORE_ENSEMBLE_H

#include "core/pass.h"

/* Networks of one shape, as a view. */
typedef struct Ensemble {
    const Net *const *member; /* (members) */
    size_t members;           /* >= 1 */
} Ensemble;

/* One thread's scratch for an ensemble. */
typedef struct EnsemblePass EnsemblePass;

/* For up to so many rows at a time; the members are borrowed. NULL where there is no memory. */
EnsemblePass *ensemble_pass_new(Ensemble ensemble, size_t rows) MUST_USE;
void ensemble_pass_free(EnsemblePass *pass);

/* y(n, outputs) = the mean of the members' answers to x(n, inputs); std, where its v is not NULL,
 * their population standard deviation, likewise. */
void ensemble_predict(EnsemblePass *pass, MatIn x, Mat y, Mat std);

#endif
