/* The scaling of columns: what it makes of ordinary ones, and of those at the ends of the range. */
#include "core/data.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* A single column of n values, as the input; the target is 0, 1, 2 ... */
static Data *column_of(const real *values, size_t n)
{
    Data *data = data_new(n, 1, 1);
    cr_assert_not_null(data);
    for (size_t i = 0; i < n; i++) {
        data->v[2 * i] = values[i];
        data->v[2 * i + 1] = (real)i;
    }
    return data;
}

/* The scaling that is fitted to data. */
static Scaling *fitted(const Data *data)
{
    Scaling *scaling = scaling_new(data->inputs, data->outputs);
    cr_assert_not_null(scaling);
    scaling_fit(scaling, data);
    return scaling;
}

static void assert_fit(const real *values, size_t n, real shift, real scale)
{
    Data *data = column_of(values, n);
    Scaling *scaling = fitted(data);
    cr_assert(fabs(scaling->shift[0] - shift) <= 1e-14 * fabs(shift), "shift %.17g, not %.17g",
              scaling->shift[0], shift);
    cr_assert(fabs(scaling->scale[0] - scale) <= 1e-14 * scale, "scale %.17g, not %.17g",
              scaling->scale[0], scale);
    scaling_apply(scaling, data);
    for (size_t i = 0; i < n; i++) {
        cr_assert(fabs(data->v[2 * i]) <= sqrt((real)n), "scaled to %g", data->v[2 * i]);
    }
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, starts_as_the_identity)
{
    Scaling *scaling = scaling_new(2, 1);
    cr_assert_not_null(scaling);
    cr_assert(scaling->inputs == 2 && scaling->outputs == 1);
    for (size_t j = 0; j < 3; j++) {
        cr_assert(scaling->shift[j] == 0 && scaling->scale[j] == 1);
    }
    scaling_free(scaling);
}

Test(scaling, takes_mean_and_population_deviation)
{
    const real values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    assert_fit(values, 8, 5, 2);
}

Test(scaling, is_exact_far_from_zero)
{
    const real values[] = {1e9 + 2, 1e9 + 4, 1e9 + 4, 1e9 + 4, 1e9 + 5, 1e9 + 5, 1e9 + 7, 1e9 + 9};
    assert_fit(values, 8, 1e9 + 5, 2);
}

Test(scaling, the_mean_of_many_rows_is_not_blurred_by_rounding)
{
    enum { ROWS = 200001 };
    long double sum = 0;
    Data *data = data_new(ROWS, 1, 1);
    cr_assert_not_null(data);
    for (size_t i = 0; i < ROWS; i++) {
        data->v[2 * i] = i == 0 ? 0 : i % 3 ? 1000.1 : 1000.7;
        sum += (long double)data->v[2 * i];
    }
    const real mean = (real)(sum / ROWS);
    Scaling *scaling = fitted(data);
    cr_assert(fabs(scaling->shift[0] - mean) <= 1e-15 * mean, "%.17g, not %.17g", scaling->shift[0],
              mean);
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, huge_columns_do_not_overflow)
{
    assert_fit((const real[]){1e300, 3e300}, 2, 2e300, 1e300);
    assert_fit((const real[]){-DBL_MAX, DBL_MAX}, 2, 0, DBL_MAX);
    assert_fit((const real[]){-DBL_MAX, -DBL_MAX, -DBL_MAX, DBL_MAX}, 4, -0.5 * DBL_MAX,
               DBL_MAX * sqrt(0.75));
}

Test(scaling, tiny_columns_do_not_vanish)
{
    assert_fit((const real[]){1e-300, 3e-300}, 2, 2e-300, 1e-300);
    assert_fit((const real[]){0, 0x1p-1070}, 2, 0x1p-1071, 0x1p-1071);
}

