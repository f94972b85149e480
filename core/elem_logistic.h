/* tanh and the logistic function of one number, inlined into loops (elem.c, act.c), without
 * branches or selections of results, and with one division each.
 *
 * Method: C = h coth h is even in h and close to 1, and e^(2h) = (C + h) / (C - h). So with
 * y = h + k ln2 / 2 and s = 2^-k
 *     tanh y = ((1 - s) C + (1 + s) h) / ((1 + s) C + (1 - s) h)
 *            = 1 - s + s q,  q = ((3 - s) h - (1 - s) C) / the same denominator.
 * The first part is exact and the larger, except for k = 0, when it is 0 and q the whole; and
 * 1 - tanh y = s (1 - q) is without cancellation. The logistic function of -2y is half of that.
 */
#ifndef CORE_ELEM_LOGISTIC_H
#define CORE_ELEM_LOGISTIC_H

#include "core/elem_exp.h"

/* Minus 2 y / ln2 for y >= 0, to be rounded to the whole number -k by adding 1.5 2^52. The quarter
 * lets h lie in [-1/4, 3/4] ln2 / 2, so that k = 0 reaches as far as tanh = 1/4, and for k = 1 the
 * difference does not cancel to less than that. */
static inline real elem_half_octaves(real y)
{
    return 0.25 - y * 0x1.71547652b82fep1;
}

/* The parts of q for y >= 0, minus k, and s = 2^-k, which may be 0 where k is large: h, c = C - 1,
 * and the denominator less (1 + s). The polynomial is minimax for (h coth h - 1) / h^2 on
 * |h| <= 0.2605, by Sollya's fpminimax, and h^2 times it is off by 6.5e-19 (derive_elem.sollya). */
typedef struct ElemHalf {
    real h, c, rest;
} ElemHalf;

static inline ElemHalf elem_half_parts(real y, real minus_k, real s)
{
    const real head = y + minus_k * (elem_ln2_high / 2); /* exact */
    const real h = head + minus_k * (elem_ln2_low / 2);
    const real u = h * h, u2 = u * u;
    const real c = u * ((0x1.5555555555555p-2 + -0x1.6c16c16c15d21p-6 * u) +
                        u2 * ((0x1.1566abbb851ccp-9 + -0x1.bbd7681d02a5p-13 * u) +
                              u2 * (0x1.669a2352834bep-16 + -0x1.1c843463e4004p-19 * u)));
    return (ElemHalf){h, c, (1 - s) * h + (1 + s) * c};
}

/* tanh x; *slope = 1 - tanh^2, to a few ulp of itself, as (1 - tanh |x|) (1 + tanh |x|). From the
 * limit on s is 0, and the slope with it. */
static inline real elem_tanh_1(real x, real *slope)
{
    const real size = elem_abs(x), limit = 354.6, shift = 0x1.8p52 + 1023;
    const real y = size > limit ? limit : size;
    const real sum = elem_half_octaves(y) + shift, s = elem_of_bits(elem_bits(sum) << 52);
    const ElemHalf e = elem_half_parts(y, sum - shift, s);
    const real numerator = ((3 - s) * e.h - (1 - s) * e.c) - (1 - s);
    const real part = s * (numerator / ((1 + s) + e.rest)), whole = (1 - s) + part;
    *slope = (s - part) * (1 + whole);
    return elem_with_sign(whole, x);
}

/* The logistic function; *slope = its product with 1 less it. What rounding takes from the
 * denominator is given back to the numerator times -(1 - s), which is near enough to q: 1.5 ulp
 * instead of 1.8. 2^-k is made in two steps, as in elem_exp_parts. */
static inline real elem_sigmoid_1(real x, real *slope)
{
    const real size = elem_abs(x), shift = 0x1.8p52 + 2046;
    const real y = 0.5 * (size > 746 ? 746 : size);
    const real sum = elem_half_octaves(y) + shift;
    const uint64_t exponents = elem_bits(sum) & 0xfff, first = exponents >> 1;
    const real up1 = elem_of_bits(first << 52), up2 = elem_of_bits((exponents - first) << 52);
    const real s = up1 * up2;
    const ElemHalf e = elem_half_parts(y, sum - shift, s);
    const real denominator = (1 + s) + e.rest, lost = e.rest - (denominator - (1 + s));
    const real numerator = ((3 - s) * e.h - (1 - s) * (e.c - lost)) - (1 - s);
    const real lower = (0.5 - 0.5 * (numerator / denominator)) * up1 * up2, upper = 1 - lower;
    *slope = lower * upper;
    return x < 0 ? lower : upper;
}

#endif
