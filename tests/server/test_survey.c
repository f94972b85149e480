/* What a look through the rows finds, and what it does not. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "state/survey.h"
#include "test_store_fixture.h"

TestSuite(survey, .fini = fixture_no_leaks);

enum { ROWS = 100, FEATURES = 3, COLUMNS = 4 };

static Problem found;
static size_t copies;

/* Three features and a target, of which none says anything of another. */
static Dataset *plain(void)
{
    Data *data = data_new(ROWS, FEATURES, 1);
    Dataset *dataset = dataset_new();
    cr_assert(data && dataset);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLUMNS; c++)
            data->v[COLUMNS * r + c] = sin((double)(r * (c + 2) + 7 * c));
    cr_assert(dataset_set_data_take(dataset, data) == STATUS_OK);
    return dataset;
}

static double *cell(Dataset *dataset, size_t row, size_t column)
{
    return &dataset->data->v[COLUMNS * row + column];
}

static void look_at(Dataset *dataset)
{
    problem_clear(&found);
    cr_assert(dataset_describe(dataset) == STATUS_OK);
    cr_assert(survey(dataset, &found, &copies) == STATUS_OK);
    dataset_free(dataset);
}

static void expect_only(const char *column, const char *words)
{
    cr_assert_eq(found.count, 1, "%zu found, the first: %s", found.count, found.item[0].detail);
    cr_expect_str_eq(found.item[0].pointer, column);
    cr_expect(strstr(found.item[0].detail, words), "%s", found.item[0].detail);
}

Test(survey, rows_that_are_in_order_are_passed_in_silence)
{
    look_at(plain());
    cr_expect(found.count == 0 && copies == 0, "%s", found.item[0].detail);
}

Test(survey, a_constant_column_is_named_once)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 1) = 2.5;
    look_at(dataset);
    expect_only("1", "is 2.5 in every row");
}

Test(survey, a_constant_target_leaves_nothing_to_learn)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 3) = 0;
    look_at(dataset);
    expect_only("3", "nothing to learn");
}

Test(survey, a_column_with_one_value_in_nearly_all_rows_is_named)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 0) = r == 40 ? 1 : 0;
    look_at(dataset);
    expect_only("0", "is 0 in all but 1 of 100 rows");
    dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 0) = r % 50 == 40;
    look_at(dataset);
    cr_expect_eq(found.count, 0, "two rows of a hundred are worth something");
}

/* The column is mean + step k, for k from 0 up to 49. */
static Dataset *stepping(size_t column, double mean, double step)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, column) = mean + step * (double)(r * 17 % 50);
    return dataset;
}

Test(survey, a_spread_that_is_lost_in_rounding_is_named)
{
    static const double rounded[][2] = {{1e6, 1e-10}, {-1e6, 1e-10}, {1.7e18, 1e2}, {1, 1e-16}};
    static const double kept[][2] = {{2000, 0.5},  {1.7e9, 1},    {1.7e12, 1}, {1.7e18, 1e9},
                                     {1e13, 1},    {-1e6, 1e-6},  {0, 1e-300}, {1, 1e-12}};
    for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++) {
        look_at(stepping(i % COLUMNS, rounded[i][0], rounded[i][1]));
        expect_only((const char *[]){"0", "1", "2", "3"}[i % COLUMNS], "lost in rounding");
    }
    look_at(stepping(0, 1e6, 1e-10));
    cr_expect(strstr(found.item[0].detail, "about 1000000"), "%s", found.item[0].detail);
    cr_expect(strstr(found.item[0].detail, "1.2e-10 apart"), "%s", found.item[0].detail);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        look_at(stepping(i % COLUMNS, kept[i][0], kept[i][1]));
        cr_expect_eq(found.count, 0, "%g: %s", kept[i][0], found.item[0].detail);
    }
}

Test(survey, equal_columns_are_found_wherever_they_stand)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 2) = *cell(dataset, r, 0);
    look_at(dataset);
    expect_only("2", "the same in every row as the feature 'x1'");
}

Test(survey, columns_that_differ_in_one_row_are_not_equal)
{
    Dataset *dataset = plain();
    for (size_t r = 1; r < ROWS; r++)
        *cell(dataset, r, 2) = *cell(dataset, r, 0);
    look_at(dataset);
    cr_expect_eq(found.count, 0);
}

Test(survey, a_feature_that_is_the_target_is_a_leak)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 1) = *cell(dataset, r, 3);
    look_at(dataset);
    expect_only("1", "is the target 'y' itself");
}

Test(survey, a_feature_that_is_the_target_in_other_units_is_worth_a_word)
{
    Dataset *dataset = plain();
    for (size_t r = 0; r < ROWS; r++)
        *cell(dataset, r, 1) = 32 - 1.8 * *cell(dataset, r, 3);
    look_at(dataset);
    expect_only("1", "correlation -1.0000000");
}

Test(survey, a_target_with_one_value_far_away_is_named)
{
    Data *data = data_new(1000, 1, 1);
    Dataset *dataset = dataset_new();
    cr_assert(data && dataset);
    for (size_t r = 0; r < 1000; r++) {
        data->v[2 * r] = (double)(r * r % 997);
        data->v[2 * r + 1] = r == 5 ? 1e6 : sin((double)r);
    }
    cr_assert(dataset_set_data_take(dataset, data) == STATUS_OK);
    look_at(dataset);
    expect_only("1", "standard deviations from its mean");
}

Test(survey, copies_of_rows_are_counted_without_their_originals)
{
    Dataset *dataset = plain();
    for (size_t c = 0; c < COLUMNS; c++)
        *cell(dataset, 7, c) = *cell(dataset, 90, c) = *cell(dataset, 3, c);
    look_at(dataset);
    cr_expect_eq(copies, 2);
    cr_expect_eq(found.count, 0);
}
