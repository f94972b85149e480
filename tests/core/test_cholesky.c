/* Factor, solution and inverse against their definitions, over sizes on both sides of a panel. */
#include "core/cholesky.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {1, 2, 3, 63, 64, 65, 130, 200};

/* b b^T + I for a random b: positive definite. Above the diagonal is rubbish. */
static Mat matrix(size_t n, uint64_t seed)
{
    Rng rng = rng_seeded(seed);
    real *a = mat_zeros(n * n), *b = mat_zeros(n * n);
    cr_assert(a != NULL && b != NULL);
    for (size_t i = 0; i < n * n; i++) {
        b[i] = rng_uniform(&rng, -1, 1);
    }
    for (size_t i = 0; i < n * n; i++) {
        const size_t r = i / n, c = i % n;
        for (size_t k = 0; k < n; k++) {
            a[i] += b[r * n + k] * b[c * n + k];
        }
        a[i] = c > r ? 1e300 : a[i] + (r == c ? 1 : 0);
    }
    free(b);
    return mat_out(a, n, n);
}

/* Whether it went through. */
static int factor(Mat a)
{
    real *scratch = mat_zeros(CHOLESKY_SCRATCH(a.rows));
    int definite = 1;
    cr_assert_not_null(scratch);
    for (size_t from = 0; from < a.rows && definite; from += CHOLESKY_PANEL) {
        definite = cholesky_panel(a, from, scratch);
    }
    free(scratch);
    return definite;
}

static real dot(size_t n, const real *a, const real *b)
{
    real sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += a[k] * b[k];
    }
    return sum;
}

Test(cholesky, the_factor_times_itself_is_the_matrix)
{
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        Mat a = matrix(n, 1), l = matrix(n, 1);
        cr_assert(factor(l));
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                const real product = dot(j + 1, l.v + i * n, l.v + j * n);
                cr_assert_float_eq(product, a.v[i * n + j], 1e-11, "n %zu (%zu, %zu)", n, i, j);
            }
        }
        free(a.v);
        free(l.v);
    }
}

Test(cholesky, solves_what_was_multiplied)
{
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        Mat a = matrix(n, 2), l = matrix(n, 2);
        real b[200];
        cr_assert(factor(l));
        for (size_t i = 0; i < n; i++) {
            b[i] = 0;
            for (size_t k = 0; k < n; k++) {
                b[i] += (k <= i ? a.v[i * n + k] : a.v[k * n + i]) * ((real)k - 5);
            }
        }
        cholesky_solve((MatIn){l.v, n, n, n}, b);
        for (size_t i = 0; i < n; i++) {
            cr_assert_float_eq(b[i], (real)i - 5, 1e-9, "n %zu, %zu", n, i);
        }
        free(a.v);
        free(l.v);
    }
}

Test(cholesky, the_inverted_factor_gives_the_diagonal_of_the_inverse)
{
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        Mat l = matrix(n, 3), x = matrix(n, 3);
        real *scratch = mat_zeros(CHOLESKY_SCRATCH(n)), unit[200];
        cr_assert(scratch != NULL && factor(l) && factor(x));
        for (size_t from = 0; from < n; from += CHOLESKY_PANEL) {
            cholesky_invert_panel(x, from, scratch);
        }
        for (size_t c = 0; c < n; c++) {
            real square = 0;
            memset(unit, 0, sizeof unit);
            unit[c] = 1;
            cholesky_solve((MatIn){l.v, n, n, n}, unit);
            for (size_t r = 0; r < n; r++) {
                square += x.v[r * n + c] * x.v[r * n + c];
                cr_assert(r >= c || x.v[r * n + c] == 0);
            }
            cr_assert_float_eq(square, unit[c], 1e-11, "n %zu, column %zu", n, c);
        }
        free(scratch);
        free(l.v);
        free(x.v);
    }
}

Test(cholesky, what_is_not_positive_definite_is_told)
{
    const real wrong[] = {0, -1, (real)NAN, (real)INFINITY, -1e300};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t w = 0; w < 5; w++) {
            const size_t n = sizes[s];
            Mat a = matrix(n, 4);
            a.v[n * n - 1] = wrong[w];
            cr_assert_not(factor(a), "n %zu, %g", n, wrong[w]);
            free(a.v);
        }
    }
}
