/* The metrics against numbers worked out by hand. */
#include "core/score.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

/* A network that gives out its inputs: predictions are what stands in the data. */
static Net *copying_net(size_t n)
{
    Net *net = net_new(1, (const size_t[]){n, n}, act_find("tanh"));
    cr_assert_not_null(net);
    for (size_t j = 0; j < n; j++) {
        net->parameters[j * n + j] = 1;
    }
    return net;
}

/* The score of predictions p for targets y, both rows x outputs, with this scale of the targets. */
static Outcome score_of(MatIn p, const real *y, real scale, Score *score)
{
    const size_t n = p.cols;
    Net *net = copying_net(n);
    Data *data = data_new(p.rows, n, n);
    Scaling *scaling = scaling_new(n, n);
    cr_assert(data != NULL && scaling != NULL);
    for (size_t i = 0; i < p.rows * n; i++) {
        data->v[i / n * 2 * n + i % n] = p.v[i];
        data->v[i / n * 2 * n + n + i % n] = y[i];
    }
    for (size_t j = 0; j < n; j++) {
        scaling->scale[n + j] = scale;
        scaling->shift[n + j] = 1000;
    }
    const Outcome outcome =
        score_ensemble((Ensemble){&(const Net *){net}, 1}, scaling, data, score);
    net_free(net);
    data_free(data);
    scaling_free(scaling);
    return outcome;
}

Test(score, of_one_output_is_what_hand_and_scikit_learn_say)
{
    const real p[] = {2.5, 0, 2, 8}, y[] = {3, -0.5, 2, 7}; /* scikit-learn's own example */
    Score score;
    cr_assert_eq(score_of(mat_in(p, 4, 1), y, 1, &score), OUTCOME_OK);
    cr_assert_float_eq(score.mse, 0.375, 1e-15);
    cr_assert_float_eq(score.rmse, sqrt(0.375), 1e-15);
    cr_assert_float_eq(score.mae, 0.5, 1e-15);
    cr_assert_float_eq(score.r2, 0.9486081370449679, 1e-15);
}

Test(score, is_in_the_users_units)
{
    const real p[] = {2.5, 0, 2, 8}, y[] = {3, -0.5, 2, 7};
    Score score;
    cr_assert_eq(score_of(mat_in(p, 4, 1), y, 10, &score), OUTCOME_OK);
    cr_assert_float_eq(score.mse, 37.5, 1e-13);
    cr_assert_float_eq(score.rmse, sqrt(37.5), 1e-13);
    cr_assert_float_eq(score.mae, 5, 1e-13);
    cr_assert_float_eq(score.r2, 0.9486081370449679, 1e-15);
}

Test(score, of_several_outputs_averages_them_evenly)
{
    const real p[] = {0, 2, -1, 2, 8, -5}, y[] = {0.5, 1, -1, 1, 7, -6};
    Score score;
    cr_assert_eq(score_of(mat_in(p, 3, 2), y, 1, &score), OUTCOME_OK);
    cr_assert_float_eq(score.mse, (0.25 + 1 + 0 + 1 + 1 + 1) / 6, 1e-15);
    cr_assert_float_eq(score.mae, (0.5 + 1 + 0 + 1 + 1 + 1) / 6, 1e-15);
    cr_assert_float_eq(score.r2, 0.9368005266622779, 1e-14); /* scikit-learn's example again */
}

Test(score, of_an_output_that_does_not_vary_is_one_or_nothing)
{
    const real met[] = {0.1, 0.1, 0.1}, missed[] = {0.1, 0.1, 0.2}, y[] = {0.1, 0.1, 0.1};
    Score score;
    cr_assert_eq(score_of(mat_in(met, 3, 1), y, 1, &score), OUTCOME_OK);
    cr_assert(score.r2 == 1 && score.mse == 0);
    cr_assert_eq(score_of(mat_in(missed, 3, 1), y, 1, &score), OUTCOME_OK);
    cr_assert(score.r2 == 0 && score.mse > 0);
}

Test(score, of_one_row_is_defined)
{
    const real p[] = {3}, y[] = {5};
    Score score;
    cr_assert_eq(score_of(mat_in(p, 1, 1), y, 1, &score), OUTCOME_OK);
    cr_assert(score.mse == 4 && score.mae == 2 && score.r2 == 0);
}

Test(score, that_is_not_finite_is_an_outcome_and_leaves_the_score_alone)
{
    const real p[] = {1, 2}, y[] = {3, 4}, bad[] = {1, (real)NAN};
    Score score = {.mse = 77};
    cr_assert_eq(score_of(mat_in(p, 2, 1), y, 1e200, &score), OUTCOME_DIVERGED);
    cr_assert_eq(score_of(mat_in(bad, 2, 1), y, 1, &score), OUTCOME_DIVERGED);
    cr_assert_eq(score.mse, 77);
    cr_assert_eq(score_of(mat_in(p, 2, 1), y, 1, &score), OUTCOME_OK);
    cr_assert_eq(score.mse, 4);
}

Test(score, of_tiny_units_loses_the_squares_alone)
{
    const real p[] = {2.5, 0, 2, 8}, y[] = {3, -0.5, 2, 7}, scales[] = {1e-200, 1e-305};
    for (size_t i = 0; i < 2; i++) {
        Score score;
        cr_assert_eq(score_of(mat_in(p, 4, 1), y, scales[i], &score), OUTCOME_OK);
        cr_assert_eq(score.mse, 0);
        cr_assert(fabs(score.rmse / scales[i] - sqrt(0.375)) < 1e-15, "%g", score.rmse);
        cr_assert(fabs(score.mae / scales[i] - 0.5) < 1e-15, "%g", score.mae);
        cr_assert_float_eq(score.r2, 0.9486081370449679, 1e-15);
    }
}

Test(score, of_huge_units_is_right_up_to_the_last_square)
{
    const real p[] = {2.5, 0, 2, 8}, y[] = {3, -0.5, 2, 7};
    Score score;
    cr_assert_eq(score_of(mat_in(p, 4, 1), y, 1e154, &score), OUTCOME_OK);
    cr_assert_float_eq(score.mse / 1e307, 3.75, 1e-14);
    cr_assert_float_eq(score.rmse / 1e154, sqrt(0.375), 1e-15);
    cr_assert_float_eq(score.r2, 0.9486081370449679, 1e-15);
}

Test(score, of_many_rows_takes_every_row)
{
    enum { ROWS = 700 };
    real p[ROWS], y[ROWS];
    Score score;
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = (real)(i % 2);
        p[i] = y[i] + (i == ROWS - 1 ? 7 : 0);
    }
    cr_assert_eq(score_of(mat_in(p, ROWS, 1), y, 1, &score), OUTCOME_OK);
    cr_assert_float_eq(score.mse, 49.0 / ROWS, 1e-15);
    cr_assert_float_eq(score.r2, 1 - 49.0 / (0.25 * ROWS), 1e-14);
}
