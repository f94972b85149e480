/* L-BFGS and Levenberg-Marquardt on problems whose answers are known: least squares, naive
 * implementations of the same iteration, and that a step which is interrupted leaves no trace.
 */
#include "core/lbfgs.h"
#include "core/lm.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An objective on data of its own, and the network that goes through it. */
typedef struct Setting {
    Data *data;
    Net *net;
    Objective objective;
} Setting;

static Setting setting(size_t depth, const size_t *width, size_t rows, real l2)
{
    Setting s = {.data = fixture_data(rows, width[0], width[depth], 6),
                 .net = fixture_net(depth, width, "tanh", 7)};
    s.objective = (Objective){.net = s.net,
                              .sweep = sweep_new(s.net, rows, NULL),
                              .rows = *s.data,
                              .l2 = l2,
                              .gradient = mat_zeros(s.net->parameter_count)};
    cr_assert(s.objective.sweep != NULL && s.objective.gradient != NULL);
    return s;
}

static void setting_free(Setting *s)
{
    sweep_free(s->objective.sweep);
    free(s->objective.gradient);
    net_free(s->net);
    data_free(s->data);
}

/* What is minimised, where the network stands. */
static real value(Setting *s)
{
    cr_assert_eq(objective_know(&s->objective), TRAIN_GOES_ON);
    return s->objective.loss + s->objective.l2 * objective_squares(&s->objective, s->net);
}

static real largest_gradient(Setting *s)
{
    real largest = 0;
    (void)value(s);
    for (size_t i = 0; i < s->net->parameter_count; i++) {
        largest = fmax(largest, fabs(s->objective.gradient[i]));
    }
    return largest;
}

static const size_t linear[] = {6, 2}, small[] = {3, 7, 2};

Test(second_order, lbfgs_solves_least_squares_in_few_iterations)
{
    for (int decays = 0; decays < 2; decays++) {
        Setting s = setting(1, linear, 60, decays ? 0.01 : 0);
        Lbfgs *lbfgs = lbfgs_new(s.net);
        cr_assert_not_null(lbfgs);
        for (size_t k = 0; k < 20 && largest_gradient(&s) > 1e-7; k++) {
            cr_assert_eq(lbfgs_step(lbfgs, &s.objective), TRAIN_GOES_ON);
        }
        cr_assert_leq(largest_gradient(&s), 1e-7);
        lbfgs_free(lbfgs);
        setting_free(&s);
    }
}

Test(second_order, levenberg_marquardt_solves_least_squares_in_three_steps)
{
    for (int decays = 0; decays < 2; decays++) {
        Setting s = setting(1, linear, 60, decays ? 0.01 : 0);
        Lm *lm = lm_new(s.net, 0, NULL);
        cr_assert_not_null(lm);
        cr_assert_gt(largest_gradient(&s), 0.1);
        for (size_t k = 0; k < 3; k++) { /* the damping begins at 1e-3 and falls by thirds */
            cr_assert_eq(lm_step(lm, &s.objective), TRAIN_GOES_ON);
        }
        cr_assert_lt(largest_gradient(&s), 1e-9);
        lm_free(lm);
        setting_free(&s);
    }
}

Test(second_order, every_step_lowers_what_is_minimised_until_there_is_none)
{
    for (int second = 0; second < 2; second++) {
        Setting s = setting(2, small, 50, 1e-3);
        Lbfgs *lbfgs = lbfgs_new(s.net);
        Lm *lm = lm_new(s.net, 0, NULL);
        TrainEnd end = TRAIN_GOES_ON;
        cr_assert(lbfgs != NULL && lm != NULL);
        real before = value(&s);
        const real first = before;
        for (size_t k = 0; k < 5000 && end == TRAIN_GOES_ON; k++) {
            end = second ? lm_step(lm, &s.objective) : lbfgs_step(lbfgs, &s.objective);
            cr_assert(end == TRAIN_CONVERGED ? value(&s) == before : value(&s) < before);
            before = value(&s);
        }
        cr_assert_eq(end, TRAIN_CONVERGED);
        cr_assert(before < 0.3 * first && largest_gradient(&s) < 1e-6);
        lbfgs_free(lbfgs);
        lm_free(lm);
        setting_free(&s);
    }
}

/* ---- naive twins ---- */

