/* The metrics of regression. Differences are brought to the user's units one by one (the shift
 * falls out of them); r2 is a ratio and needs no units, so it is taken in scaled ones. Owns nothing
 * beyond a call.
 */
#include "core/score.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK_ROWS = 256 }; /* rows that are predicted at a time */

/* What is summed over the rows, and per output. */
typedef struct Sums {
    real unit;       /* a power of two near the largest scale: it keeps small squares from 0 */
    real squares;    /* of y_hat - y, in the user's units by this one */
    real magnitudes; /* likewise, but not by it */
    real *mean;        /* (outputs) of y - y[0], scaled */
    real *unexplained; /* (outputs) sum of (y_hat - y)^2, scaled */
    real *total;       /* (outputs) sum of (y - its mean)^2, scaled */
} Sums;

/* At most the largest scale, but where its inverse would not be a normal number any more. */
static real unit_for(const real *scale, size_t outputs)
{
    real largest = 0;
    int exponent;
    for (size_t j = 0; j < outputs; j++) {
        largest = fmax(largest, scale[j]);
    }
    (void)frexp(largest, &exponent);
    return ldexp(1, exponent < -1000 ? -1000 : exponent - 1);
}

/* Sums for outputs of these scales, their arrays all zero and one allocation that begins at mean.
 */
static int sums_new(Sums *sums, const real *scale, size_t outputs)
{
    real *arrays = calloc(outputs, 3 * sizeof(real));
    *sums = (Sums){.unit = unit_for(scale, outputs)};
    if (arrays == NULL) {
        return 0;
    }
    sums->mean = arrays;
    sums->unexplained = arrays + outputs;
    sums->total = arrays + 2 * outputs;
    return 1;
}

/* Each output is taken from its first value: one that does not vary then has a mean of exactly 0,
 * and a variance too. */
static void sum_targets(Sums *sums, MatIn y)
{
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            sums->mean[j] += y.v[i * y.stride + j] - y.v[j];
        }
    }
    for (size_t j = 0; j < y.cols; j++) {
        sums->mean[j] /= (real)y.rows;
    }
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            const real distance = y.v[i * y.stride + j] - y.v[j] - sums->mean[j];
            sums->total[j] += distance * distance;
        }
    }
}

static void sum_errors(Sums *sums, MatIn y, const real *y_hat, const real *scale)
{
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            const real error = y_hat[i * y.cols + j] - y.v[i * y.stride + j];
            const real in_units = error * scale[j], by_unit = in_units / sums->unit;
            sums->unexplained[j] += error * error;
            sums->squares += by_unit * by_unit;
            sums->magnitudes += fabs(in_units);
        }
    }
}

static real r2_of_output(real unexplained, real total)
{
    if (total > 0) {
        return 1 - unexplained / total;
    }
    return unexplained > 0 ? 0 : 1;
}

static Outcome finish(const Sums *sums, MatIn y, Score *score)
{
    const real numbers = (real)y.rows * (real)y.cols;
    const real rmse = sqrt(sums->squares / numbers) * sums->unit;
    real r2 = 0;
    for (size_t j = 0; j < y.cols; j++) {
        r2 += r2_of_output(sums->unexplained[j], sums->total[j]) / (real)y.cols;
    }
    const Score made = {
        .mse = sums->squares / numbers * sums->unit * sums->unit,
        .rmse = rmse,
        .mae = sums->magnitudes / numbers,
        .r2 = r2,
    };
    if (!isfinite(made.mse) || !isfinite(made.mae) || !isfinite(made.r2)) {
        return OUTCOME_DIVERGED;
    }
    *score = made;
    return OUTCOME_OK;
}

Outcome score_ensemble(Ensemble ensemble, const Scaling *scaling, const Data *scaled, Score *score)
{
    Outcome outcome = OUTCOME_NO_MEMORY;
    Sums sums;
    const Mat none = {0};
    const MatIn y = data_targets(scaled);
    EnsemblePass *pass = ensemble_pass_new(ensemble, CHUNK_ROWS);
    real *y_hat = calloc(CHUNK_ROWS, y.cols * sizeof(real));
    const int has_sums = sums_new(&sums, scaling->scale + scaling->inputs, y.cols);
    if (!has_sums || pass == NULL || y_hat == NULL) {
        goto out;
    }
    sum_targets(&sums, y);
    for (size_t from = 0; from < scaled->rows; from += CHUNK_ROWS) {
        const size_t left = scaled->rows - from;
        const Data rows = data_slice(scaled, from, left < CHUNK_ROWS ? left : CHUNK_ROWS);
        ensemble_predict(pass, data_inputs(&rows), mat_out(y_hat, rows.rows, y.cols), none);
        sum_errors(&sums, data_targets(&rows), y_hat, scaling->scale + scaling->inputs);
    }
    outcome = finish(&sums, y, score);
out:
    free(sums.mean);
    free(y_hat);
    ensemble_pass_free(pass);
    return outcome;
}
