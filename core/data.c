/* Rows of numbers, their split and their scaling. The holder of a Data or a Scaling owns its
 * arrays; a slice borrows. Sums over a column are taken in the order of the rows.
 */
#include "core/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* inputs + outputs, or 0 where that is nothing or does not fit. */
static size_t column_count(size_t inputs, size_t outputs)
{
    const size_t limit = PTRDIFF_MAX / sizeof(real);
    return inputs > limit || outputs > limit - inputs ? 0 : inputs + outputs;
}

static size_t columns_of(const Data *data)
{
    return data->inputs + data->outputs;
}

Data *data_new(size_t rows, size_t inputs, size_t outputs)
{
    const size_t columns = column_count(inputs, outputs);
    if (columns < 1 || rows > PTRDIFF_MAX / sizeof(real) / columns) {
        return NULL;
    }
    Data *data = malloc(sizeof *data);
    real *v = calloc(rows > 0 ? rows * columns : 1, sizeof(real));
    if (data == NULL || v == NULL) {
        free(data);
        free(v);
        return NULL;
    }
    *data = (Data){.rows = rows, .inputs = inputs, .outputs = outputs, .v = v};
    return data;
}

Data *data_new_take(size_t rows, size_t inputs, size_t outputs, real *v)
{
    Data *data = malloc(sizeof *data);
    if (data == NULL) {
        free(v);
        return NULL;
    }
    *data = (Data){.rows = rows, .inputs = inputs, .outputs = outputs, .v = v};
    return data;
}

void data_free(Data *data)
{
    if (data != NULL) {
        free(data->v);
        free(data);
    }
}

Data data_slice(const Data *data, size_t from, size_t rows)
{
    Data slice = *data;
    slice.v += from * columns_of(data);
    slice.rows = rows;
    return slice;
}

MatIn data_inputs(const Data *data)
{
    return (MatIn){
        .v = data->v, .rows = data->rows, .cols = data->inputs, .stride = columns_of(data)};
}

MatIn data_targets(const Data *data)
{
    return (MatIn){.v = data->v + data->inputs,
                   .rows = data->rows,
                   .cols = data->outputs,
                   .stride = columns_of(data)};
}

real data_target_power(const Data *data)
{
    const MatIn y = data_targets(data);
    real sum = 0;
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            sum += y.v[i * y.stride + j] * y.v[i * y.stride + j];
        }
    }
    return sum / ((real)y.rows * (real)y.cols);
}

/* The nearest whole number of rows to that fraction, but within what data_split promises. */
static size_t held_out_rows(size_t rows, real fraction)
{
    if (rows < 2 || !(fraction > 0)) {
        return 0;
    }
    const real wanted = floor((real)rows * fraction + 0.5);
    if (wanted >= (real)(rows - 1)) {
        return rows - 1;
    }
    return wanted < 1 ? 1 : (size_t)wanted;
}

/* Selection sampling (Knuth, The Art of Computer Programming, volume 2, algorithm S): one walk over
 * the rows, each taken with the chance that leaves every choice equally likely. */
