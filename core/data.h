/* Rows of inputs and targets, the split into training and validation rows, and scaling.
 *
 * One row holds its inputs and then its targets, so a row moves, is scaled and is stored as one.
 */
#ifndef CORE_DATA_H
#define CORE_DATA_H

#include "core/mat.h"
#include "core/rng.h"

typedef struct Data {
    size_t rows, inputs, outputs;
    real *v; /* (rows, inputs + outputs), row-major */
} Data;

/* The affine scaling of each column: scaled = (value - shift) / scale. */
typedef struct Scaling {
    size_t inputs, outputs;
    real *shift; /* (inputs + outputs) */
    real *scale; /* (inputs + outputs), each > 0 */
} Scaling;

/* All values 0; NULL where there is no memory or the sizes overflow. */
Data *data_new(size_t rows, size_t inputs, size_t outputs) MUST_USE;

/* The same around v (rows, inputs + outputs), which came from malloc; owns it from here on, also
 * where it fails. NULL where there is no memory. */
Data *data_new_take(size_t rows, size_t inputs, size_t outputs, real *v) MUST_USE;
void data_free(Data *data);

/* Rows [from, from + rows) as a view: its v points into data. */
Data data_slice(const Data *data, size_t from, size_t rows);
MatIn data_inputs(const Data *data);  /* (rows, inputs) */
MatIn data_targets(const Data *data); /* (rows, outputs) */

/* The mean square of all targets; rows >= 1. */
real data_target_power(const Data *data);

/* Moves a random fraction of the rows, to the nearest row, to the end; both parts keep their order,
 * and *training is the number of rows in the first. At least one row stays there; a fraction > 0 of
 * two rows or more moves at least one. A fraction of 0 leaves rng and data alone.
 * OUTCOME_NO_MEMORY. */
Outcome data_split(Data *data, real fraction, Rng *rng, size_t *training) MUST_USE;

/* Shift 0 and scale 1. NULL where there is no memory. */
Scaling *scaling_new(size_t inputs, size_t outputs) MUST_USE;
Scaling *scaling_copy(const Scaling *scaling) MUST_USE;
void scaling_free(Scaling *scaling);

/* Mean and population standard deviation of each column of data, whose rows are >= 1; a column that
 * is constant, but for rounding, keeps scale 1. */
void scaling_fit(Scaling *scaling, const Data *data);

/* Replaces the user's units by scaled ones in each row. */
void scaling_apply(const Scaling *scaling, Data *data);

/* scaled(n, inputs) = the inputs x(n, inputs) in scaled units. */
void scaling_apply_inputs(const Scaling *scaling, MatIn x, Mat scaled);

/* Replaces scaled units by the user's in y(n, outputs). */
void scaling_undo_outputs(const Scaling *scaling, Mat y);

#endif
