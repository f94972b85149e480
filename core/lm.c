/* Levenberg-Marquardt. An Lm owns its matrices and scratch; what it carries from step to step
 * changes only when a step is taken, so an interrupted one leaves no trace.
 */
#include "core/lm.h"

#include "core/cholesky.h"
#include "core/gram.h"
#include "core/vec.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const real first_damping = 1e-3;  /* mu of the first step, by the largest J^T J[i][i] */
static const real least_damping = 1e-16; /* of any, by the same */
static const real least_noise = 1e-3;    /* of the errors, that no parameter explains */
static const real poll_work = 1e8;       /* products between two questions to the poll */

struct Lm {
    size_t count; /* parameters */
    int bayesian;
    real mu; /* the damping; 0 before the first step */
    real effective;
    Mat hessian;   /* owned; (count, count), lower triangle: J^T J + N l2 D */
    Mat factor;    /* owned; likewise: of hessian + mu I */
    real *scratch; /* owned; of cholesky */
    real *step;    /* owned; (count) */
    Net *trial;    /* owned */
    real loss;     /* of the trial: the mean squared error */
    Gram *gram;
};

Lm *lm_new(const Net *shape, int bayesian, const Team *team)
{
    const size_t count = shape->parameter_count, stride = mat_stride(count);
    assert(count <= LM_PARAMETERS_MAX);
    Lm *lm = calloc(1, sizeof *lm);
    if (lm == NULL) {
        return NULL;
    }
    lm->count = count;
    lm->bayesian = bayesian;
    lm->effective = (real)NAN;
    lm->hessian = (Mat){mat_zeros(count * stride), count, count, stride};
    lm->factor = (Mat){mat_zeros(count * stride), count, count, stride};
    lm->scratch = mat_zeros(CHOLESKY_SCRATCH(count));
    lm->step = mat_zeros(count);
    lm->trial = net_copy(shape);
    lm->gram = gram_new(shape, team);
    if (lm->hessian.v == NULL || lm->factor.v == NULL || lm->scratch == NULL || lm->step == NULL ||
        lm->trial == NULL || lm->gram == NULL) {
        lm_free(lm);
        return NULL;
    }
    return lm;
}

void lm_free(Lm *lm)
{
    if (lm != NULL) {
        free(lm->hessian.v);
        free(lm->factor.v);
        free(lm->scratch);
        free(lm->step);
        net_free(lm->trial);
        gram_free(lm->gram);
        free(lm);
    }
}

/* Asks the poll once enough work has been done since the last question. */
static TrainEnd worked(const Objective *o, real products, real *work)
{
    *work += products;
    if (*work < poll_work) {
        return TRAIN_GOES_ON;
    }
    *work = 0;
    return objective_poll(o);
}

/* Adds to the diagonal of each parameter that decays. */
static void add_decay(const Objective *o, real amount, Mat a)
{
    size_t i = 0;
    for (size_t l = 0; l < o->net->depth; l++) {
        const size_t end = i + (o->net->width[l] + 1) * o->net->width[l + 1];
        for (size_t k = 0; k < objective_decayed(o, l); k++) {
            a.v[(i + k) * (a.stride + 1)] += amount;
        }
        i = end;
    }
}

static TrainEnd gather_hessian(Lm *lm, const Objective *o)
{
    real work = 0;
    memset(lm->hessian.v, 0, lm->count * lm->hessian.stride * sizeof(real));
    gram_begin(lm->gram, o->net, data_inputs(&o->rows));
    for (;;) {
        const real products = gram_add(lm->gram, lm->hessian);
        if (!(products > 0)) {
            break;
        }
        const TrainEnd end = worked(o, products, &work);
        if (end != TRAIN_GOES_ON) {
            return end;
        }
    }
    add_decay(o, objective_numbers(o) * o->l2, lm->hessian);
    return TRAIN_GOES_ON;
}

/* Infinite where an entry is not finite. */
static real largest_on_diagonal(Mat a)
{
    real largest = 0;
    for (size_t i = 0; i < a.rows; i++) {
        const real entry = a.v[i * (a.stride + 1)];
        if (!(entry <= DBL_MAX)) {
            return (real)INFINITY;
        }
        largest = entry > largest ? entry : largest;
    }
    return largest;
}

