/* The error function of one number, inlined into loops (elem.c, act.c), without branches. */
#ifndef CORE_ELEM_ERF_H
#define CORE_ELEM_ERF_H

#include "core/elem_exp.h"

/* e^(y^2) erfc(y) for 0 <= y <= 27.6. Method (Shepherd and Laframboise, "Chebyshev approximation of
 * (1 + 2x) exp(x^2) erfc x", 1981): times y + 4 it is smooth in t = (y - 4) / (y + 4). The minimax
 * polynomial in t is by Sollya's fpminimax, off by 5.9e-17 of it (derive_elem.sollya). */
static inline real elem_erfcx(real y)
{
    const real inverse = 1 / (y + 4);
    const real t = (y - 4) * inverse, t2 = t * t, t4 = t2 * t2, t8 = t4 * t4;
    const real p0 = (0x1.18932bf08e154p0 + -0x1.f3fe31ecb49c3p-1 * t) +
                    (0x1.8be202d26c755p-1 + -0x1.14eacb1ad01a5p-1 * t) * t2;
    const real p4 = (0x1.52cac2370e6c8p-2 + -0x1.645fd8a4c9366p-3 * t) +
                    (0x1.38dbd2c95e5fap-4 + -0x1.b00c0525c9a89p-6 * t) * t2;
    const real p8 = (0x1.908f46d7b8ce5p-8 + -0x1.269b604b84044p-12 * t) +
                    (-0x1.dd2829e3ead2bp-12 + 0x1.72ce40fe2175ep-13 * t) * t2;
    const real p12 = (-0x1.e8182712702cfp-19 + -0x1.3c7f551effb29p-16 * t) +
                     (0x1.3b39f3cb142a7p-18 + 0x1.8093f681ffe19p-20 * t) * t2;
    const real p16 = (-0x1.c7d911d6ee348p-21 + -0x1.763925fb29d8cp-24 * t) +
                     (0x1.0bc507ea5de4dp-23 + 0x1.50eeef812abbcp-27 * t) * t2;
    const real p20 = -0x1.de7bff499611p-27 + -0x1.83c68bf874ebbp-29 * t;
    return inverse * ((p0 + p4 * t4) + t8 * ((p8 + p12 * t4) + t8 * (p16 + p20 * t4)));
}

/* erf(y) / y - 1 for |y| <= 1, z = y^2; minimax by Sollya's fpminimax, off by 1.6e-17. */
static inline real elem_erf_bend(real z)
{
    const real z2 = z * z, z4 = z2 * z2;
    const real p0 = (0x1.06eba8214db68p-3 + -0x1.812746b0379b5p-2 * z) +
                    (0x1.ce2f21a040b02p-4 + -0x1.b82ce311f7069p-6 * z) * z2;
    const real p4 = (0x1.565bccf908894p-8 + -0x1.c02db03ff6859p-11 * z) +
                    (0x1.f9a2bb4bba0e5p-14 + -0x1.f4ca5bb28570cp-17 * z) * z2;
    const real p8 = (0x1.b9807f2338cccp-20 + -0x1.5c0bc31310e51p-23 * z) +
                    (0x1.d73d744d725f6p-27 + -0x1.ac1a419750f6dp-31 * z) * z2;
    return p0 + z4 * (p4 + z4 * p8);
}

static inline real elem_erf_1(real x)
{
    const real size = elem_abs(x);
    const real y = size > 6 ? 6 : size; /* from 5.93 on erf rounds to 1 */
    const real near = y + y * elem_erf_bend(y * y);
    const real far = 1 - elem_exp_sum(-y * y, 0) * elem_erfcx(y);
    return elem_with_sign(elem_select(elem_if_less(y, 1), near, far), x);
}

/* |z| for elem_bell and elem_normal: from the limit on, e^(-z^2 / 2) rounds to 0. */
static inline real elem_normal_size(real z)
{
    const real size = elem_abs(z), limit = 38.625;
    return size > limit ? limit : size;
}

/* e^(-y^2 / 2). In y^2 / 2 = high + low, high is exact, which keeps the far tail to a few ulp. */
static inline real elem_bell(real y)
{
    const real most = elem_of_bits(elem_bits(y) & ~((UINT64_C(1) << 27) - 1));
    return elem_exp_sum(-0.5 * most * most, -0.5 * ((y - most) * (y + most)));
}

/* The normal distribution's share below z; y = elem_normal_size(z), bell = elem_bell(y). */
static inline real elem_normal(real z, real y, real bell)
{
    const real root_of_half = 0x1.6a09e667f3bcdp-1;
    const real tail = 0.5 * bell * elem_erfcx(y * root_of_half);
    return z < 0 ? tail : 1 - tail;
}

#endif
