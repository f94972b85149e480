/* Doubles by their bits (IEEE 754 binary64), for the elementary functions of elem_*.h: what is done
 * to sign and exponent, and selections, as integer operations that every vector unit has.
 */
#ifndef CORE_ELEM_BITS_H
#define CORE_ELEM_BITS_H

#include "core/real.h"

#include <string.h>

static inline uint64_t elem_bits(real x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline real elem_of_bits(uint64_t bits)
{
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* |x|; and size >= 0 with the sign of x, zeros too. */
static inline real elem_abs(real x)
{
    return elem_of_bits(elem_bits(x) & (UINT64_MAX >> 1));
}

static inline real elem_with_sign(real size, real x)
{
    return elem_of_bits(elem_bits(size) | (elem_bits(x) & ~(UINT64_MAX >> 1)));
}

/* All bits set where a - b is below zero, else none; and a where they are set, else b. Unlike a
 * condition, these leave no branch at which a compiler could double the loop's body (gcc 12). */
static inline uint64_t elem_if_less(real a, real b)
{
    return 0 - (elem_bits(a - b) >> 63);
}

static inline real elem_select(uint64_t mask, real a, real b)
{
    return elem_of_bits((elem_bits(a) & mask) | (elem_bits(b) & ~mask));
}

#endif
