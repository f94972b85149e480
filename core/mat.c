/* The matrix kernels, in the axpy form: a row of the result takes up a row of the right matrix
 * times one coefficient of the left one, so the inner loop runs along both rows without a carried
 * sum, and any compiler makes vectors of it. Two rows of the result and four terms at a time save
 * loads and stores; strips of columns and blocks of terms keep what is walked again in the first
 * cache. None of this changes a bit: each element adds its products in the order of the terms, one
 * at a time.
 *
 * A right matrix of a few columns has no row to run along; there eight sums of one column go side
 * by side instead, in the same order of terms.
 */
#include "core/mat.h"

#include <stdlib.h>
#include <string.h>

enum {
    STRIP_COLS = 128,  /* of the result, in the inner loop */
    BLOCK_TERMS = 16,  /* rows of the right matrix that stay in the first cache, a strip wide, */
    SLIM_COLS = 64,    /* and twice as many where a strip is no wider than this */
    NARROW_COLS = 1,   /* up to here, a column at a time */
    CACHE_LINE = 64,   /* bytes */
    CHAINS = 8,        /* sums of a column side by side */
    COLUMN_TERMS = 32, /* whose products are taken before they are summed */
    PACK_STRIDE = 512, /* rows of the right matrix this far apart are brought together, where */
    PACK_ROWS = 64,    /* so many rows of the result use them */
    TRANSPOSE_TILE = 8 /* rows and columns */
};

_Static_assert(2 * SLIM_COLS <= STRIP_COLS, "a block of slim rows has room where wide ones have");

/* The left matrix of a product: row i, term k is v[i * row_step + k * term_step]. The one form
 * serves a and a^T. */
typedef struct Left {
    const real *v;
    size_t row_step, term_step;
} Left;

real *mat_room(size_t n)
{
    if (n > (PTRDIFF_MAX - CACHE_LINE) / sizeof(real)) {
        return NULL;
    }
    const size_t lines = n * sizeof(real) / CACHE_LINE + 1;
    return aligned_alloc(CACHE_LINE, lines * CACHE_LINE);
}

real *mat_zeros(size_t n)
{
    real *room = mat_room(n);
    if (room != NULL) {
        memset(room, 0, n * sizeof(real));
    }
    return room;
}

size_t mat_stride(size_t n)
{
    const size_t line = CACHE_LINE / sizeof(real);
    return (n + line - 1) / line * line;
}

MatIn mat_in(const real *v, size_t rows, size_t cols)
{
    return (MatIn){.v = v, .rows = rows, .cols = cols, .stride = cols};
}

Mat mat_out(real *v, size_t rows, size_t cols)
{
    return (Mat){.v = v, .rows = rows, .cols = cols, .stride = cols};
}

/* Two rows take up four terms: the rows of b from its first on, a being theirs for c0, then c1. */
static void add_2x4(const real a[8], MatIn b, real *restrict c0, real *restrict c1)
{
    const real *restrict b0 = b.v, *restrict b1 = b0 + b.stride;
    const real *restrict b2 = b1 + b.stride, *restrict b3 = b2 + b.stride;
    const real a00 = a[0], a01 = a[1], a02 = a[2], a03 = a[3];
    const real a10 = a[4], a11 = a[5], a12 = a[6], a13 = a[7];
    for (size_t j = 0; j < b.cols; j++) {
        const real s0 = c0[j] + a00 * b0[j];
        const real s1 = c1[j] + a10 * b0[j];
        const real t0 = s0 + a01 * b1[j];
        const real t1 = s1 + a11 * b1[j];
        const real u0 = t0 + a02 * b2[j];
        const real u1 = t1 + a12 * b2[j];
        c0[j] = u0 + a03 * b3[j];
        c1[j] = u1 + a13 * b3[j];
    }
}

/* The same, but the sums of both rows begin with one row: c[0] = start + ... */
/* and c[1] likewise. */
static void begin_2x4(const real a[8], MatIn b, const real *restrict start, real *restrict c[2])
{
    const real *restrict b0 = b.v, *restrict b1 = b0 + b.stride;
    const real *restrict b2 = b1 + b.stride, *restrict b3 = b2 + b.stride;
    const real a00 = a[0], a01 = a[1], a02 = a[2], a03 = a[3];
    const real a10 = a[4], a11 = a[5], a12 = a[6], a13 = a[7];
    real *restrict c0 = c[0], *restrict c1 = c[1];
    for (size_t j = 0; j < b.cols; j++) {
        const real s0 = start[j] + a00 * b0[j];
        const real s1 = start[j] + a10 * b0[j];
        const real t0 = s0 + a01 * b1[j];
        const real t1 = s1 + a11 * b1[j];
        const real u0 = t0 + a02 * b2[j];
        const real u1 = t1 + a12 * b2[j];
        c0[j] = u0 + a03 * b3[j];
        c1[j] = u1 + a13 * b3[j];
    }
}