enum { COUNT = 3 * 7 + 7 + 7 * 2 + 2 };

/* Dense BFGS, inverse form (Nocedal and Wright, 6.17), from H = gamma I: with fewer steps than
 * L-BFGS keeps, the two directions are the same. Applies the updates anew from the pairs. */
static void dense_direction(size_t pairs, real s[][COUNT], real y[][COUNT], real *d)
{
    static real h[COUNT][COUNT], hy[COUNT];
    const size_t last = pairs - 1;
    real sy = 0, yy = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sy += s[last][i] * y[last][i];
        yy += y[last][i] * y[last][i];
    }
    memset(h, 0, sizeof h);
    for (size_t i = 0; i < COUNT; i++) {
        h[i][i] = sy / yy;
    }
    for (size_t k = 0; k < pairs; k++) {
        real rho = 0, yhy = 0;
        for (size_t i = 0; i < COUNT; i++) {
            rho += s[k][i] * y[k][i];
            hy[i] = 0;
            for (size_t j = 0; j < COUNT; j++) {
                hy[i] += h[i][j] * y[k][j];
            }
            yhy += y[k][i] * hy[i];
        }
        for (size_t c = 0; c < (size_t)COUNT * COUNT; c++) {
            const size_t i = c / COUNT, j = c % COUNT;
            h[i][j] += (rho + yhy) / (rho * rho) * s[k][i] * s[k][j] -
                       (hy[i] * s[k][j] + s[k][i] * hy[j]) / rho;
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        hy[i] = 0;
        for (size_t j = 0; j < COUNT; j++) {
            hy[i] += h[i][j] * d[j];
        }
    }
    memcpy(d, hy, sizeof hy);
}

