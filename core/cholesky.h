/* The Cholesky factor of a symmetric positive definite matrix, panel by panel, so that a long
 * factorisation can be interrupted, and what is solved with it. Of each matrix the lower triangle
 * alone counts; what is above it is scratch.
 */
#ifndef CORE_CHOLESKY_H
#define CORE_CHOLESKY_H

#include "core/mat.h"

#define CHOLESKY_PANEL 64 /* columns, or rows, at a time */

/* Numbers of scratch for matrices of n x n. */
#define CHOLESKY_SCRATCH(n) (CHOLESKY_PANEL * ((n) + CHOLESKY_PANEL))

/* Factors columns [from, from + CHOLESKY_PANEL) of a(n, n) in place, a = l l^T, after all columns
 * before them. False where a is not positive definite to working precision. */
int cholesky_panel(Mat a, size_t from, real *scratch) MUST_USE;

/* Replaces b(n) by the solution x of l l^T x = b. */
void cholesky_solve(MatIn l, real *b);

/* Replaces rows [from, from + CHOLESKY_PANEL) of l by those of its inverse, after all rows before
 * them, and what is above the diagonal by 0. The sum of squares of column i of the whole is the
 * i-th entry on the diagonal of the inverse of l l^T. */
void cholesky_invert_panel(Mat l, size_t from, real *scratch);

#endif