Outcome data_split(Data *data, real fraction, Rng *rng, size_t *training)
{
    const size_t held_out = held_out_rows(data->rows, fraction);
    const size_t columns = columns_of(data);
    *training = data->rows - held_out;
    if (held_out == 0) {
        return OUTCOME_OK;
    }
    real *moved = malloc(held_out * columns * sizeof(real));
    if (moved == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    real *kept = data->v;
    size_t left = held_out;
    for (size_t i = 0; i < data->rows; i++) {
        const real *row = data->v + i * columns;
        if (rng_below(rng, data->rows - i) < left) {
            memcpy(moved + (held_out - left) * columns, row, columns * sizeof(real));
            left--;
        } else {
            memmove(kept, row, columns * sizeof(real));
            kept += columns;
        }
    }
    memcpy(kept, moved, held_out * columns * sizeof(real));
    free(moved);
    return OUTCOME_OK;
}

Scaling *scaling_new(size_t inputs, size_t outputs)
{
    const size_t columns = column_count(inputs, outputs);
    if (columns < 1) {
        return NULL;
    }
    Scaling *scaling = malloc(sizeof *scaling);
    real *shift = calloc(columns, sizeof(real));
    real *scale = calloc(columns, sizeof(real));
    if (scaling == NULL || shift == NULL || scale == NULL) {
        free(scaling);
        free(shift);
        free(scale);
        return NULL;
    }
    for (size_t j = 0; j < columns; j++) {
        scale[j] = 1;
    }
    *scaling = (Scaling){.inputs = inputs, .outputs = outputs, .shift = shift, .scale = scale};
    return scaling;
}

Scaling *scaling_copy(const Scaling *scaling)
{
    const size_t columns = scaling->inputs + scaling->outputs;
    Scaling *copy = scaling_new(scaling->inputs, scaling->outputs);
    if (copy != NULL) {
        memcpy(copy->shift, scaling->shift, columns * sizeof(real));
        memcpy(copy->scale, scaling->scale, columns * sizeof(real));
    }
    return copy;
}

void scaling_free(Scaling *scaling)
{
    if (scaling != NULL) {
        free(scaling->shift);
        free(scaling->scale);
        free(scaling);
    }
}

/* The power of two that the column's numbers are divided by while they are summed, so that neither
 * sums nor squares overflow or vanish. Kept where it and its inverse are normal numbers. */
static real power_of_two_near(MatIn column)
{
    real largest = 0;
    for (size_t i = 0; i < column.rows; i++) {
        largest = fmax(largest, fabs(column.v[i * column.stride]));
    }
    int exponent = 0;
    (void)frexp(largest <= DBL_MAX ? largest : 1, &exponent);
    exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
    return ldexp(1, exponent);
}

/* Mean of (column / unit - centre). */
static real mean_about(MatIn column, real unit, real centre)
{
    const real factor = 1 / unit;
    real sum = 0;
    for (size_t i = 0; i < column.rows; i++) {
        sum += column.v[i * column.stride] * factor - centre;
    }
    return sum / (real)column.rows;
}

static real variance_about(MatIn column, real unit, real mean)
{
    const real factor = 1 / unit;
    real sum = 0;
    for (size_t i = 0; i < column.rows; i++) {
        const real distance = column.v[i * column.stride] * factor - mean;
        sum += distance * distance;
    }
    return sum / (real)column.rows;
}

/* Centred on the first value, and then on the mean, so that the rounding of a long sum does not
 * reach the result; a constant column then has its very value as the mean. */
static void fit_column(MatIn column, real *shift, real *scale)
{
    const real unit = power_of_two_near(column);
    const real first = column.v[0] / unit;
    const real rough = first + mean_about(column, unit, first);
    const real mean = rough + mean_about(column, unit, rough);
    const real deviation = sqrt(variance_about(column, unit, mean));
    *shift = mean * unit;
    *scale = deviation * unit;
    /* Rounding alone may part equal values by an epsilon of the mean (as in scikit-learn). */
    if (!(deviation > 8 * DBL_EPSILON * fabs(mean)) || !(*scale > 0) || !isfinite(*scale)) {
        *scale = 1;
    }
}

void scaling_fit(Scaling *scaling, const Data *data)
{
    for (size_t j = 0; j < columns_of(data); j++) {
        const MatIn column = {
            .v = data->v + j, .rows = data->rows, .cols = 1, .stride = columns_of(data)};
        fit_column(column, &scaling->shift[j], &scaling->scale[j]);
    }
}

/* (value - shift) / scale, also where the difference of two finite numbers overflows. */
static real scaled(real value, real shift, real scale)
{
    const real distance = value - shift;
    if (isfinite(distance)) {
        return distance / scale;
    }
    return (value / 2 - shift / 2) / scale * 2;
}

void scaling_apply(const Scaling *scaling, Data *data)
{
    const size_t columns = columns_of(data);
    for (size_t i = 0; i < data->rows; i++) {
        real *row = data->v + i * columns;
        for (size_t j = 0; j < columns; j++) {
            row[j] = scaled(row[j], scaling->shift[j], scaling->scale[j]);
        }
    }
}

void scaling_apply_inputs(const Scaling *scaling, MatIn x, Mat to)
{
    for (size_t i = 0; i < x.rows; i++) {
        for (size_t j = 0; j < x.cols; j++) {
            to.v[i * to.stride + j] =
                scaled(x.v[i * x.stride + j], scaling->shift[j], scaling->scale[j]);
        }
    }
}

/* value * scale + shift, also where the product overflows and the sum does not. */
static real unscaled(real value, real shift, real scale)
{
    const real sum = value * scale + shift;
    if (isfinite(sum)) {
        return sum;
    }
    return (value * (scale / 4) + shift / 4) * 4;
}

void scaling_undo_outputs(const Scaling *scaling, Mat y)
{
    const real *shift = scaling->shift + scaling->inputs;
    const real *scale = scaling->scale + scaling->inputs;
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            y.v[i * y.stride + j] = unscaled(y.v[i * y.stride + j], shift[j], scale[j]);
        }
    }
}
