/* A trained network with its scaling. A Model owns both and is never written after it is made, so
 * threads share it freely; each prediction brings its own scratch.
 */
#include "core/model.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK_ROWS = 256 }; /* rows that are scaled at a time */

Model *model_new_take(Net *net, Scaling *scaling)
{
    Model *model = malloc(sizeof *model);
    if (model == NULL || net == NULL || scaling == NULL) {
        free(model);
        net_free(net);
        scaling_free(scaling);
        return NULL;
    }
    *model = (Model){.net = net, .scaling = scaling};
    return model;
}

void model_free(Model *model)
{
    if (model != NULL) {
        net_free(model->net);
        scaling_free(model->scaling);
        free(model);
    }
}

static int is_finite(Mat y)
{
    int finite = 1;
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            finite &= isfinite(y.v[i * y.stride + j]) != 0;
        }
    }
    return finite;
}

Outcome model_predict(const Model *model, MatIn x, Mat y)
{
    Outcome outcome = OUTCOME_OK;
    const size_t chunk = x.rows < CHUNK_ROWS ? x.rows : CHUNK_ROWS;
    Pass *pass = pass_new(model->net);
    real *scaled = calloc(chunk > 0 ? chunk : 1, x.cols * sizeof(real));
    if (pass == NULL || scaled == NULL) {
        outcome = OUTCOME_NO_MEMORY;
        goto out;
    }
    for (size_t from = 0; from < x.rows; from += chunk) {
        const size_t rows = x.rows - from < chunk ? x.rows - from : chunk;
        const MatIn in = {x.v + from * x.stride, rows, x.cols, x.stride};
        const Mat answer = {y.v + from * y.stride, rows, y.cols, y.stride};
        scaling_apply_inputs(model->scaling, in, mat_out(scaled, rows, x.cols));
        pass_predict(pass, model->net, mat_in(scaled, rows, x.cols), answer);
        scaling_undo_outputs(model->scaling, answer);
    }
    if (!is_finite(y)) {
        outcome = OUTCOME_DIVERGED;
    }
out:
    free(scaled);
    pass_free(pass);
    return outcome;
}
