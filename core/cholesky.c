/* Cholesky's method by panels of columns. A panel is kept transposed while it is solved, so that
 * the inner loops run along rows, and what is left of it to the right takes it up by one product of
 * matrices. Each element has its terms subtracted in the order of the columns. Owns nothing.
 */
#include "core/cholesky.h"

#include <math.h>
#include <string.h>

static size_t panel_end(size_t n, size_t from)
{
    return n - from < CHOLESKY_PANEL ? n : from + CHOLESKY_PANEL;
}

/* The block on the diagonal, by its rows. */
static int factor_block(Mat a, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        real *row = a.v + i * a.stride;
        for (size_t j = from; j <= i; j++) {
            const real *other = a.v + j * a.stride;
            real rest = row[j];
            for (size_t k = from; k < j; k++) {
                rest -= row[k] * other[k];
            }
            if (j < i) {
                row[j] = rest / other[j];
            } else if (rest > 0 && isfinite(rest)) {
                row[j] = sqrt(rest);
            } else {
                return 0;
            }
        }
    }
    return 1;
}

/* The rows below the block: transposed(c, i) = (a(i, c) - sum over k < c of l(c, k) transposed(k,
 * i)) / l(c, c), and back into a. */
static void solve_below(Mat a, size_t from, size_t to, real *transposed)
{
    const size_t below = a.rows - to;
    for (size_t c = from; c < to; c++) {
        const real *factor = a.v + c * a.stride;
        real *restrict own = transposed + (c - from) * below;
        for (size_t i = 0; i < below; i++) {
            own[i] = a.v[(to + i) * a.stride + c];
        }
        for (size_t k = from; k < c; k++) {
            const real *restrict other = transposed + (k - from) * below;
            for (size_t i = 0; i < below; i++) {
                own[i] -= factor[k] * other[i];
            }
        }
        for (size_t i = 0; i < below; i++) {
            own[i] /= factor[c];
            a.v[(to + i) * a.stride + c] = own[i];
        }
    }
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
    const size_t n = a.rows, to = panel_end(n, from), below = n - to;
    real *transposed = scratch, *negative = scratch + CHOLESKY_PANEL * n;
    if (!factor_block(a, from, to)) {
        return 0;
    }
    solve_below(a, from, to, transposed);
    for (size_t row = to; row < n; row += CHOLESKY_PANEL) {
        const size_t rows = panel_end(n, row) - row;
        Mat panel = a;
        panel.cols = to - from;
        const MatIn left = negated(panel, row, rows, from, negative);
        const MatIn right = {transposed, to - from, row + rows - to, below};
        const Mat rest = {a.v + row * a.stride + to, rows, row + rows - to, a.stride};
        mat_add_product(left, right, rest);
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
