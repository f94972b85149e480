/* Cholesky's method by panels of columns. A panel is kept transposed and with its sign turned while
 * it is solved, so that all its sums are products of matrices that run along rows, and what is left
 * to the right takes it up by one more. Each element has its terms subtracted in the order of the
 * columns. Owns nothing.
 */
#include "core/cholesky.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 8,   /* rows of a transposition */
    GROUP = 8,  /* columns of a panel that take up at once what is before them */
    STRIPE = 16 /* rows that take up a panel, to the diagonal */
};

static size_t panel_end(size_t n, size_t from)
{
    return n - from < CHOLESKY_PANEL ? n : from + CHOLESKY_PANEL;
}

/* c = -a^T, by tiles that stay in the first cache. */
static void negated_transpose(MatIn a, Mat c)
{
    for (size_t from = 0; from < a.rows; from += TILE) {
        const size_t to = a.rows - from < TILE ? a.rows : from + TILE;
        for (size_t j = 0; j < a.cols; j++) {
            for (size_t i = from; i < to; i++) {
                c.v[j * c.stride + i] = -a.v[i * a.stride + j];
            }
        }
    }
}

/* Rows [row, end) of t take up the terms [from, to) of l(c, k) l(i, k), from column `row` on. */
static void take_up(Mat t, size_t row, size_t end, size_t from, size_t to)
{
    const real *terms = t.v + from * t.stride + row;
    mat_add_product_tn((MatIn){terms, to - from, end - row, t.stride},
                       (MatIn){terms, to - from, t.cols - row, t.stride},
                       (Mat){t.v + row * t.stride + row, end - row, t.cols - row, t.stride});
}

/* Row c of t, which holds -a(i, c) and all terms before `done`: -l(i, c) = (-a(i, c) + sum over
 * k < c of l(c, k) l(i, k)) / l(c, c), where both factors are in the rows before it with their
 * signs turned. What t has before column c comes from above the diagonal and is rubbish. */
static int solve_row(Mat t, size_t c, size_t done)
{
    real *own = t.v + c * t.stride;
    take_up(t, c, c + 1, done, c);
    if (!(own[c] < 0 && isfinite(own[c]))) {
        return 0;
    }
    const real pivot = sqrt(-own[c]);
    for (size_t i = c; i < t.cols; i++) {
        own[i] /= pivot;
    }
    own[c] = -pivot;
    return 1;
}

static int solve_panel(Mat t)
{
    for (size_t group = 0; group < t.rows; group += GROUP) {
        const size_t end = t.rows - group < GROUP ? t.rows : group + GROUP;
        take_up(t, group, end, 0, group);
        for (size_t c = group; c < end; c++) {
            if (!solve_row(t, c, group)) {
                return 0;
            }
        }
    }
    return 1;
}

/* -a's block of these rows and columns, into negative. */
static MatIn negated(Mat a, size_t row, size_t rows, size_t col, real *negative)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < a.cols; k++) {
            negative[i * a.cols + k] = -a.v[(row + i) * a.stride + col + k];
        }
    }
    return mat_in(negative, rows, a.cols);
}

int cholesky_panel(Mat a, size_t from, real *scratch)
{
    const size_t n = a.rows, to = panel_end(n, from), cols = to - from;
    const Mat panel = {a.v + from * (a.stride + 1), n - from, cols, a.stride};
    const Mat t = {scratch, cols, n - from, mat_stride(n - from)};
    negated_transpose((MatIn){panel.v, panel.rows, panel.cols, panel.stride}, t);
    if (!solve_panel(t)) {
        return 0;
    }
    negated_transpose((MatIn){t.v, t.rows, t.cols, t.stride}, panel);
    for (size_t row = to; row < n; row += STRIPE) {
        const size_t rows = n - row < STRIPE ? n - row : STRIPE;
        const MatIn left = {a.v + row * a.stride + from, rows, cols, a.stride};
        const MatIn right = {t.v + cols, cols, row + rows - to, t.stride};
        mat_add_product(left, right,
                        (Mat){a.v + row * a.stride + to, rows, row + rows - to, a.stride});
    }
    return 1;
}

void cholesky_solve(MatIn l, real *b)
{
    for (size_t i = 0; i < l.rows; i++) {
        const real *row = l.v + i * l.stride;
        real rest = b[i];
        for (size_t k = 0; k < i; k++) {
            rest -= row[k] * b[k];
        }
        b[i] = rest / row[i];
    }
    for (size_t i = l.rows; i-- > 0;) {
        const real *row = l.v + i * l.stride;
        b[i] /= row[i];
        for (size_t k = 0; k < i; k++) {
            b[k] -= row[k] * b[i];
        }
    }
}

/* Rows [from, to) of the inverse from their right sides, which are in place: row i =
 * (right side - sum over from <= k < i of l(i, k) row k) / l(i, i), columns 0 .. i. The l(i, k) of
 * the block are in `block`. */
static void invert_block(Mat x, size_t from, size_t to, const real *block)
{
    for (size_t i = from; i < to; i++) {
        real *restrict row = x.v + i * x.stride;
        const real *factor = block + (i - from) * CHOLESKY_PANEL;
        for (size_t k = from; k < i; k++) {
            const real *restrict other = x.v + k * x.stride;
            for (size_t c = 0; c <= k; c++) {
                row[c] -= factor[k - from] * other[c];
            }
        }
        for (size_t c = 0; c <= i; c++) {
            row[c] /= factor[i - from];
        }
    }
}

void cholesky_invert_panel(Mat l, size_t from, real *scratch)
{
    const size_t n = l.rows, to = panel_end(n, from), rows = to - from;
    real *block = scratch + CHOLESKY_PANEL * n;
    Mat left = l;
    left.cols = from;
    const MatIn negative = negated(left, from, rows, 0, scratch);
    for (size_t i = from; i < to; i++) {
        real *row = l.v + i * l.stride;
        memcpy(block + (i - from) * CHOLESKY_PANEL, row + from, rows * sizeof(real));
        memset(row, 0, n * sizeof(real));
        row[i] = 1;
    }
    mat_add_product(negative, (MatIn){l.v, from, from, l.stride},
                    (Mat){l.v + from * l.stride, rows, from, l.stride});
    invert_block(l, from, to, block);
}
