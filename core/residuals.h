/* How far a model was off on rows that it was not trained on: what intervals of its predictions are
 * made of. Immutable once made.
 */
#ifndef CORE_RESIDUALS_H
#define CORE_RESIDUALS_H

#include "core/data.h"
#include "core/ensemble.h"

enum { RESIDUALS_POINTS = 10000 }; /* kept of an output, at most */

typedef struct Residuals {
    size_t rows;    /* that were measured, >= 1 */
    size_t outputs; /* >= 1 */
    size_t points;  /* kept of each output: all of the rows, or RESIDUALS_POINTS quantiles */
    real *v;        /* (outputs, points) |y_hat - y| in the user's units, ascending; owned */
} Residuals;

/* All zeros, to be filled in. NULL where there is no memory. */
Residuals *residuals_new(size_t rows, size_t outputs, size_t points) MUST_USE;
void residuals_free(Residuals *residuals);

/* Those of an ensemble on rows that are scaled as scaling says; rows >= 1. NULL where there is no
 * memory. */
Residuals *residuals_measure(Ensemble ensemble, const Scaling *scaling,
                             const Data *scaled) MUST_USE;

/* Whether the numbers are such as residuals_measure makes. */
int residuals_are_sound(const Residuals *residuals);

/* The rows that an interval of this level (0 < level < 1) takes, at least: ceil(level / (1 -
 * level)). */
real residuals_rows_for(real level);

/* Half the width of the interval of that level for an output: of n residuals the ceil((n + 1)
 * level)-th smallest, or where not all were kept the next greater one that was. A row drawn as
 * those were is in y_hat +- this with a probability of at least level (split conformal prediction:
 * Papadopoulos et al., "Inductive confidence machines for regression", 2002; Lei et al.,
 * "Distribution-free predictive inference for regression", 2018). INFINITY where there are too few
 * rows. */
real residuals_quantile(const Residuals *residuals, size_t output, real level);

/* For blob.c: how many words of 8 bytes residuals (NULL: none) take, and these words. */
size_t residuals_numbers(const Residuals *residuals);
void residuals_write(const Residuals *residuals, unsigned char *at);

/* What those words hold for so many outputs. OUTCOME_NO_MEMORY, or OUTCOME_BAD_BYTES where they are
 * not such. */
Outcome residuals_read(const unsigned char *at, size_t words, size_t outputs,
                       Residuals **residuals) MUST_USE;

#endif
