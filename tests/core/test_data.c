/* Rows, views of them, and the split. */
#include "core/data.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* Row i is i, i + 0.25, i + 0.5. */
static Data *numbered(size_t rows)
{
    Data *data = data_new(rows, 2, 1);
    cr_assert_not_null(data);
    for (size_t i = 0; i < 3 * rows; i++) {
        data->v[i] = (real)(i / 3) + 0.25 * (real)(i % 3);
    }
    return data;
}

/* Asserts that rows [from, to) rise and are whole; marks what they are. */
static void walk(const Data *data, size_t from, size_t to, int *seen)
{
    for (size_t i = from; i < to; i++) {
        const real *row = data->v + 3 * i;
        cr_assert(row[1] == row[0] + 0.25 && row[2] == row[0] + 0.5);
        cr_assert(i == from || row[0] > row[-3]);
        seen[(size_t)row[0]]++;
    }
}

static size_t training_rows(size_t rows, real fraction)
{
    Rng rng = rng_seeded(1);
    size_t training;
    Data *data = numbered(rows);
    cr_assert_eq(data_split(data, fraction, &rng, &training), OUTCOME_OK);
    data_free(data);
    return training;
}

Test(data, sizes_that_overflow_are_refused)
{
    cr_assert_null(data_new(SIZE_MAX, 1, 1));
    cr_assert_null(data_new(1, SIZE_MAX, 1));
    cr_assert_null(data_new(1, SIZE_MAX, SIZE_MAX));
    cr_assert_null(data_new(SIZE_MAX / 16, 8, 9));
    cr_assert_null(data_new(((size_t)1 << (sizeof(size_t) * 4)) + 1,
                            ((size_t)1 << (sizeof(size_t) * 4)) - 1, 1));
}

Test(data, inputs_and_targets_are_views_of_the_rows)
{
    Data *data = numbered(5);
    const Data slice = data_slice(data, 2, 2);
    const MatIn x = data_inputs(&slice), y = data_targets(&slice);
    cr_assert(x.rows == 2 && x.cols == 2 && x.stride == 3 && x.v == data->v + 6);
    cr_assert(y.rows == 2 && y.cols == 1 && y.stride == 3 && y.v == data->v + 8);
    data_free(data);
}

Test(data, split_parts_the_rows_and_keeps_their_order)
{
    size_t training;
    int seen[100] = {0};
    Rng rng = rng_seeded(4);
    Data *data = numbered(100);
    cr_assert_eq(data_split(data, 0.3, &rng, &training), OUTCOME_OK);
    cr_assert_eq(training, 70);
    walk(data, 0, 70, seen);
    walk(data, 70, 100, seen);
    for (size_t i = 0; i < 100; i++) {
        cr_assert_eq(seen[i], 1, "row %zu", i);
    }
    data_free(data);
}

Test(data, split_holds_out_each_row_equally_often)
{
    enum { ROWS = 10, DRAWS = 20000 };
    size_t count[ROWS] = {0};
    Rng rng = rng_seeded(5);
    for (size_t draw = 0; draw < DRAWS; draw++) {
        size_t training;
        Data *data = numbered(ROWS);
        cr_assert_eq(data_split(data, 0.3, &rng, &training), OUTCOME_OK);
        for (size_t i = training; i < ROWS; i++) {
            count[(size_t)data->v[3 * i]]++;
        }
        data_free(data);
    }
    for (size_t i = 0; i < ROWS; i++) {
        cr_assert_float_eq((real)count[i] / DRAWS, 0.3, 0.015, "row %zu", i);
    }
}

Test(data, split_rounds_and_leaves_at_least_a_row_on_either_side)
{
    cr_assert_eq(training_rows(10, 0.25), 7);
    cr_assert_eq(training_rows(10, 0.24), 8);
    cr_assert_eq(training_rows(10, 0.001), 9);
    cr_assert_eq(training_rows(10, 0.9999), 1);
    cr_assert_eq(training_rows(2, 0.01), 1);
    cr_assert_eq(training_rows(2, 0.99), 1);
    cr_assert_eq(training_rows(1, 0.5), 1);
    cr_assert_eq(training_rows(10, (real)NAN), 10);
}

Test(data, no_split_leaves_generator_and_rows_alone)
{
    size_t training;
    Rng rng = rng_seeded(6);
    const Rng before = rng;
    Data *data = numbered(8), *same = numbered(8);
    cr_assert_eq(data_split(data, 0, &rng, &training), OUTCOME_OK);
    cr_assert_eq(training, 8);
    cr_assert_eq(memcmp(&rng, &before, sizeof rng), 0);
    cr_assert_eq(memcmp(data->v, same->v, 24 * sizeof(real)), 0);
    data_free(data);
    data_free(same);
}

Test(data, a_seed_gives_one_split_and_another_seed_another)
{
    size_t training;
    Data *a = numbered(50), *b = numbered(50), *c = numbered(50);
    Rng rng_a = rng_seeded(7), rng_b = rng_seeded(7), rng_c = rng_seeded(8);
    cr_assert_eq(data_split(a, 0.5, &rng_a, &training), OUTCOME_OK);
    cr_assert_eq(data_split(b, 0.5, &rng_b, &training), OUTCOME_OK);
    cr_assert_eq(data_split(c, 0.5, &rng_c, &training), OUTCOME_OK);
    cr_assert_eq(memcmp(a->v, b->v, 150 * sizeof(real)), 0);
    cr_assert_neq(memcmp(a->v, c->v, 150 * sizeof(real)), 0);
    data_free(a);
    data_free(b);
    data_free(c);
}
