/* Absolute residuals, sorted output by output. Of more rows than are kept, point i (from 1) is the
 * order statistic of rank ceil(i rows / points): the largest is always among them, and a quantile
 * is never smaller than that of all residuals.
 */
#include "core/residuals.h"

#include "core/bytes.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK_ROWS = 256 }; /* rows that are predicted at a time */

Residuals *residuals_new(size_t rows, size_t outputs, size_t points)
{
    Residuals *made = calloc(1, sizeof *made);
    real *v = calloc(points, outputs * sizeof(real));
    if (made == NULL || v == NULL) {
        free(made);
        free(v);
        return NULL;
    }
    *made = (Residuals){.rows = rows, .outputs = outputs, .points = points, .v = v};
    return made;
}

void residuals_free(Residuals *residuals)
{
    if (residuals != NULL) {
        free(residuals->v);
        free(residuals);
    }
}

static size_t points_of(size_t rows)
{
    return rows < RESIDUALS_POINTS ? rows : RESIDUALS_POINTS;
}

static int ascending(const void *a, const void *b)
{
    const real x = *(const real *)a, y = *(const real *)b;
    return (x > y) - (x < y);
}

/* errors(outputs, rows) = |y_hat - y| in the user's units. The shift falls out of it. */
static void measure(EnsemblePass *pass, const Scaling *scaling, const Data *scaled, real *errors,
                    real *y_hat)
{
    const size_t outputs = scaled->outputs;
    for (size_t from = 0; from < scaled->rows; from += CHUNK_ROWS) {
        const size_t left = scaled->rows - from;
        const Data rows = data_slice(scaled, from, left < CHUNK_ROWS ? left : CHUNK_ROWS);
        const MatIn y = data_targets(&rows);
        ensemble_predict(pass, data_inputs(&rows), mat_out(y_hat, rows.rows, outputs), (Mat){0});
        for (size_t i = 0; i < rows.rows; i++) {
            for (size_t j = 0; j < outputs; j++) {
                const real error = y_hat[i * outputs + j] - y.v[i * y.stride + j];
                errors[j * scaled->rows + from + i] =
                    fabs(error * scaling->scale[scaling->inputs + j]);
            }
        }
    }
}

/* ceil(a b / c) for b <= c, where a b may be more than a size_t holds. */
static size_t scaled_up(size_t a, size_t b, size_t c)
{
    const size_t whole = a / c, rest = a % c;
    return whole * b + (rest * b + c - 1) / c;
}

static void keep(Residuals *residuals, real *errors)
{
    const size_t rows = residuals->rows, points = residuals->points;
    for (size_t j = 0; j < residuals->outputs; j++) {
        qsort(errors + j * rows, rows, sizeof(real), ascending);
        for (size_t i = 0; i < points; i++) {
            const size_t rank = rows == points ? i + 1 : scaled_up(rows, i + 1, points);
            residuals->v[j * points + i] = errors[j * rows + rank - 1];
        }
    }
}

Residuals *residuals_measure(Ensemble ensemble, const Scaling *scaling, const Data *scaled)
{
    const size_t rows = scaled->rows, outputs = scaled->outputs;
    Residuals *made = residuals_new(rows, outputs, points_of(rows));
    EnsemblePass *pass = ensemble_pass_new(ensemble, CHUNK_ROWS);
    real *errors = calloc(rows, outputs * sizeof(real));
    real *y_hat = calloc(CHUNK_ROWS, outputs * sizeof(real));
    if (made != NULL && pass != NULL && errors != NULL && y_hat != NULL) {
        measure(pass, scaling, scaled, errors, y_hat);
        keep(made, errors);
    } else {
        residuals_free(made);
        made = NULL;
    }
    free(y_hat);
    free(errors);
    ensemble_pass_free(pass);
    return made;
}

int residuals_are_sound(const Residuals *residuals)
{
    const size_t rows = residuals->rows, points = residuals->points;
    int sound = rows >= 1 && points == points_of(rows);
    for (size_t i = 0; sound && i < residuals->outputs * points; i++) {
        const real least = i % points == 0 ? 0 : residuals->v[i - 1];
        sound = isfinite(residuals->v[i]) && residuals->v[i] >= least;
    }
    return sound;
}

/* ceil((rows + 1) level), where 0.55 of 100 is 55 and not a little more, as it is in binary. */
static real rank_of(real rows, real level)
{
    return ceil((rows + 1) * level * (1 - 1e-12));
}

real residuals_rows_for(real level)
{
    real rows = floor(level / (1 - level) * (1 - 1e-9));
    while (rank_of(rows, level) > rows) {
        rows++;
    }
    return rows;
}

real residuals_quantile(const Residuals *residuals, size_t output, real level)
{
    const size_t rows = residuals->rows, points = residuals->points;
    const real rank = rank_of((real)rows, level);
    if (rank > (real)rows) {
        return (real)INFINITY;
    }
    const size_t point = rows == points ? (size_t)rank : scaled_up((size_t)rank, points, rows);
    return residuals->v[output * points + (point > 0 ? point - 1 : 0)];
}

size_t residuals_numbers(const Residuals *residuals)
{
    return residuals == NULL ? 0 : 2 + residuals->outputs * residuals->points;
}

void residuals_write(const Residuals *residuals, unsigned char *at)
{
    if (residuals == NULL) {
        return;
    }
    bytes_store(at, 8, residuals->rows);
    bytes_store(at + 8, 8, residuals->points);
    for (size_t i = 0; i < residuals->outputs * residuals->points; i++) {
        bytes_store_real(at + 16 + 8 * i, residuals->v[i]);
    }
}

Outcome residuals_read(const unsigned char *at, size_t words, size_t outputs, Residuals **residuals)
{
    const uint64_t rows = words < 2 ? 0 : bytes_load(at, 8);
    const uint64_t points = words < 2 ? 0 : bytes_load(at + 8, 8);
    *residuals = NULL;
    if (points < 1 || points > RESIDUALS_POINTS || rows > SIZE_MAX ||
        (words - 2) / outputs != points || (words - 2) % outputs != 0) {
        return OUTCOME_BAD_BYTES;
    }
    Residuals *made = residuals_new((size_t)rows, outputs, (size_t)points);
    if (made == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < words - 2; i++) {
        made->v[i] = bytes_load_real(at + 16 + 8 * i);
    }
    if (!residuals_are_sound(made)) {
        residuals_free(made);
        return OUTCOME_BAD_BYTES;
    }
    *residuals = made;
    return OUTCOME_OK;
}