static void add_1x4(const real a[4], MatIn b, real *restrict c)
{
    const real *restrict b0 = b.v, *restrict b1 = b0 + b.stride;
    const real *restrict b2 = b1 + b.stride, *restrict b3 = b2 + b.stride;
    const real a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
    for (size_t j = 0; j < b.cols; j++) {
        const real s = c[j] + a0 * b0[j];
        const real t = s + a1 * b1[j];
        const real u = t + a2 * b2[j];
        c[j] = u + a3 * b3[j];
    }
}

/* Two rows take up one term: what is left over of the fours. */
static void add_2x1(real a0, real a1, MatIn b, real *restrict c0, real *restrict c1)
{
    const real *restrict b0 = b.v;
    for (size_t j = 0; j < b.cols; j++) {
        c0[j] += a0 * b0[j];
        c1[j] += a1 * b0[j];
    }
}

static void add_1x1(real a, size_t cols, const real *restrict b, real *restrict c)
{
    for (size_t j = 0; j < cols; j++) {
        c[j] += a * b[j];
    }
}

/* Row b.v[k ..] and what follows, as many columns as b has. */
static MatIn from_row(MatIn b, size_t k)
{
    b.v += k * b.stride;
    return b;
}

/* start: the row that both sums begin with; NULL: what is there. */
static void add_two_rows(Left a, MatIn b, const real *start, real *c0, real *c1)
{
    const real *a0 = a.v, *a1 = a.v + a.row_step;
    const size_t step = a.term_step;
    size_t k = 0;
    if (start != NULL && b.rows < 4) {
        memcpy(c0, start, b.cols * sizeof(real));
        memcpy(c1, start, b.cols * sizeof(real));
    }
    for (; k + 4 <= b.rows; k += 4) {
        const real four[8] = {
            a0[k * step], a0[(k + 1) * step], a0[(k + 2) * step], a0[(k + 3) * step],
            a1[k * step], a1[(k + 1) * step], a1[(k + 2) * step], a1[(k + 3) * step],
        };
        if (k == 0 && start != NULL) {
            begin_2x4(four, b, start, (real *[2]){c0, c1});
        } else {
            add_2x4(four, from_row(b, k), c0, c1);
        }
    }
    for (; k < b.rows; k++) {
        add_2x1(a0[k * step], a1[k * step], from_row(b, k), c0, c1);
    }
}

static void add_one_row(Left a, MatIn b, const real *start, real *c)
{
    const real *a0 = a.v;
    const size_t step = a.term_step;
    size_t k = 0;
    if (start != NULL) {
        memcpy(c, start, b.cols * sizeof(real));
    }
    for (; k + 4 <= b.rows; k += 4) {
        const real four[4] = {
            a0[k * step],
            a0[(k + 1) * step],
            a0[(k + 2) * step],
            a0[(k + 3) * step],
        };
        add_1x4(four, from_row(b, k), c);
    }
    for (; k < b.rows; k++) {
        add_1x1(a0[k * step], b.cols, b.v + k * b.stride, c);
    }
}

