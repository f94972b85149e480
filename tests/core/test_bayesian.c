/* Bayesian regularisation: the decay that it ends with is a fixed point of MacKay's equations,
 * worked out naively, and it asks for more of it where there is more noise.
 */
#include "core/jacobian.h"
#include "core/lm.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 80, WIDE = 6, COUNT = 2 * WIDE + WIDE + WIDE + 1, OUTPUT_BIAS = COUNT - 1 };

typedef struct Setting {
    Data *data;
    Net *net;
    Objective objective;
    Lm *lm;
} Setting;

/* y = sin(2 x) and noise of this size. */
static Setting setting(real noise)
{
    static const size_t width[] = {2, WIDE, 1};
    Rng rng = rng_seeded(5);
    Setting s = {.data = data_new(ROWS, 2, 1), .net = fixture_net(2, width, "tanh", 7)};
    cr_assert_not_null(s.data);
    for (size_t i = 0; i < ROWS; i++) {
        real *row = s.data->v + 3 * i;
        row[0] = rng_uniform(&rng, -2, 2);
        row[1] = rng_uniform(&rng, -2, 2);
        row[2] = sin(2 * row[0]) + rng_uniform(&rng, -noise, noise);
    }
    s.objective = (Objective){.net = s.net,
                              .sweep = sweep_new(s.net, ROWS, NULL),
                              .rows = *s.data,
                              .decays_biases = 1,
                              .gradient = mat_zeros(COUNT)};
    s.lm = lm_new(s.net, 1, NULL);
    cr_assert(s.objective.sweep != NULL && s.objective.gradient != NULL && s.lm != NULL);
    return s;
}

static void setting_free(Setting *s)
{
    lm_free(s->lm);
    sweep_free(s->objective.sweep);
    free(s->objective.gradient);
    net_free(s->net);
    data_free(s->data);
}

static void settle(Setting *s)
{
    TrainEnd end = TRAIN_GOES_ON;
    for (size_t k = 0; k < 2000 && end == TRAIN_GOES_ON; k++) {
        end = lm_step(s->lm, &s->objective);
    }
    cr_assert_eq(objective_know(&s->objective), TRAIN_GOES_ON);
}

/* J^T J + N l2 D, D being 0 for the output's bias alone. */
static void fill_hessian(const Setting *s, real h[COUNT][COUNT])
{
    Jacobian *jacobian = jacobian_new(s->net);
    real j[COUNT];
    cr_assert_not_null(jacobian);
    jacobian_of(jacobian, s->net);
    for (size_t p = 0; p < COUNT; p++) {
        for (size_t q = 0; q < COUNT; q++) {
            h[p][q] = p == q && p != OUTPUT_BIAS ? ROWS * s->objective.l2 : 0;
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        const Data row = data_slice(s->data, i, 1);
        jacobian_rows(jacobian, data_inputs(&row));
        fixture_jacobian(jacobian, s->net, 0, mat_out(j, 1, COUNT));
        for (size_t c = 0; c < (size_t)COUNT * COUNT; c++) {
            h[c / COUNT][c % COUNT] += j[c / COUNT] * j[c % COUNT];
        }
    }
    jacobian_free(jacobian);
}

/* h becomes its inverse, by Gauss and Jordan. */
static void invert(real h[COUNT][COUNT])
{
    for (size_t k = 0; k < COUNT; k++) {
        const real pivot = h[k][k];
        h[k][k] = 1;
        for (size_t c = 0; c < COUNT; c++) {
            h[k][c] /= pivot;
        }
        for (size_t i = 0; i < COUNT; i++) {
            const real factor = h[i][k];
            h[i][k] = i == k ? factor : 0;
            for (size_t c = 0; c < COUNT && i != k; c++) {
                h[i][c] -= factor * h[k][c];
            }
        }
    }
}

Test(bayesian, the_decay_settles_where_mackays_equations_hold)
{
    static real h[COUNT][COUNT];
    Setting s = setting(0.5);
    settle(&s);
    fill_hessian(&s, h);
    invert(h);
    real trace = 0, squares = 0;
    for (size_t p = 0; p < OUTPUT_BIAS; p++) {
        trace += h[p][p];
        squares += s.net->parameters[p] * s.net->parameters[p];
    }
    const real gamma = COUNT - ROWS * s.objective.l2 * trace;
    const real alpha = gamma / (2 * squares);
    const real beta = (ROWS - gamma) / (2 * ROWS * s.objective.loss);
    cr_assert_float_eq(lm_effective(s.lm), gamma, 1e-3 * gamma);
    cr_assert_float_eq(s.objective.l2, alpha / (beta * ROWS), 1e-3 * s.objective.l2);
    cr_assert(gamma > 2 && gamma < COUNT - 1, "%g", gamma);
    setting_free(&s);
}

Test(bayesian, more_noise_asks_for_more_decay_and_fewer_parameters)
{
    Setting quiet = setting(0.01), noisy = setting(3);
    settle(&quiet);
    settle(&noisy);
    cr_assert_gt(noisy.objective.l2, 10 * quiet.objective.l2);
    cr_assert_lt(lm_effective(noisy.lm), lm_effective(quiet.lm));
    setting_free(&quiet);
    setting_free(&noisy);
}

/* More parameters than rows, and noise only: without decay the noise would be learnt. */
Test(bayesian, noise_is_not_learnt)
{
    real loss[2];
    for (int bayesian = 0; bayesian < 2; bayesian++) {
        TrainOptions options = fixture_options();
        Rng rng = rng_seeded(3);
        Data *data = fixture_data(40, 3, 1, 3);
        for (size_t i = 0; i < 40; i++) {
            data->v[4 * i + 3] = rng_uniform(&rng, -1, 1);
        }
        options.hidden[0] = 20;
        options.optimizer = opt_find("levenberg_marquardt");
        options.standardize = 1;
        options.epochs = 100;
        options.bayesian = bayesian;
        Trainer *trainer = fixture_trainer(&options, NULL, data);
        cr_assert(isnan(trainer_effective(trainer)));
        (void)!trainer_run(trainer, NULL);
        loss[bayesian] = trainer_progress(trainer).train_loss;
        cr_assert_eq(isnan(trainer_effective(trainer)), !bayesian);
        trainer_free(trainer);
    }
    cr_assert(loss[0] < 0.1 && loss[1] > 0.5, "%g %g", loss[0], loss[1]);
}
