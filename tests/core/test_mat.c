/* The kernels against naive twins, bit for bit: whatever the blocking, each element sums in the
 * order of k with one rounding a step, and nothing is written between the rows.
 */
#include "core/mat.h"
#include "core/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Shape {
    size_t n, k, m;
} Shape;

static const Shape shapes[] = {
    {1, 1, 1},   {1, 5, 1},    {9, 6, 1},     {17, 33, 2},   {8, 4, 3},    {32, 13, 50},
    {31, 50, 1}, {3, 2, 4},    {2, 7, 129},   {5, 100, 256}, {33, 65, 70}, {1, 9, 300},
    {4, 0, 5},   {0, 3, 5},    {7, 3, 0},     {2, 34, 128},  {6, 31, 127}, {40, 1, 3},
    {1, 1, 64},  {16, 257, 9}, {70, 40, 600}, {65, 3, 700},  {9, 70, 1},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0], GAP = 3 };

/* rows x (cols + GAP) random numbers. */
static real *numbers(Rng *rng, size_t rows, size_t cols)
{
    const size_t n = rows * (cols + GAP);
    real *v = mat_zeros(n);
    cr_assert_not_null(v);
    for (size_t i = 0; i < n; i++) {
        v[i] = rng_uniform(rng, -1, 1);
    }
    return v;
}

static real *copy_of(const real *v, size_t rows, size_t cols)
{
    real *copy = mat_zeros(rows * (cols + GAP));
    cr_assert_not_null(copy);
    memcpy(copy, v, rows * (cols + GAP) * sizeof(real));
    return copy;
}

static MatIn gapped_in(const real *v, size_t rows, size_t cols)
{
    return (MatIn){.v = v, .rows = rows, .cols = cols, .stride = cols + GAP};
}

static Mat gapped(real *v, size_t rows, size_t cols)
{
    return (Mat){.v = v, .rows = rows, .cols = cols, .stride = cols + GAP};
}

static void naive_add_product(MatIn a, MatIn b, Mat c)
{
    for (size_t i = 0; i < c.rows; i++) {
        for (size_t j = 0; j < c.cols; j++) {
            for (size_t k = 0; k < b.rows; k++) {
                c.v[i * c.stride + j] += a.v[i * a.stride + k] * b.v[k * b.stride + j];
            }
        }
    }
}

static void naive_add_product_tn(MatIn a, MatIn b, Mat c)
{
    for (size_t i = 0; i < c.rows; i++) {
        for (size_t j = 0; j < c.cols; j++) {
            for (size_t k = 0; k < b.rows; k++) {
                c.v[i * c.stride + j] += a.v[k * a.stride + i] * b.v[k * b.stride + j];
            }
        }
    }
}

/* Asserts that ours is theirs, in the gaps too, and frees both. */
static void assert_same_take(real *ours, real *theirs, size_t rows, size_t cols)
{
    cr_assert_eq(memcmp(ours, theirs, rows * (cols + GAP) * sizeof(real)), 0, "%zu x %zu", rows,
                 cols);
    free(ours);
    free(theirs);
}

Test(mat, product_is_its_naive_twin_bit_for_bit)
{
    Rng rng = rng_seeded(1);
    for (size_t s = 0; s < SHAPES; s++) {
        const Shape t = shapes[s];
        real *a = numbers(&rng, t.n, t.k), *b = numbers(&rng, t.k, t.m);
        real *ours = numbers(&rng, t.n, t.m), *theirs = copy_of(ours, t.n, t.m);
        mat_add_product(gapped_in(a, t.n, t.k), gapped_in(b, t.k, t.m), gapped(ours, t.n, t.m));
        naive_add_product(gapped_in(a, t.n, t.k), gapped_in(b, t.k, t.m), gapped(theirs, t.n, t.m));
        assert_same_take(ours, theirs, t.n, t.m);
        free(a);
        free(b);
    }
}

Test(mat, product_from_a_row_is_that_row_filled_in_and_the_product_added)
{
    Rng rng = rng_seeded(5);
    for (size_t s = 0; s < SHAPES; s++) {
        const Shape t = shapes[s];
        real *a = numbers(&rng, t.n, t.k), *b = numbers(&rng, t.k, t.m);
        real *start = numbers(&rng, 1, t.m);
        real *ours = numbers(&rng, t.n, t.m), *theirs = copy_of(ours, t.n, t.m);
        mat_product_from(start, gapped_in(a, t.n, t.k), gapped_in(b, t.k, t.m),
                         gapped(ours, t.n, t.m));
        mat_fill_rows(start, gapped(theirs, t.n, t.m));
        naive_add_product(gapped_in(a, t.n, t.k), gapped_in(b, t.k, t.m), gapped(theirs, t.n, t.m));
        assert_same_take(ours, theirs, t.n, t.m);
        free(a);
        free(b);
        free(start);
    }
}

