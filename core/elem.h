/* Elementary functions of our own over arrays. A libm differs from the next in its last bits, and
 * with the processor it finds; these are additions, multiplications, divisions and selections of
 * doubles in one written order, so that every compiler and machine gives the same bits, and any
 * compiler can vectorise their loops.
 *
 * Each replaces x(n) by the function of it, within 2 ulp of the true value everywhere (test_elem.c
 * holds each to its own bound), results below DBL_MIN included. Zeros keep their sign where the
 * function is odd or nearly so (expm1, log1p, tanh, erf), infinities give the limits, and a NaN
 * gives a NaN, whose sign and payload are the machine's.
 */
#ifndef CORE_ELEM_H
#define CORE_ELEM_H

#include "core/real.h"

/* e^x; infinity above ln(DBL_MAX), gradually 0 below ln(DBL_MIN). */
void elem_exp(size_t n, real *x);

/* e^x - 1, without the cancellation near 0. */
void elem_expm1(size_t n, real *x);

/* The natural logarithm; -infinity at both zeros, NaN below. */
void elem_log(size_t n, real *x);

/* ln(1 + x), without the cancellation near 0; -infinity at -1, NaN below. */
void elem_log1p(size_t n, real *x);

void elem_tanh(size_t n, real *x);

/* The logistic function 1 / (1 + e^-x). */
void elem_sigmoid(size_t n, real *x);

/* 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
void elem_erf(size_t n, real *x);

#endif
