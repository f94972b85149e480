/* Trained networks with their scaling. A Model owns all of it and is never written after it is
 * made, so threads share it freely; each prediction brings its own scratch.
 */
#include "core/model.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK_ROWS = 256 }; /* rows that are scaled at a time */

Outcome model_add_take(Model *model, Net *net)
{
    Net **grown = realloc(model->member, (model->members + 1) * sizeof(Net *));
    if (grown != NULL) {
        model->member = grown;
    }
    if (grown == NULL || net == NULL) {
        net_free(net);
        return OUTCOME_NO_MEMORY;
    }
    model->member[model->members++] = net;
    return OUTCOME_OK;
}

Model *model_new_take(Net *net, Scaling *scaling)
{
    Model *model = calloc(1, sizeof *model);
    if (model == NULL || scaling == NULL) {
        free(model);
        net_free(net);
        scaling_free(scaling);
        return NULL;
    }
    model->scaling = scaling;
    if (model_add_take(model, net) != OUTCOME_OK) {
        model_free(model);
        return NULL;
    }
    return model;
}

Model *model_new(Ensemble ensemble, const Scaling *scaling)
{
    Model *model = model_new_take(net_copy(ensemble.member[0]), scaling_copy(scaling));
    for (size_t i = 1; model != NULL && i < ensemble.members; i++) {
        if (model_add_take(model, net_copy(ensemble.member[i])) != OUTCOME_OK) {
            model_free(model);
            return NULL;
        }
    }
    return model;
}

void model_free(Model *model)
{
    if (model != NULL) {
        for (size_t i = 0; i < model->members; i++) {
            net_free(model->member[i]);
        }
        free(model->member);
        scaling_free(model->scaling);
        residuals_free(model->residuals);
        free(model);
    }
}

Ensemble model_ensemble(const Model *model)
{
    return (Ensemble){(const Net *const *)model->member, model->members};
}

static int is_finite(Mat y)
{
    int finite = 1;
    for (size_t i = 0; y.v != NULL && i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            finite &= isfinite(y.v[i * y.stride + j]) != 0;
        }
    }
    return finite;
}

/* Some rows of a matrix, or none of none. */
static Mat rows_of(Mat m, size_t from, size_t rows)
{
    return m.v == NULL ? m : (Mat){m.v + from * m.stride, rows, m.cols, m.stride};
}

static void scale_spread(const Scaling *scaling, Mat std)
{
    for (size_t i = 0; std.v != NULL && i < std.rows; i++) {
        for (size_t j = 0; j < std.cols; j++) {
            std.v[i * std.stride + j] *= scaling->scale[scaling->inputs + j];
        }
    }
}

Outcome model_predict(const Model *model, MatIn x, Mat y, Mat std)
{
    const Scaling *scaling = model->scaling;
    const size_t chunk = x.rows < CHUNK_ROWS ? x.rows : CHUNK_ROWS;
    EnsemblePass *pass = ensemble_pass_new(model_ensemble(model), chunk);
    real *scaled = malloc((chunk > 0 ? chunk : 1) * x.cols * sizeof(real));
    Outcome outcome = OUTCOME_NO_MEMORY;
    if (pass == NULL || scaled == NULL) {
        goto out;
    }
    for (size_t from = 0; from < x.rows; from += chunk) {
        const size_t rows = x.rows - from < chunk ? x.rows - from : chunk;
        const MatIn in = {x.v + from * x.stride, rows, x.cols, x.stride};
        const Mat answer = rows_of(y, from, rows), spread = rows_of(std, from, rows);
        scaling_apply_inputs(scaling, in, mat_out(scaled, rows, x.cols));
        ensemble_predict(pass, mat_in(scaled, rows, x.cols), answer, spread);
        scaling_undo_outputs(scaling, answer);
        scale_spread(scaling, spread);
    }
    outcome = is_finite(y) && is_finite(std) ? OUTCOME_OK : OUTCOME_DIVERGED;
out:
    free(scaled);
    ensemble_pass_free(pass);
    return outcome;
}