Test(mat, transposed_product_is_its_naive_twin_bit_for_bit)
{
    Rng rng = rng_seeded(2);
    for (size_t s = 0; s < SHAPES; s++) {
        const Shape t = shapes[s];
        real *a = numbers(&rng, t.n, t.k), *b = numbers(&rng, t.n, t.m);
        real *ours = numbers(&rng, t.k, t.m), *theirs = copy_of(ours, t.k, t.m);
        mat_add_product_tn(gapped_in(a, t.n, t.k), gapped_in(b, t.n, t.m), gapped(ours, t.k, t.m));
        naive_add_product_tn(gapped_in(a, t.n, t.k), gapped_in(b, t.n, t.m),
                             gapped(theirs, t.k, t.m));
        assert_same_take(ours, theirs, t.k, t.m);
        free(a);
        free(b);
    }
}

/* A column without gaps has a way of its own through the kernels. */
Test(mat, transposed_product_into_a_plain_column_is_its_naive_twin)
{
    Rng rng = rng_seeded(3);
    for (size_t k = 1; k < 140; k += 3) {
        const size_t n = 33;
        real *a = numbers(&rng, n, k), *b = numbers(&rng, n, 1);
        real *ours = numbers(&rng, 1, k), *theirs = copy_of(ours, 1, k);
        mat_add_product_tn(gapped_in(a, n, k), gapped_in(b, n, 1), mat_out(ours, k, 1));
        naive_add_product_tn(gapped_in(a, n, k), gapped_in(b, n, 1), mat_out(theirs, k, 1));
        assert_same_take(ours, theirs, 1, k);
        free(a);
        free(b);
    }
}

Test(mat, product_takes_what_is_not_finite_as_ieee_754_does)
{
    const real a[2] = {0, 1}, b[4] = {(real)INFINITY, 1, 2, 3};
    real c[2] = {0, 0};
    mat_add_product(mat_in(a, 1, 2), mat_in(b, 2, 2), mat_out(c, 1, 2));
    cr_assert(c[0] != c[0], "0 times infinity is not a number");
    cr_assert_eq(c[1], 3);
}

Test(mat, transpose_swaps_rows_and_columns_and_leaves_the_gaps)
{
    Rng rng = rng_seeded(4);
    for (size_t s = 0; s < SHAPES; s++) {
        const size_t n = shapes[s].n, m = shapes[s].m;
        real *a = numbers(&rng, n, m);
        real *ours = numbers(&rng, m, n), *theirs = copy_of(ours, m, n);
        mat_transpose(gapped_in(a, n, m), gapped(ours, m, n));
        for (size_t i = 0; i < n * m; i++) {
            theirs[i % m * (n + GAP) + i / m] = a[i / m * (m + GAP) + i % m];
        }
        assert_same_take(ours, theirs, m, n);
        free(a);
    }
}

Test(mat, fill_rows_repeats_a_row_and_leaves_the_gaps)
{
    const real row[3] = {1, 2, 3};
    real c[10] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    const real expected[10] = {1, 2, 3, 9, 9, 1, 2, 3, 9, 9};
    mat_fill_rows(row, (Mat){.v = c, .rows = 2, .cols = 3, .stride = 5});
    cr_assert_eq(memcmp(c, expected, sizeof c), 0);
}

Test(mat, add_rows_sums_in_the_order_of_the_rows)
{
    const real a[8] = {1, 1e16, 7, 7, 1e16, 1, 7, 7};
    real sum[2] = {1, -1e16};
    const real expected[2] = {1 + 1.0 + 1e16, -1e16 + 1e16 + 1};
    mat_add_rows((MatIn){.v = a, .rows = 2, .cols = 2, .stride = 4}, sum);
    cr_assert_eq(memcmp(sum, expected, sizeof sum), 0);
}

Test(mat, room_is_aligned_and_zeros_are_zero)
{
    for (size_t n = 0; n < 40; n++) {
        real *zeros = mat_zeros(n);
        cr_assert_not_null(zeros);
        cr_assert_eq((uintptr_t)zeros % 64, 0);
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(zeros[i], 0);
        }
        free(zeros);
    }
}

Test(mat, room_for_more_than_there_is_is_refused)
{
    cr_assert_null(mat_room(SIZE_MAX));
    cr_assert_null(mat_room(SIZE_MAX / sizeof(real) + 2));
    cr_assert_null(mat_zeros(PTRDIFF_MAX / sizeof(real)));
}
