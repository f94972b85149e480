/* Matrix kernels: the products that a network needs, in the form that any compiler vectorises.
 *
 * Matrices are row-major with a stride (the distance between rows, in numbers). Each element of a
 * result sums its products in the order of k, one rounding a step, whatever the blocking.
 */
#ifndef CORE_MAT_H
#define CORE_MAT_H

#include "core/real.h"

/* A matrix to read. */
typedef struct MatIn {
    const real *v; /* (rows, cols), row r begins at v + r * stride */
    size_t rows, cols, stride;
} MatIn;

/* A matrix to write. */
typedef struct Mat {
    real *v; /* (rows, cols), row r begins at v + r * stride */
    size_t rows, cols, stride;
} Mat;

/* Room for n numbers from the start of a cache line, which is worth half as much speed again where
 * vectors are long; mat_zeros clears it. To be freed with free(); NULL where there is no memory. */
real *mat_room(size_t n) MUST_USE;
real *mat_zeros(size_t n) MUST_USE;

/* The distance between rows of n numbers that all begin with a cache line. */
size_t mat_stride(size_t n);

/* A matrix whose rows follow each other without a gap. */
MatIn mat_in(const real *v, size_t rows, size_t cols);
Mat mat_out(real *v, size_t rows, size_t cols);

/* Each row of c(n, m) = start(m) + that of a(n, k) b(k, m), the sums beginning with start. */
void mat_product_from(const real *start, MatIn a, MatIn b, Mat c);

/* c(n, m) += a(n, k) b(k, m). */
void mat_add_product(MatIn a, MatIn b, Mat c);

/* c(k, m) += a(n, k)^T b(n, m). */
void mat_add_product_tn(MatIn a, MatIn b, Mat c);

/* c(m, n) = a(n, m)^T. */
void mat_transpose(MatIn a, Mat c);

/* Each row of c(n, m) = row(m). */
void mat_fill_rows(const real *row, Mat c);

/* sum(m) += each row of a(n, m), in the order of the rows. */
void mat_add_rows(MatIn a, real *sum);

#endif
