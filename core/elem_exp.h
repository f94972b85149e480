/* e^x and e^x - 1 of one number, inlined into loops (elem.c, act.c). No branches: clamps and
 * selections only, so that a loop over them vectorises.
 *
 * Method (Cody and Waite, "Software Manual for the Elementary Functions", 1980): x = k ln2 + r with
 * |r| <= ln2 / 2, e^x = 2^k e^r. ln2 is high + low; high has 42 bits, so that k high is exact.
 */
#ifndef CORE_ELEM_EXP_H
#define CORE_ELEM_EXP_H

#include "core/elem_bits.h"

static const real elem_ln2_high = 0x1.62e42fefa38p-1, elem_ln2_low = 0x1.ef35793c7673p-45;

/* e^x = up1 up2 (1 + head + tail): up1 up2 = 2^k in two steps, since 2^k alone may not be a normal
 * number; head is exact and tail small beside it, or beside 1. */
typedef struct ElemExp {
    real head, tail, up1, up2;
} ElemExp;

/* The parts of e^(x + more) for -746 <= x <= 710 and a far smaller |more|. Adding 1.5 2^52 rounds
 * to a whole number, whose lowest bits are then those of the sum; the 2046 on top is twice the bias
 * of an exponent. e^r - 1 - r is r^2 times a minimax polynomial on |r| <= 1.001 ln2 / 2, by
 * Sollya's fpminimax, off by 1.3e-17 (derive_elem.sollya). */
static inline ElemExp elem_exp_parts(real x, real more)
{
    const real shift = 0x1.8p52 + 2046;
    const real sum = x * 0x1.71547652b82fep0 + shift; /* x / ln2 */
    const real k = sum - shift;
    const real head = x - k * elem_ln2_high;
    const real less = k * elem_ln2_low - more;
    const real r = head - less, r2 = r * r, r4 = r2 * r2;
    const real p0 = (0x1.0000000000001p-1 + 0x1.5555555555558p-3 * r) +
                    (0x1.5555555553cb8p-5 + 0x1.111111110f8cbp-7 * r) * r2;
    const real p4 = (0x1.6c16c178bac58p-10 + 0x1.a01a01afc2249p-13 * r) +
                    (0x1.a019b877dd295p-16 + 0x1.71ddf762c3d1fp-19 * r) * r2;
    const real p8 = 0x1.289221116e944p-22 + 0x1.af620c5dcc12cp-26 * r;
    const real tail = r2 * (p0 + r4 * (p4 + r4 * p8)) - less;
    const uint64_t exponents = elem_bits(sum) & 0xfff, first = exponents >> 1;
    return (ElemExp){head, tail, elem_of_bits(first << 52),
                     elem_of_bits((exponents - first) << 52)};
}

/* e^(x + more), the same conditions. */
static inline real elem_exp_sum(real x, real more)
{
    const ElemExp e = elem_exp_parts(x, more);
    return (1 + (e.head + e.tail)) * e.up1 * e.up2;
}

/* unit (e^x - 1) from the parts. With a unit of 1/2 it overflows no earlier than e^x / 2 does. */
static inline real elem_less_1(ElemExp e, real unit)
{
    const real scale = unit * e.up1 * e.up2;
    return ((scale - unit) + scale * e.head) + scale * e.tail;
}

#endif
