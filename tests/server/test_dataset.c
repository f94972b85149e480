/* Names, statistics and digests of datasets in memory. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "state/dataset.h"
#include "test_store_fixture.h"

TestSuite(dataset, .fini = fixture_no_leaks);

/* One feature of the given values, with a target of zeros. */
static Dataset *of_values(const double *values, size_t n)
{
    Data *data = data_new(n, 1, 1);
    Dataset *dataset = dataset_new();
    cr_assert(data && dataset);
    for (size_t i = 0; i < n; i++)
        data->v[2 * i] = values[i];
    cr_assert(dataset_set_data_take(dataset, data) == STATUS_OK);
    cr_assert(dataset_describe(dataset) == STATUS_OK);
    return dataset;
}

static void expect_near(double got, double wanted)
{
    cr_expect(fabs(got - wanted) <= 4 * DBL_EPSILON * fabs(wanted), "got %.17g, not %.17g", got,
              wanted);
}

static Dataset *of_shape(size_t features, size_t targets)
{
    Dataset *dataset = dataset_new();
    Data *data = data_new(1, features, targets);
    cr_assert(dataset && data);
    cr_assert(dataset_set_data_take(dataset, data) == STATUS_OK);
    return dataset;
}

Test(dataset, columns_without_names_are_called_x1_x2_and_y)
{
    Dataset *dataset = of_shape(2, 1);
    cr_expect_str_eq(dataset->column[0].name, "x1");
    cr_expect_str_eq(dataset->column[1].name, "x2");
    cr_expect_str_eq(dataset->column[2].name, "y");
    cr_expect_eq(dataset->rows, 1);
    dataset_free(dataset);
}

Test(dataset, several_targets_are_numbered)
{
    Dataset *dataset = of_shape(1, 2);
    cr_expect_str_eq(dataset->column[1].name, "y1");
    cr_expect_str_eq(dataset->column[2].name, "y2");
    dataset_free(dataset);
}

Test(dataset, a_column_can_be_renamed)
{
    Dataset *dataset = of_shape(2, 1);
    cr_assert(dataset_rename_column(dataset, 1, "rooms") == STATUS_OK);
    cr_expect_str_eq(dataset->column[0].name, "x1");
    cr_expect_str_eq(dataset->column[1].name, "rooms");
    dataset_free(dataset);
}

Test(dataset, statistics_are_those_of_the_column)
{
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    Dataset *dataset = of_values(values, 8);
    const Column *x = &dataset->column[0], *y = &dataset->column[1];
    cr_expect_eq(x->min, 2);
    cr_expect_eq(x->max, 9);
    expect_near(x->mean, 5);
    expect_near(x->std, 2);
    cr_expect(y->min == 0 && y->max == 0 && y->mean == 0 && y->std == 0);
    dataset_free(dataset);
}

Test(dataset, a_large_offset_costs_no_digits_of_the_deviation)
{
    const double values[] = {1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4};
    Dataset *dataset = of_values(values, 4);
    expect_near(dataset->column[0].mean, 1e9 + 2.5);
    expect_near(dataset->column[0].std, sqrt(1.25));
    dataset_free(dataset);
}

Test(dataset, a_constant_column_has_its_value_as_mean_and_no_deviation)
{
    double values[1000];
    for (size_t i = 0; i < 1000; i++)
        values[i] = 0.1;
    Dataset *dataset = of_values(values, 1000);
    cr_expect_eq(dataset->column[0].mean, 0.1);
    cr_expect_eq(dataset->column[0].std, 0);
    dataset_free(dataset);
}

Test(dataset, values_of_1e300_do_not_overflow)
{
    const double values[] = {1e300, -1e300, 1e300, -1e300};
    Dataset *dataset = of_values(values, 4);
    cr_expect_eq(dataset->column[0].mean, 0);
    expect_near(dataset->column[0].std, 1e300);
    dataset_free(dataset);
}

Test(dataset, the_greatest_numbers_do_not_overflow)
{
    const double values[] = {DBL_MAX, DBL_MAX, -DBL_MAX};
    Dataset *dataset = of_values(values, 3);
    expect_near(dataset->column[0].mean, DBL_MAX / 3);
    cr_expect(isfinite(dataset->column[0].std) && dataset->column[0].std > 1e308);
    dataset_free(dataset);
}

Test(dataset, the_smallest_numbers_do_not_vanish)
{
    const double values[] = {DBL_TRUE_MIN, 3 * DBL_TRUE_MIN};
    Dataset *dataset = of_values(values, 2);
    cr_expect_eq(dataset->column[0].mean, 2 * DBL_TRUE_MIN);
    cr_expect_eq(dataset->column[0].std, DBL_TRUE_MIN);
    dataset_free(dataset);
}

Test(dataset, statistics_are_finite_whatever_the_values)
{
    const double values[] = {NAN, 1, INFINITY, 3, -INFINITY};
    Dataset *dataset = of_values(values, 5);
    cr_expect_eq(dataset->column[0].min, 1);
    cr_expect_eq(dataset->column[0].max, 3);
    expect_near(dataset->column[0].mean, 2);
    expect_near(dataset->column[0].std, 1);
    dataset_free(dataset);
}

Test(dataset, no_rows_give_zeros)
{
    Dataset *dataset = of_values(NULL, 0);
    cr_expect_eq(dataset->column[0].mean, 0);
    cr_expect_eq(dataset->column[0].std, 0);
    cr_expect_eq(strlen(dataset->digest), 64);
    dataset_free(dataset);
}

Test(dataset, the_digest_is_that_of_counts_names_and_numbers)
{
    static const unsigned char contents[] = {
        1,   0,   0, 0,   0, 0, 0,    0,    1, 0, 0, 0, 0, 0, 0, 0,
        'x', '1', 0, 'y', 0, /* 1.0, then 0.0 */
        0,   0,   0, 0,   0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0};
    const double one = 1;
    char digest[DIGEST_SIZE];
    Dataset *dataset = of_values(&one, 1);
    cr_assert(digest_of(contents, sizeof contents, digest));
    cr_expect_str_eq(dataset->digest, digest);
    dataset_free(dataset);
}

Test(dataset, the_digest_covers_every_row)
{
    double values[2000] = {0};
    Dataset *before = of_values(values, 2000);
    values[1999] = 1;
    Dataset *after = of_values(values, 2000);
    cr_expect_str_neq(before->digest, after->digest);
    dataset_free(before);
    dataset_free(after);
}

Test(dataset, a_name_changes_the_digest)
{
    const double one = 1;
    Dataset *dataset = of_values(&one, 1);
    char before[DIGEST_SIZE];
    memcpy(before, dataset->digest, sizeof before);
    cr_assert(dataset_rename_column(dataset, 0, "x2") == STATUS_OK);
    cr_assert(dataset_describe(dataset) == STATUS_OK);
    cr_expect_str_neq(dataset->digest, before);
    dataset_free(dataset);
}

Test(dataset, numbers_become_bytes_and_back_bit_by_bit)
{
    const double numbers[] = {0.0, -0.0, 0.1, DBL_MIN / 3, -DBL_MAX, INFINITY};
    unsigned char bytes[sizeof numbers];
    double back[6];
    dataset_to_bytes(numbers, 6, bytes);
    dataset_from_bytes(bytes, 6, back);
    cr_expect_eq(memcmp(numbers, back, sizeof numbers), 0);
    cr_expect_eq(bytes[15], 0x80, "the sign of -0.0 is in the last byte of eight");
}