/* All rows of c take up the terms that b has, of a strip of columns. */
static void add_strip(Left a, MatIn b, const real *start, Mat c)
{
    size_t i = 0;
    for (; i + 2 <= c.rows; i += 2) {
        real *row = c.v + i * c.stride;
        add_two_rows(a, b, start, row, row + c.stride);
        a.v += 2 * a.row_step;
    }
    if (i < c.rows) {
        add_one_row(a, b, start, c.v + i * c.stride);
    }
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* The rows of a block one after the other: rows that lie a large power of two apart would push each
 * other out of the cache. */
static MatIn packed(MatIn b, real *room)
{
    for (size_t k = 0; k < b.rows; k++) {
        memcpy(room + k * b.cols, b.v + k * b.stride, b.cols * sizeof(real));
    }
    return mat_in(room, b.rows, b.cols);
}

static void add_wide(Left a, MatIn b, const real *start, Mat c)
{
    real room[BLOCK_TERMS * STRIP_COLS];
    const size_t terms = c.cols > SLIM_COLS ? BLOCK_TERMS : 2 * BLOCK_TERMS;
    const int packs = b.stride >= PACK_STRIDE && c.rows >= PACK_ROWS;
    for (size_t j = 0; j < c.cols; j += STRIP_COLS) {
        Mat strip = c;
        strip.v += j;
        strip.cols = at_most(c.cols - j, STRIP_COLS);
        for (size_t k = 0; k < b.rows || k == 0; k += terms) {
            Left left = a;
            left.v += k * a.term_step;
            MatIn block = from_row(b, k);
            block.v += j;
            block.rows = at_most(b.rows - k, terms);
            block.cols = strip.cols;
            block = packs ? packed(block, room) : block;
            add_strip(left, block, k == 0 && start != NULL ? start + j : NULL, strip);
        }
    }
}

/* CHAINS elements of a column take up its terms side by side, since each alone would wait for its
 * last addition. Products first, which run along the rows of a; they must lie so. */
static void add_chains(MatIn a, const real *restrict factor, real *restrict sum)
{
    real product[CHAINS][COLUMN_TERMS];
    for (size_t r = 0; r < CHAINS; r++) {
        const real *restrict row = a.v + r * a.stride;
        for (size_t k = 0; k < a.cols; k++) {
            product[r][k] = row[k] * factor[k];
        }
    }
    for (size_t k = 0; k < a.cols; k++) {
        for (size_t r = 0; r < CHAINS; r++) {
            sum[r] += product[r][k];
        }
    }
}

/* A column c(n, 1) takes up a(n, k) b(k, 1). */
static void add_column(MatIn a, const real *b, size_t b_stride, Mat c)
{
    for (size_t k = 0; k < a.cols; k += COLUMN_TERMS) {
        real factor[COLUMN_TERMS];
        MatIn part = {.v = a.v + k, .stride = a.stride, .cols = at_most(a.cols - k, COLUMN_TERMS)};
        for (size_t t = 0; t < part.cols; t++) {
            factor[t] = b[(k + t) * b_stride];
        }
        size_t i = 0;
        for (; i + CHAINS <= c.rows; i += CHAINS) {
            real sum[CHAINS];
            for (size_t r = 0; r < CHAINS; r++) {
                sum[r] = c.v[(i + r) * c.stride];
            }
            add_chains(part, factor, sum);
            for (size_t r = 0; r < CHAINS; r++) {
                c.v[(i + r) * c.stride] = sum[r];
            }
            part.v += CHAINS * a.stride;
        }
        for (; i < c.rows; i++) {
            real sum = c.v[i * c.stride];
            for (size_t t = 0; t < part.cols; t++) {
                sum += part.v[t] * factor[t];
            }
            c.v[i * c.stride] = sum;
            part.v += a.stride;
        }
    }
}

static void add_narrow(MatIn a, MatIn b, Mat c)
{
    for (size_t j = 0; j < c.cols; j++) {
        add_column(a, b.v + j, b.stride, c);
        c.v++;
    }
}

void mat_product_from(const real *start, MatIn a, MatIn b, Mat c)
{
    if (c.cols > NARROW_COLS) {
        add_wide((Left){.v = a.v, .row_step = a.stride, .term_step = 1}, b, start, c);
        return;
    }
    mat_fill_rows(start, c);
    add_narrow(a, b, c);
}

void mat_add_product(MatIn a, MatIn b, Mat c)
{
    if (c.cols > NARROW_COLS) {
        add_wide((Left){.v = a.v, .row_step = a.stride, .term_step = 1}, b, NULL, c);
    } else {
        add_narrow(a, b, c);
    }
}

void mat_add_product_tn(MatIn a, MatIn b, Mat c)
{
    if (c.cols == 1 && c.stride == 1) {
        /* A column without gaps is a row: c^T += b^T a has the same products in the same order,
         * and a long row to run along. */
        add_wide((Left){.v = b.v, .row_step = 1, .term_step = b.stride}, a, NULL,
                 mat_out(c.v, 1, c.rows));
        return;
    }
    add_wide((Left){.v = a.v, .row_step = 1, .term_step = a.stride}, b, NULL, c);
}

static void transpose_rows(MatIn a, size_t from, size_t to, Mat c)
{
    for (size_t j = 0; j < a.cols; j++) {
        for (size_t i = from; i < to; i++) {
            c.v[j * c.stride + i] = a.v[i * a.stride + j];
        }
    }
}

void mat_transpose(MatIn a, Mat c)
{
    for (size_t i = 0; i < a.rows; i += TRANSPOSE_TILE) {
        transpose_rows(a, i, i + at_most(a.rows - i, TRANSPOSE_TILE), c);
    }
}

void mat_fill_rows(const real *row, Mat c)
{
    for (size_t i = 0; i < c.rows; i++) {
        memcpy(c.v + i * c.stride, row, c.cols * sizeof(real));
    }
}

void mat_add_rows(MatIn a, real *sum)
{
    const real ones[4] = {1, 1, 1, 1};
    size_t i = 0;
    for (; i + 4 <= a.rows; i += 4) {
        add_1x4(ones, from_row(a, i), sum);
    }
    for (; i < a.rows; i++) {
        add_1x1(1, a.cols, a.v + i * a.stride, sum);
    }
}
