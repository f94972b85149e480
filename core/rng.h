/* Seeded random numbers as a value: copy it, and the copy goes on alike.
 * The generator is xoshiro256** (Blackman and Vigna, 2018), its state filled by splitmix64.
 */
#ifndef CORE_RNG_H
#define CORE_RNG_H

#include "core/real.h"

typedef struct Rng {
    uint64_t state[4];
} Rng;

/* The generator for a seed; every seed, 0 too, gives a sound state. */
Rng rng_seeded(uint64_t seed);

/* 64 random bits. */
uint64_t rng_next(Rng *rng);

/* Uniform in [low, high). */
real rng_uniform(Rng *rng, real low, real high);

/* Uniform in 0 .. n-1, without bias (Lemire, 2019). n >= 1. */
size_t rng_below(Rng *rng, size_t n);

/* Puts order[0 .. n-1] into a random order (Fisher and Yates). */
void rng_shuffle(Rng *rng, size_t n, size_t *order);

#endif
