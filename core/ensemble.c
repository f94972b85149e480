/* Predictions of an ensemble. The members are taken in their order, mean and sum of squared
 * distances going along, so that no answer is kept and nothing overflows that need not (Welford,
 * "Note on a method for calculating corrected sums of squares and products", 1962).
 */
#include "core/ensemble.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct EnsemblePass {
    Ensemble ensemble;
    size_t rows;
    Pass *pass;
    real *answer; /* (rows, outputs) of one member; NULL where there is but one */
};

EnsemblePass *ensemble_pass_new(Ensemble ensemble, size_t rows)
{
    const Net *shape = ensemble.member[0];
    EnsemblePass *made = malloc(sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    *made = (EnsemblePass){.ensemble = ensemble, .rows = rows};
    made->pass = pass_new_to_predict(shape, rows);
    if (ensemble.members > 1) {
        made->answer = calloc(rows > 0 ? rows : 1, shape->width[shape->depth] * sizeof(real));
    }
    if (made->pass == NULL || (ensemble.members > 1 && made->answer == NULL)) {
        ensemble_pass_free(made);
        return NULL;
    }
    return made;
}

void ensemble_pass_free(EnsemblePass *pass)
{
    if (pass != NULL) {
        pass_free(pass->pass);
        free(pass->answer);
        free(pass);
    }
}

/* Takes the answers of member k, counted from 1, into the mean and the squares. */
static void take_in(MatIn answer, size_t k, Mat mean, Mat squares)
{
    for (size_t i = 0; i < answer.rows; i++) {
        real *m = mean.v + i * mean.stride;
        for (size_t j = 0; j < answer.cols; j++) {
            const real away = answer.v[i * answer.stride + j] - m[j];
            m[j] += away / (real)k;
            if (squares.v != NULL) {
                squares.v[i * squares.stride + j] +=
                    away * (answer.v[i * answer.stride + j] - m[j]);
            }
        }
    }
}

static void take_root(Mat squares, size_t members)
{
    for (size_t i = 0; i < squares.rows; i++) {
        for (size_t j = 0; j < squares.cols; j++) {
            real *s = &squares.v[i * squares.stride + j];
            *s = sqrt(*s / (real)members);
        }
    }
}

void ensemble_predict(EnsemblePass *pass, MatIn x, Mat y, Mat std)
{
    const Ensemble *ensemble = &pass->ensemble;
    assert(x.rows <= pass->rows);
    pass_predict(pass->pass, ensemble->member[0], x, y);
    for (size_t i = 0; std.v != NULL && i < std.rows; i++) {
        memset(std.v + i * std.stride, 0, std.cols * sizeof(real));
    }
    for (size_t k = 1; k < ensemble->members; k++) {
        pass_predict(pass->pass, ensemble->member[k], x, mat_out(pass->answer, x.rows, y.cols));
        take_in(mat_in(pass->answer, x.rows, y.cols), k + 1, y, std);
    }
    if (std.v != NULL) {
        take_root(std, ensemble->members);
    }
}