static real dot(const real *a, const real *b)
{
    real sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

Test(second_order, lbfgs_goes_where_dense_bfgs_points)
{
    static real s[LBFGS_HISTORY][COUNT], y[LBFGS_HISTORY][COUNT], d[COUNT], x[COUNT], g[COUNT];
    Setting set = setting(2, small, 50, 1e-3);
    Lbfgs *lbfgs = lbfgs_new(set.net);
    cr_assert(lbfgs != NULL && set.net->parameter_count == COUNT);
    for (size_t k = 0; k < LBFGS_HISTORY; k++) {
        (void)value(&set);
        memcpy(x, set.net->parameters, sizeof x);
        memcpy(g, set.objective.gradient, sizeof g);
        for (size_t i = 0; i < COUNT; i++) {
            d[i] = -g[i];
        }
        if (k > 0) {
            dense_direction(k, s, y, d);
        }
        cr_assert_eq(lbfgs_step(lbfgs, &set.objective), TRAIN_GOES_ON);
        (void)value(&set);
        for (size_t i = 0; i < COUNT; i++) {
            s[k][i] = set.net->parameters[i] - x[i];
            y[k][i] = set.objective.gradient[i] - g[i];
        }
        const real cosine = dot(s[k], d) / sqrt(dot(s[k], s[k]) * dot(d, d));
        cr_assert(cosine > 1 - 1e-9, "iteration %zu: the cosine is %.12g", k, cosine);
        cr_assert_leq(fabs(dot(set.objective.gradient, s[k])), -0.9 * dot(g, s[k]));
    }
    lbfgs_free(lbfgs);
    setting_free(&set);
}

/* Gauss-Newton's matrix and right side by finite differences of the outputs. */
static void normal_equations(Setting *set, real a[COUNT][COUNT], real *b)
{
    enum { NUMBERS = 50 * 2 };
    static real j[NUMBERS][COUNT], up[NUMBERS], down[NUMBERS], at[NUMBERS];
    const MatIn x = data_inputs(set->data), t = data_targets(set->data);
    real *w = set->net->parameters;
    Pass *pass = pass_new(set->net);
    cr_assert_not_null(pass);
    for (size_t p = 0; p < COUNT; p++) {
        const real old = w[p], h = 1e-5;
        w[p] = old + h;
        pass_predict(pass, set->net, x, mat_out(up, 50, 2));
        w[p] = old - h;
        pass_predict(pass, set->net, x, mat_out(down, 50, 2));
        w[p] = old;
        for (size_t k = 0; k < NUMBERS; k++) {
            j[k][p] = (up[k] - down[k]) / (2 * h);
        }
    }
    pass_predict(pass, set->net, x, mat_out(at, 50, 2));
    pass_free(pass);
    for (size_t p = 0; p < COUNT; p++) {
        const int bias = (p >= 21 && p < 28) || p >= 42;
        b[p] = bias ? 0 : -NUMBERS * set->objective.l2 * w[p];
        for (size_t k = 0; k < NUMBERS; k++) {
            b[p] -= j[k][p] * (at[k] - t.v[k / 2 * t.stride + k % 2]);
        }
        for (size_t q = 0; q < COUNT; q++) {
            a[p][q] = p == q && !bias ? NUMBERS * set->objective.l2 : 0;
            for (size_t k = 0; k < NUMBERS; k++) {
                a[p][q] += j[k][p] * j[k][q];
            }
        }
    }
}

/* Gaussian elimination; a is positive definite. */
static void eliminate(real a[COUNT][COUNT], real *b)
{
    for (size_t k = 0; k < COUNT; k++) {
        for (size_t i = 0; i < COUNT; i++) {
            const real factor = i == k ? 0 : a[i][k] / a[k][k];
            for (size_t c = 0; c < COUNT; c++) {
                a[i][c] -= factor * a[k][c];
            }
            b[i] -= factor * b[k];
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        b[i] /= a[i][i];
    }
}

Test(second_order, the_first_step_of_levenberg_marquardt_is_that_of_its_formula)
{
    static real a[COUNT][COUNT], d[COUNT], x[COUNT];
    Setting set = setting(2, small, 50, 1e-3);
    Lm *lm = lm_new(set.net, 0, NULL);
    real largest = 0;
    cr_assert_not_null(lm);
    normal_equations(&set, a, d);
    for (size_t i = 0; i < COUNT; i++) {
        largest = fmax(largest, a[i][i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        a[i][i] += 1e-3 * largest;
    }
    eliminate(a, d);
    memcpy(x, set.net->parameters, sizeof x);
    cr_assert_eq(lm_step(lm, &set.objective), TRAIN_GOES_ON);
    for (size_t i = 0; i < COUNT; i++) {
        const real ours = set.net->parameters[i] - x[i];
        cr_assert_float_eq(ours, d[i], 1e-6, "parameter %zu: %g, not %g", i, ours, d[i]);
    }
    cr_assert_gt(fabs(d[0]), 1e-3);
    lm_free(lm);
    setting_free(&set);
}

/* ---- interruption ---- */

typedef struct Bell {
    size_t asked, end_at;
} Bell;

static TrainEnd ring(void *context)
{
    Bell *bell = context;
    return ++bell->asked == bell->end_at ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

static TrainEnd step(void *method, int second, Objective *objective)
{
    return second ? lm_step(method, objective) : lbfgs_step(method, objective);
}

Test(second_order, an_interrupted_step_leaves_no_trace)
{
    for (int second = 0; second < 2; second++) {
        Setting a = setting(2, small, 2500, 0), b = setting(2, small, 2500, 0);
        void *one = second ? (void *)lm_new(a.net, 0, NULL) : lbfgs_new(a.net);
        void *other = second ? (void *)lm_new(b.net, 0, NULL) : lbfgs_new(b.net);
        Bell bell = {0, 0};
        const TrainHooks hooks = {.context = &bell, .poll = ring};
        size_t interruptions = 0;
        cr_assert(one != NULL && other != NULL);
        b.objective.hooks = &hooks;
        for (size_t k = 0; k < 8; k++) {
            TrainEnd end = TRAIN_CANCELLED;
            cr_assert_eq(step(one, second, &a.objective), TRAIN_GOES_ON);
            for (bell.end_at = 1; end != TRAIN_GOES_ON; bell.end_at++) {
                bell.asked = 0;
                end = step(other, second, &b.objective);
                interruptions += end != TRAIN_GOES_ON;
            }
            cr_assert(fixture_same_bits(a.net->parameters, b.net->parameters, COUNT), "%zu", k);
        }
        cr_assert_gt(interruptions, 16);
        second ? lm_free(one) : lbfgs_free(one);
        second ? lm_free(other) : lbfgs_free(other);
        setting_free(&a);
        setting_free(&b);
    }
}
