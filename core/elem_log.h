/* The natural logarithm of one number, inlined into loops (elem.c, act.c), without branches.
 *
 * Method (fdlibm's e_log.c and s_log1p.c, Sun Microsystems 1993): x = 2^k (1 + f) with 1 + f in
 * [3/4, 3/2), s = f / (2 + f), ln(1 + f) = ln((1 + s) / (1 - s)) = 2 s + s R(s^2), rearranged so
 * that the leading f is exact: f - (f^2 / 2 - s (f^2 / 2 + R)).
 */
#ifndef CORE_ELEM_LOG_H
#define CORE_ELEM_LOG_H

#include "core/elem_exp.h"

#include <math.h>

/* ln(2^k (1 + f)) + more for f in [-1/4, 1/2] and a far smaller |more|. R is z = s^2 times a
 * minimax polynomial in z on [0, 0.04], by Sollya's fpminimax, off by 9.7e-19
 * (derive_elem.sollya). */
static inline real elem_log_sum(real k, real f, real more)
{
    const real s = f / (2 + f), z = s * s, z2 = z * z, z4 = z2 * z2;
    const real r0 = (0x1.5555555555555p-1 + 0x1.9999999999ff9p-2 * z) +
                    (0x1.24924923cec7dp-2 + 0x1.c71c72ee79e65p-3 * z) * z2;
    const real r4 = (0x1.745ca889289fcp-3 + 0x1.3b2a4da163813p-3 * z) +
                    (0x1.0e83fb88a35efp-3 + 0x1.16d50ad532f7p-3 * z) * z2;
    const real half_square = 0.5 * f * f;
    const real bend =
        half_square - (s * (half_square + z * (r0 + z4 * r4)) + (k * elem_ln2_low + more));
    return k * elem_ln2_high - (bend - f);
}

/* ln(1 + e) for e in [0, 1]. */
static inline real elem_log1p_of_share(real e)
{
    const uint64_t low = elem_if_less(e, 0.5);
    return elem_log_sum(elem_select(low, 0, 1), elem_select(low, e, 0.5 * e - 0.5), 0);
}

/* x > 0 and normal as 2^k (1 + f): k, f, and 2^-k. The bits of k are read as a number by setting
 * them into the mantissa of 2^52. */
typedef struct ElemSplit {
    real k, f, down;
} ElemSplit;

static inline ElemSplit elem_split(real x)
{
    const uint64_t mantissa = (UINT64_C(1) << 52) - 1;
    const uint64_t low = UINT64_C(0x3fe8) << 48, up = (UINT64_C(0x3ff) << 52) - low;
    const uint64_t bits = elem_bits(x) + up;
    const real k = elem_of_bits((bits >> 52) | (UINT64_C(0x433) << 52)) - (0x1p52 + 1023);
    const real scaled = elem_of_bits((bits & mantissa) + low);
    const real down = elem_of_bits((UINT64_C(2046) << 52) - (bits & ~mantissa));
    return (ElemSplit){k, scaled - 1, down};
}

static inline real elem_log_1(real x)
{
    const real lift = x < DBL_MIN ? 0x1p54 : 1, lifted = x < DBL_MIN ? 54 : 0;
    const ElemSplit at = elem_split(x * lift);
    const real finite = elem_log_sum(at.k - lifted, at.f, 0);
    const real positive = x <= DBL_MAX ? finite : x; /* infinity and NaN are their own */
    const real edge = x < 0 ? (real)NAN : -(real)INFINITY;
    return x <= 0 ? edge : positive;
}

/* 1 + x is sum + lost exactly (Knuth's two-sum), and both count. */
static inline real elem_log1p_1(real x)
{
    const real sum = 1 + x, most = sum - 1;
    const real lost = (1 - (sum - most)) + (x - most);
    const ElemSplit at = elem_split(sum);
    const real small = x < 0x1p60 ? lost * at.down : 0, f = at.f + small;
    const real finite = elem_log_sum(at.k, f, (at.f - f) + small);
    const real above = x <= DBL_MAX ? elem_with_sign(elem_abs(finite), x) : x;
    const real edge = x < -1 ? (real)NAN : -(real)INFINITY;
    return x <= -1 ? edge : above;
}

#endif