/* The factor of hessian + mu I, where that is positive definite. */
static TrainEnd factorise(Lm *lm, const Objective *o, real mu, int *definite)
{
    const size_t n = lm->count, stride = lm->factor.stride;
    real work = 0;
    *definite = 1;
    for (size_t i = 0; i < n; i++) {
        memcpy(lm->factor.v + i * stride, lm->hessian.v + i * stride, (i + 1) * sizeof(real));
        lm->factor.v[i * (stride + 1)] += mu;
    }
    for (size_t from = 0; from < n && *definite; from += CHOLESKY_PANEL) {
        const real below = (real)(n - from);
        const TrainEnd end = worked(o, CHOLESKY_PANEL * below * below, &work);
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        *definite = cholesky_panel(lm->factor, from, lm->scratch);
    }
    return TRAIN_GOES_ON;
}

/* step = (factor factor^T)^-1 (-N / 2 gradient), and the trial there. Whether any parameter moves;
 * a step that is not finite moves none. */
static int make_trial(Lm *lm, const Objective *o)
{
    const Mat l = lm->factor;
    const real *now = o->net->parameters;
    real *then = lm->trial->parameters;
    int moves = 0;
    for (size_t i = 0; i < lm->count; i++) {
        lm->step[i] = -0.5 * objective_numbers(o) * o->gradient[i];
    }
    cholesky_solve((MatIn){l.v, l.rows, l.cols, l.stride}, lm->step);
    for (size_t i = 0; i < lm->count; i++) {
        then[i] = now[i] + lm->step[i];
        moves |= then[i] != now[i];
    }
    return moves && net_is_finite(lm->trial);
}

/* What the trial gains, as a share of what the quadratic model promises: 1/2 d.(mu d - N/2 g). -1
 * where it is no lower. */
static TrainEnd find_gain(Lm *lm, const Objective *o, real mu, real *gain)
{
    const TrainEnd end = objective_at(o, lm->trial, NULL, &lm->loss);
    if (end != TRAIN_GOES_ON) {
        return end;
    }
    const real half = objective_numbers(o) / 2;
    const real before = o->loss + o->l2 * objective_squares(o, o->net);
    const real after = lm->loss + o->l2 * objective_squares(o, lm->trial);
    const real promised = 0.5 * (mu * vec_dot(lm->count, lm->step, lm->step) -
                                 half * vec_dot(lm->count, lm->step, o->gradient));
    *gain = after < before ? half * (before - after) / promised : -1;
    return TRAIN_GOES_ON;
}

/* The damping after a step of that gain (Nielsen, "Damping parameter in Marquardt's method", 1999).
 */
static real relaxed(real mu, real gain)
{
    const real twice = 2 * gain - 1;
    return mu * fmax(1.0 / 3, 1 - twice * twice * twice);
}

/* Raises *mu, each time by twice as much, until the trial is better than where the network stands;
 * *found is whether there is such a trial, and *mu then the damping after it. */
static TrainEnd find_trial(Lm *lm, const Objective *o, real *mu, int *found)
{
    *found = 0;
    for (real raise = 2; isfinite(*mu); raise *= 2) {
        real gain = -1;
        int definite;
        TrainEnd end = factorise(lm, o, *mu, &definite);
        if (end == TRAIN_GOES_ON && definite) {
            if (!make_trial(lm, o)) {
                break;
            }
            end = find_gain(lm, o, *mu, &gain);
        }
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        if (gain > 0) {
            *mu = relaxed(*mu, gain);
            *found = 1;
            break;
        }
        *mu *= raise;
    }
    return TRAIN_GOES_ON;
}

/* The most probable weight decay where gamma parameters are effective. With MacKay's
 * alpha = gamma / (2 E_W) and beta = (N - gamma) / (2 E_D) it is
 *     l2 = alpha / (beta N) = gamma MSE / ((N - gamma) E_W).
 * What is no number changes nothing; data that are met by as many parameters leave a little noise.
 */
static real probable_decay(const Objective *o, const Net *net, real loss, real gamma)
{
    const real numbers = objective_numbers(o);
    const real rest = fmax(numbers - gamma, least_noise * numbers);
    const real decay = gamma * loss / (rest * objective_squares(o, net));
    return isfinite(decay) ? decay : o->l2;
}

