/* xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018) with
 * its state filled by splitmix64 (Steele, Lea and Flood, 2014), as its authors advise. A generator
 * is a plain value, so whoever holds it owns its stream. Integers only, but for rng_uniform: the
 * same stream on every machine.
 */
#include "core/rng.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

Rng rng_seeded(uint64_t seed)
{
    Rng rng;
    for (size_t i = 0; i < 4; i++) {
        rng.state[i] = splitmix64(&seed);
    }
    return rng;
}

uint64_t rng_next(Rng *rng)
{
    uint64_t *s = rng->state;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

real rng_uniform(Rng *rng, real low, real high)
{
    const real fraction =
        (real)(rng_next(rng) >> 11) * 0x1p-53; /* every multiple of 2^-53 in [0,1) */
    const real value = low + (high - low) * fraction;
    return value < high ? value : low; /* the sum may have been rounded up to high */
}

/* The 128 bits of x * y: returns the upper 64, the lower in *low. By halves, since a type of 128
 * bits is not in the language. */
static uint64_t multiply_wide(uint64_t x, uint64_t y, uint64_t *low)
{
    const uint64_t x0 = x & 0xffffffffU, x1 = x >> 32;
    const uint64_t y0 = y & 0xffffffffU, y1 = y >> 32;
    const uint64_t cross = x1 * y0 + ((x0 * y0) >> 32);
    const uint64_t middle = x0 * y1 + (cross & 0xffffffffU);
    *low = x * y;
    return x1 * y1 + (cross >> 32) + (middle >> 32);
}

/* Lemire, "Fast random integer generation in an interval", 2019: the upper half of x * n is the
 * answer; the few x whose lower half would favour an answer are drawn again. */
size_t rng_below(Rng *rng, size_t n)
{
    const uint64_t bound = n;
    const uint64_t surplus = (0 - bound) % bound; /* 2^64 mod n */
    uint64_t low;
    uint64_t high = multiply_wide(rng_next(rng), bound, &low);
    while (low < surplus) {
        high = multiply_wide(rng_next(rng), bound, &low);
    }
    return (size_t)high;
}

void rng_shuffle(Rng *rng, size_t n, size_t *order)
{
    for (size_t left = n; left > 1; left--) {
        const size_t pick = rng_below(rng, left);
        const size_t last = order[left - 1];
        order[left - 1] = order[pick];
        order[pick] = last;
    }
}
