/* Each optimiser against its formula, worked out step by step for one parameter and a row of
 * gradients; that the runs of PyTorch agree is tests/core/test_golden.c's business.
 */
#include "core/opt.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

enum { STEPS = 5 };

static const real gradients[STEPS] = {0.5, -1.25, 3, 0, 1e-3};

/* Where the parameter stands after each step from 2. */
static void walk(const char *rule, OptOptions options, real *path)
{
    real parameter = 2;
    Opt *opt = opt_new(opt_find(rule), &options, 1);
    cr_assert_not_null(opt);
    for (size_t t = 0; t < STEPS; t++) {
        opt_step(opt, &gradients[t], &parameter);
        path[t] = parameter;
        cr_assert_eq(opt->updates, t + 1);
    }
    opt_free(opt);
}

static void assert_path(const char *rule, OptOptions options, const real *expected)
{
    real path[STEPS];
    walk(rule, options, path);
    for (size_t t = 0; t < STEPS; t++) {
        cr_assert(fabs(path[t] - expected[t]) <= 1e-14, "%s, step %zu: %.17g, not %.17g", rule,
                  t + 1, path[t], expected[t]);
    }
}

Test(opt, the_table_begins_with_the_method_of_the_notes)
{
    cr_assert_str_eq(opt_at(0)->name, "gradient_descent");
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        cr_assert_eq(opt_find(opt_at(i)->name), opt_at(i));
        const int first_order = opt_at(i)->family == OPT_FIRST_ORDER;
        cr_assert_eq(opt_at(i)->step != NULL, first_order);
        cr_assert_eq(opt_at(i)->learning_rate > 0, first_order);
        cr_assert_leq(opt_at(i)->slots, OPT_SLOTS);
    }
    cr_assert(opt_find("adam") != NULL && opt_find("rmsprop") != NULL);
    cr_assert(opt_find("lbfgs") != NULL && opt_find("levenberg_marquardt") != NULL);
    cr_assert_null(opt_find("sgd"));
    cr_assert_null(opt_at(SIZE_MAX));
}

Test(opt, gradient_descent_steps_against_the_gradient)
{
    const real expected[STEPS] = {1.95, 2.075, 1.775, 1.775, 1.7749};
    assert_path("gradient_descent", (OptOptions){.learning_rate = 0.1}, expected);
}

Test(opt, momentum_carries_the_velocity_on)
{
    real expected[STEPS], p = 2, v = 0;
    for (size_t t = 0; t < STEPS; t++) {
        v = 0.9 * v + gradients[t];
        expected[t] = p -= 0.1 * v;
    }
    assert_path("gradient_descent", (OptOptions){.learning_rate = 0.1, .momentum = 0.9}, expected);
}

Test(opt, nesterov_looks_ahead_along_the_velocity)
{
    real expected[STEPS], p = 2, v = 0;
    for (size_t t = 0; t < STEPS; t++) {
        v = 0.9 * v + gradients[t];
        expected[t] = p -= 0.1 * (gradients[t] + 0.9 * v);
    }
    assert_path("gradient_descent",
                (OptOptions){.learning_rate = 0.1, .momentum = 0.9, .nesterov = 1}, expected);
}

Test(opt, adam_follows_its_formula)
{
    const OptOptions options = {
        .learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3};
    real expected[STEPS], p = 2, m = 0, s = 0;
    for (size_t t = 0; t < STEPS; t++) {
        const real k = (real)(t + 1);
        m = 0.8 * m + 0.2 * gradients[t];
        s = 0.95 * s + 0.05 * gradients[t] * gradients[t];
        expected[t] = p -= 0.01 * (m / (1 - pow(0.8, k))) / (sqrt(s / (1 - pow(0.95, k))) + 1e-3);
    }
    assert_path("adam", options, expected);
}

Test(opt, rmsprop_follows_its_formula)
{
    const OptOptions options = {.learning_rate = 0.01, .decay = 0.9, .epsilon = 1e-3};
    real expected[STEPS], p = 2, s = 0;
    for (size_t t = 0; t < STEPS; t++) {
        s = 0.9 * s + 0.1 * gradients[t] * gradients[t];
        expected[t] = p -= 0.01 * gradients[t] / (sqrt(s) + 1e-3);
    }
    assert_path("rmsprop", options, expected);
}