/* The sum over the parameters that decay of the diagonal of hessian^-1, from the inverse of its
 * factor. */
static real decayed_trace(const Lm *lm, const Objective *o)
{
    real trace = 0;
    size_t i = 0;
    for (size_t l = 0; l < o->net->depth; l++) {
        const size_t last = i + objective_decayed(o, l);
        for (size_t r = i; r < lm->count; r++) {
            const real *row = lm->factor.v + r * lm->factor.stride;
            const size_t to = r < last ? r + 1 : last;
            trace += vec_dot(to - i, row + i, row + i);
        }
        i += (o->net->width[l] + 1) * o->net->width[l + 1];
    }
    return trace;
}

/* gamma = parameters - N l2 tr(D hessian^-1); as it was where the hessian has no inverse. */
static TrainEnd find_effective(Lm *lm, const Objective *o, real *gamma)
{
    int definite;
    real work = 0;
    TrainEnd end = factorise(lm, o, 0, &definite);
    for (size_t from = 0; end == TRAIN_GOES_ON && definite && from < lm->count;
         from += CHOLESKY_PANEL) {
        cholesky_invert_panel(lm->factor, from, lm->scratch);
        end = worked(o, CHOLESKY_PANEL * (real)from * (real)from, &work);
    }
    if (end == TRAIN_GOES_ON && definite) {
        const real lost = objective_numbers(o) * o->l2 * decayed_trace(lm, o);
        *gamma = fmin(fmax((real)lm->count - lost, 0), (real)lm->count);
    }
    return end;
}

/* Before the first step nothing is known: as if each number told as much of the parameters as of
 * the noise. */
static TrainEnd begin_evidence(const Lm *lm, Objective *o)
{
    const real numbers = objective_numbers(o), count = (real)lm->count;
    o->l2 = 0;
    o->known = 0;
    TrainEnd end = objective_know(o);
    if (end == TRAIN_GOES_ON) {
        o->l2 = probable_decay(o, o->net, o->loss, numbers * count / (numbers + count));
        o->known = 0;
        end = objective_know(o);
    }
    return end;
}

/* Moves the network to the trial; Bayesian: with the decay that is most probable from there on. */
static TrainEnd take(Lm *lm, Objective *o, real mu)
{
    if (lm->bayesian) {
        real gamma = lm->effective >= 0 ? lm->effective : (real)lm->count;
        const TrainEnd end = find_effective(lm, o, &gamma);
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        lm->effective = gamma;
        o->l2 = probable_decay(o, lm->trial, lm->loss, gamma);
    }
    lm->mu = mu;
    memcpy(o->net->parameters, lm->trial->parameters, lm->count * sizeof(real));
    o->known = 0;
    return TRAIN_GOES_ON;
}

/* Loss, gradient and hessian where the network stands. */
static TrainEnd begin_step(Lm *lm, Objective *o)
{
    const int first = !(lm->mu > 0);
    const TrainEnd end = lm->bayesian && first ? begin_evidence(lm, o) : objective_know(o);
    return end == TRAIN_GOES_ON ? gather_hessian(lm, o) : end;
}

TrainEnd lm_step(Lm *lm, Objective *o)
{
    int found = 0;
    TrainEnd end = begin_step(lm, o);
    if (end != TRAIN_GOES_ON) {
        return end;
    }
    const real largest = largest_on_diagonal(lm->hessian);
    real mu = lm->mu > 0 ? lm->mu : first_damping * largest;
    if (!isfinite(largest)) {
        return TRAIN_DIVERGED;
    }
    mu = fmax(mu, fmax(least_damping * largest, DBL_MIN));
    end = find_trial(lm, o, &mu, &found);
    if (end != TRAIN_GOES_ON || !found) {
        return end == TRAIN_GOES_ON ? TRAIN_CONVERGED : end;
    }
    return take(lm, o, mu);
}

real lm_effective(const Lm *lm)
{
    return lm->effective;
}

void lm_tape(Lm *lm, Tape *tape)
{
    tape_reals(tape, &lm->mu, 1);
    tape_check(tape, lm->mu >= 0);
    tape_real(tape, &lm->effective);
}