Test(scaling, a_constant_column_keeps_scale_1_and_becomes_0)
{
    const real constants[] = {0, 1, -0.1, 1e300, 1e-300, 1.0 / 3, DBL_MAX, 0x1p-1074};
    for (size_t c = 0; c < sizeof constants / sizeof constants[0]; c++) {
        real values[11];
        for (size_t i = 0; i < 11; i++) {
            values[i] = constants[c];
        }
        Data *data = column_of(values, 11);
        Scaling *scaling = fitted(data);
        cr_assert_eq(scaling->scale[0], 1, "of %g", constants[c]);
        scaling_apply(scaling, data);
        cr_assert_eq(data->v[0], 0, "%g became %g", constants[c], data->v[0]);
        scaling_free(scaling);
        data_free(data);
    }
}

Test(scaling, a_column_that_only_rounding_moves_is_constant)
{
    real values[100];
    for (size_t i = 0; i < 100; i++) {
        values[i] = i % 3 ? 0.1 + 0.2 : 0.3;
    }
    Data *data = column_of(values, 100);
    Scaling *scaling = fitted(data);
    cr_assert_eq(scaling->scale[0], 1);
    cr_assert_gt(scaling->scale[1], 20, "the other column is not");
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, scaled_columns_have_mean_0_and_deviation_1)
{
    Rng rng = rng_seeded(1);
    Data *data = data_new(1000, 3, 2);
    cr_assert_not_null(data);
    for (size_t i = 0; i < 5000; i++) {
        data->v[i] = rng_uniform(&rng, -1, 9) * pow(10, (real)(i % 5));
    }
    Scaling *scaling = fitted(data);
    scaling_apply(scaling, data);
    for (size_t j = 0; j < 5; j++) {
        real sum = 0, squares = 0;
        for (size_t i = 0; i < 1000; i++) {
            sum += data->v[5 * i + j];
            squares += data->v[5 * i + j] * data->v[5 * i + j];
        }
        cr_assert_float_eq(sum / 1000, 0, 1e-13);
        cr_assert_float_eq(squares / 1000, 1, 1e-13);
    }
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, a_copy_is_equal_and_independent)
{
    Data *data = column_of((const real[]){1, 2, 4}, 3);
    Scaling *scaling = fitted(data), *copy = scaling_copy(scaling);
    cr_assert_not_null(copy);
    cr_assert_eq(memcmp(copy->shift, scaling->shift, 2 * sizeof(real)), 0);
    cr_assert_eq(memcmp(copy->scale, scaling->scale, 2 * sizeof(real)), 0);
    scaling->shift[0] = 77;
    cr_assert_neq(copy->shift[0], 77);
    scaling_free(scaling);
    scaling_free(copy);
    data_free(data);
}

Test(scaling, undoing_the_outputs_gives_the_users_units_back)
{
    const real y[] = {5, 7, -3};
    Data *data = column_of((const real[]){1, 2, 4}, 3);
    for (size_t i = 0; i < 3; i++) {
        data->v[2 * i + 1] = y[i];
    }
    Scaling *scaling = fitted(data);
    scaling_apply(scaling, data);
    cr_assert_float_eq(data->v[1], (5 - 3) / sqrt(56.0 / 3), 1e-15);
    const Mat targets = {.v = data->v + 1, .rows = 3, .cols = 1, .stride = 2};
    scaling_undo_outputs(scaling, targets);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_float_eq(data->v[2 * i + 1], y[i], 1e-14);
    }
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, inputs_are_scaled_as_the_rows_are)
{
    Data *data = column_of((const real[]){1, 2, 4}, 3);
    Scaling *scaling = fitted(data);
    real scaled[3];
    scaling_apply_inputs(scaling, data_inputs(data), mat_out(scaled, 3, 1));
    scaling_apply(scaling, data);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(scaled[i], data->v[2 * i]);
    }
    cr_assert_neq(scaled[0], 1);
    scaling_free(scaling);
    data_free(data);
}

Test(scaling, columns_that_cannot_be_counted_are_refused)
{
    cr_assert_null(scaling_new(SIZE_MAX, 1));
    cr_assert_null(scaling_new(SIZE_MAX / 2, SIZE_MAX / 2 + 2));
}
