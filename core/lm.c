/* Levenberg-Marquardt. J^T J is summed up by blocks of rows, so J is never there as a whole. An Lm
 * owns its matrices and scratch; what it carries from step to step changes only when a step is
 * taken, so an interrupted one leaves no trace.
 */
#include "core/lm.h"

#include "core/cholesky.h"
#include "core/jacobian.h"
#include "core/vec.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 64 }; /* rows of J^T J at a time */

static const real first_damping = 1e-3;  /* mu of the first step, by the largest J^T J[i][i] */
static const real least_damping = 1e-16; /* of any, by the same */
static const real poll_work = 1e8;       /* products between two questions to the poll */

/* The damping mu, and by how much it is raised where it was too small: nu in Nielsen. */
typedef struct Damping {
    real mu, raise;
} Damping;

struct Lm {
    size_t count; /* parameters */
    int bayesian;
    Damping damping; /* mu is 0 before the first step */
    real effective;
    Mat hessian;   /* owned; (count, count), lower triangle: J^T J + N l2 D */
    Mat factor;    /* owned; likewise: of hessian + mu I */
    real *scratch; /* owned; of cholesky */
    real *step;    /* owned; (count) */
    Net *trial;    /* owned */
    Jacobian *jacobian;
};

Lm *lm_new(const Net *shape, int bayesian)
{
    const size_t count = shape->parameter_count;
    assert(count <= LM_PARAMETERS_MAX);
    Lm *lm = calloc(1, sizeof *lm);
    if (lm == NULL) {
        return NULL;
    }
    lm->count = count;
    lm->bayesian = bayesian;
    lm->effective = (real)NAN;
    lm->hessian = mat_out(mat_zeros(count * count), count, count);
    lm->factor = mat_out(mat_zeros(count * count), count, count);
    lm->scratch = mat_zeros(CHOLESKY_SCRATCH(count));
    lm->step = mat_zeros(count);
    lm->trial = net_copy(shape);
    lm->jacobian = jacobian_new(shape);
    if (lm->hessian.v == NULL || lm->factor.v == NULL || lm->scratch == NULL || lm->step == NULL ||
        lm->trial == NULL || lm->jacobian == NULL) {
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
        jacobian_free(lm->jacobian);
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

/* The lower triangle of sum += j^T j, by strips of rows, each as long as its last row. */
static void add_square(MatIn j, Mat sum)
{
    for (size_t from = 0; from < sum.rows; from += STRIP) {
        const size_t rows = sum.rows - from < STRIP ? sum.rows - from : STRIP;
        const MatIn left = {j.v + from, j.rows, rows, j.stride};
        const MatIn right = {j.v, j.rows, from + rows, j.stride};
        mat_add_product_tn(left, right,
                           (Mat){sum.v + from * sum.stride, rows, from + rows, sum.stride});
    }
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
    const MatIn x = data_inputs(&o->rows);
    const real square = (real)lm->count * (real)lm->count;
    real work = 0;
    memset(lm->hessian.v, 0, lm->count * lm->count * sizeof(real));
    jacobian_of(lm->jacobian, o->net);
    for (size_t from = 0; from < x.rows; from += JACOBIAN_ROWS) {
        const size_t rows = x.rows - from < JACOBIAN_ROWS ? x.rows - from : JACOBIAN_ROWS;
        jacobian_rows(lm->jacobian, (MatIn){x.v + from * x.stride, rows, x.cols, x.stride});
        for (size_t output = 0; output < o->rows.outputs; output++) {
            add_square(jacobian_output(lm->jacobian, output), lm->hessian);
            const TrainEnd end = worked(o, (real)rows * square, &work);
            if (end != TRAIN_GOES_ON) {
                return end;
            }
        }
    }
    add_decay(o, objective_numbers(o) * o->l2, lm->hessian);
    return TRAIN_GOES_ON;
}

/* Infinite where an entry is not finite. */
static real largest_on_diagonal(Mat a)
{
    real largest = 0;
    int finite = 1;
    for (size_t i = 0; i < a.rows; i++) {
        const real entry = a.v[i * (a.stride + 1)];
        finite &= entry <= DBL_MAX;
        largest = fmax(largest, entry);
    }
    return finite ? largest : (real)INFINITY;
}

/* The factor of hessian + mu I, where that is positive definite. */
static TrainEnd factorise(Lm *lm, const Objective *o, real mu, int *definite)
{
    const size_t n = lm->count;
    real work = 0;
    *definite = 1;
    for (size_t i = 0; i < n; i++) {
        memcpy(lm->factor.v + i * n, lm->hessian.v + i * n, (i + 1) * sizeof(real));
        lm->factor.v[i * (n + 1)] += mu;
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
static TrainEnd find_gain(const Lm *lm, const Objective *o, real mu, real *gain)
{
    real loss;
    const TrainEnd end = objective_at(o, lm->trial, NULL, &loss);
    if (end != TRAIN_GOES_ON) {
        return end;
    }
    const real half = objective_numbers(o) / 2;
    const real before = o->loss + o->l2 * objective_squares(o, o->net);
    const real after = loss + o->l2 * objective_squares(o, lm->trial);
    const real promised = 0.5 * (mu * vec_dot(lm->count, lm->step, lm->step) -
                                 half * vec_dot(lm->count, lm->step, o->gradient));
    *gain = after < before ? half * (before - after) / promised : -1;
    return TRAIN_GOES_ON;
}

/* Nielsen, "Damping parameter in Marquardt's method", 1999. */
static void relax(Damping *damping, real gain)
{
    const real twice = 2 * gain - 1;
    damping->mu *= fmax(1.0 / 3, 1 - twice * twice * twice);
    damping->raise = 2;
}

/* Raises the damping until the trial is better than where the network stands; *found is whether
 * there is such a trial. */
static TrainEnd find_trial(Lm *lm, const Objective *o, Damping *damping, int *found)
{
    *found = 0;
    while (!*found && isfinite(damping->mu)) {
        real gain = -1;
        int definite;
        TrainEnd end = factorise(lm, o, damping->mu, &definite);
        if (end == TRAIN_GOES_ON && definite) {
            if (!make_trial(lm, o)) {
                break;
            }
            end = find_gain(lm, o, damping->mu, &gain);
        }
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        if (gain > 0) {
            relax(damping, gain);
            *found = 1;
        } else {
            damping->mu *= damping->raise;
            damping->raise *= 2;
        }
    }
    return TRAIN_GOES_ON;
}

TrainEnd lm_step(Lm *lm, Objective *o)
{
    int found = 0;
    TrainEnd end = objective_know(o);
    if (end == TRAIN_GOES_ON) {
        end = gather_hessian(lm, o);
    }
    if (end != TRAIN_GOES_ON) {
        return end;
    }
    const real largest = largest_on_diagonal(lm->hessian);
    Damping damping = lm->damping;
    if (!isfinite(largest)) {
        return TRAIN_DIVERGED;
    }
    if (!(damping.mu > 0)) {
        damping = (Damping){first_damping * largest, 2};
    }
    damping.mu = fmax(damping.mu, fmax(least_damping * largest, DBL_MIN));
    end = find_trial(lm, o, &damping, &found);
    if (end != TRAIN_GOES_ON || !found) {
        return end == TRAIN_GOES_ON ? TRAIN_CONVERGED : end;
    }
    lm->damping = damping;
    memcpy(o->net->parameters, lm->trial->parameters, lm->count * sizeof(real));
    o->known = 0;
    return TRAIN_GOES_ON;
}

real lm_effective(const Lm *lm)
{
    return lm->effective;
}

void lm_tape(Lm *lm, Tape *tape)
{
    tape_reals(tape, &lm->damping.mu, 1);
    tape_reals(tape, &lm->damping.raise, 1);
    tape_check(tape, lm->damping.mu >= 0 && lm->damping.raise >= 0);
    tape_real(tape, &lm->effective);
}