/* A naive iRprop-, as its authors have it: by the sign of a product. */
Test(opt, rprop_follows_the_signs_alone)
{
    static const real signs[] = {0.5, 2, 1e-9, -3, -0.25, -7, 0, 4, 4, -1, 2, 2, 2};
    real parameter = 1, expected = 1, before = 0, step = 0.1;
    const OptOptions options = {.learning_rate = 0.1};
    Opt *opt = opt_new(opt_find("rprop"), &options, 1);
    cr_assert_not_null(opt);
    for (size_t t = 0; t < sizeof signs / sizeof signs[0]; t++) {
        real gradient = signs[t];
        const real product = before * gradient;
        step = product > 0 ? step * 1.2 : product < 0 ? step * 0.5 : step;
        gradient = product < 0 ? 0 : gradient;
        expected -= gradient > 0 ? step : gradient < 0 ? -step : 0;
        before = gradient;
        opt_step(opt, &signs[t], &parameter);
        cr_assert_eq(parameter, expected, "step %zu: %.17g, not %.17g", t, parameter, expected);
    }
    opt_free(opt);
}

Test(opt, steps_of_rprop_keep_within_their_bounds)
{
    const OptOptions options = {.learning_rate = 0.1};
    const real up = 1e-200, down = -1e-200; /* whose product is 0 in this arithmetic */
    real parameter = 0;
    Opt *opt = opt_new(opt_find("rprop"), &options, 1);
    cr_assert_not_null(opt);
    for (size_t t = 0; t < 100; t++) {
        opt_step(opt, &down, &parameter);
    }
    const real before = parameter;
    opt_step(opt, &down, &parameter);
    cr_assert_eq(parameter, before + 50);
    for (size_t t = 0; t < 100; t++) {
        opt_step(opt, t % 4 < 2 ? &up : &down, &parameter);
    }
    const real rest = parameter;
    opt_step(opt, &up, &parameter); /* turns, and rests */
    cr_assert_eq(parameter, rest);
    opt_step(opt, &up, &parameter);
    cr_assert_float_eq(rest - parameter, 1e-6, 1e-11);
    opt_free(opt);
}

/* The corrections of a long run: powers by squaring must reach 1 - b^t = 1. */
Test(opt, adam_is_sound_after_very_many_updates)
{
    const OptOptions options = {
        .learning_rate = 0.5, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    real parameter = 0, gradient = 4;
    Opt *opt = opt_new(opt_find("adam"), &options, 1);
    cr_assert_not_null(opt);
    opt->updates = (uint64_t)1 << 40;
    opt->slot[0][0] = 4;
    opt->slot[1][0] = 16;
    opt_step(opt, &gradient, &parameter);
    cr_assert_float_eq(parameter, -0.5, 1e-8);
    opt_free(opt);
}

Test(opt, every_parameter_moves_by_itself)
{
    const OptOptions options = fixture_options().opt;
    for (size_t i = 0; opt_at(i) != NULL && opt_at(i)->family == OPT_FIRST_ORDER; i++) {
        real together[33], gradient[33];
        Opt *opt = opt_new(opt_at(i), &options, 33);
        cr_assert_not_null(opt);
        for (size_t j = 0; j < 33; j++) {
            together[j] = 1;
            gradient[j] = (real)j - 16;
        }
        opt_step(opt, gradient, together);
        opt_step(opt, gradient, together);
        for (size_t j = 0; j < 33; j++) {
            real alone = 1;
            Opt *single = opt_new(opt_at(i), &options, 1);
            cr_assert_not_null(single);
            opt_step(single, &gradient[j], &alone);
            opt_step(single, &gradient[j], &alone);
            cr_assert_eq(alone, together[j], "%s, %zu", opt_at(i)->name, j);
            cr_assert((alone < 1) == (j > 16) && (alone > 1) == (j < 16));
            opt_free(single);
        }
        opt_free(opt);
    }
}

Test(opt, state_too_large_for_memory_is_refused)
{
    const OptOptions options = fixture_options().opt;
    cr_assert_null(opt_new(opt_find("adam"), &options, SIZE_MAX));
    cr_assert_null(opt_new(opt_find("adam"), &options, SIZE_MAX / 8 + 1));
}
