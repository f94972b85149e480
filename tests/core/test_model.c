/* A model takes and gives the user's units. */
#include "core/model.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

/* y = 2 x0 - x1 + 0.5 in scaled units; inputs scaled by (10, 2) and (-5, 4), target by (100, 3). */
static Model *linear(void)
{
    Net *net = net_new(1, (const size_t[]){2, 1}, act_find("tanh"));
    Scaling *scaling = scaling_new(2, 1);
    cr_assert(net != NULL && scaling != NULL);
    net->parameters[0] = 2;
    net->parameters[1] = -1;
    net->parameters[2] = 0.5;
    const real shift[] = {10, -5, 100}, scale[] = {2, 4, 3};
    for (size_t j = 0; j < 3; j++) {
        scaling->shift[j] = shift[j];
        scaling->scale[j] = scale[j];
    }
    Model *model = model_new_take(net, scaling);
    cr_assert_not_null(model);
    return model;
}

static real by_hand(real x0, real x1)
{
    return (2 * (x0 - 10) / 2 - (x1 + 5) / 4 + 0.5) * 3 + 100;
}

Test(model, predicts_in_the_users_units)
{
    const real x[] = {12, -1, 8, 3};
    real y[2];
    Model *model = linear();
    cr_assert_eq(model_predict(model, mat_in(x, 2, 2), mat_out(y, 2, 1), (Mat){0}), OUTCOME_OK);
    cr_assert_float_eq(y[0], 104.5, 1e-12);
    cr_assert_float_eq(y[1], by_hand(8, 3), 1e-12);
    model_free(model);
}

Test(model, predicts_any_number_of_rows_with_gaps)
{
    const size_t counts[] = {0, 1, 31, 255, 256, 257, 1000};
    Model *model = linear();
    Data *data = fixture_data(1000, 2, 1, 5);
    for (size_t c = 0; c < 7; c++) {
        real y[2000];
        MatIn x = data_inputs(data);
        x.rows = counts[c];
        const Mat out = {.v = y, .rows = counts[c], .cols = 1, .stride = 2};
        y[1] = 9;
        cr_assert_eq(model_predict(model, x, out, (Mat){0}), OUTCOME_OK);
        for (size_t i = 0; i < counts[c]; i++) {
            cr_assert_float_eq(y[2 * i], by_hand(data->v[3 * i], data->v[3 * i + 1]), 1e-12);
        }
        cr_assert_eq(y[1], 9);
    }
    data_free(data);
    model_free(model);
}

Test(model, a_prediction_that_is_not_finite_is_an_outcome)
{
    const real x[] = {12, -1, 1e308, 3};
    real y[2];
    Model *model = linear();
    model->scaling->scale[2] = 1e10;
    cr_assert_eq(model_predict(model, mat_in(x, 1, 2), mat_out(y, 1, 1), (Mat){0}), OUTCOME_OK);
    cr_assert_eq(model_predict(model, mat_in(x, 2, 2), mat_out(y, 2, 1), (Mat){0}),
                 OUTCOME_DIVERGED);
    model->scaling->scale[2] = 3;
    model->member[0]->parameters[1] = (real)NAN;
    cr_assert_eq(model_predict(model, mat_in(x, 1, 2), mat_out(y, 1, 1), (Mat){0}),
                 OUTCOME_DIVERGED);
    model_free(model);
}

Test(model, a_missing_part_makes_no_model)
{
    Net *net = net_new(1, (const size_t[]){2, 1}, act_find("tanh"));
    cr_assert_not_null(net);
    cr_assert_null(model_new_take(net, NULL)); /* and net is freed: the leak check sees to that */
    cr_assert_null(model_new_take(NULL, scaling_new(2, 1)));
}

Test(model, an_ensemble_answers_the_mean_of_its_members_and_how_far_they_are_apart)
{
    const real x[] = {12, -1, 8, 3};
    real y[2], std[2], alone[3][2], none[2];
    Model *one = linear(), *all = linear();
    for (size_t k = 1; k < 3; k++) {
        Net *net = net_copy(one->member[0]);
        cr_assert_not_null(net);
        net->parameters[0] = 2 + 3 * (real)k;
        cr_assert_eq(model_add_take(all, net), OUTCOME_OK);
    }
    for (size_t k = 0; k < 3; k++) {
        one->member[0]->parameters[0] = all->member[k]->parameters[0];
        cr_assert_eq(
            model_predict(one, mat_in(x, 2, 2), mat_out(alone[k], 2, 1), mat_out(none, 2, 1)),
            OUTCOME_OK);
        cr_assert(none[0] == 0 && none[1] == 0);
    }
    cr_assert_eq(model_predict(all, mat_in(x, 2, 2), mat_out(y, 2, 1), mat_out(std, 2, 1)),
                 OUTCOME_OK);
    for (size_t i = 0; i < 2; i++) {
        const real mean = (alone[0][i] + alone[1][i] + alone[2][i]) / 3;
        real squares = 0;
        for (size_t k = 0; k < 3; k++) {
            squares += (alone[k][i] - mean) * (alone[k][i] - mean) / 3;
        }
        cr_assert_float_eq(y[i], mean, 1e-12 * fabs(mean));
        cr_assert_float_eq(std[i], sqrt(squares), 1e-12 * sqrt(squares));
        cr_assert_gt(std[i], 1);
    }
    model_free(one);
    model_free(all);
}
