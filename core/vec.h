/* Sums and steps over flat arrays of numbers, in one order for all builds.
 */
#ifndef CORE_VEC_H
#define CORE_VEC_H

#include "core/real.h"

/* a . b, in eight sums side by side (number i goes to sum i mod 8), which a fixed tree adds up. */
real vec_dot(size_t n, const real *a, const real *b);

/* The Euclidean norm; finite where it fits a real, whatever the squares would do. */
real vec_norm(size_t n, const real *a);

/* y += factor x. */
void vec_add(size_t n, real factor, const real *restrict x, real *restrict y);

#endif
