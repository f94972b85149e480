/* The generator against its published vectors, an implementation written from the paper, and the
 * laws of chance.
 */
#include "core/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(rng, gives_the_published_vectors)
{
    /* xoshiro256** from the state 1, 2, 3, 4. */
    const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    Rng rng = {.state = {1, 2, 3, 4}};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(rng_next(&rng), expected[i]);
    }
}

Test(rng, fills_its_state_by_splitmix64)
{
    const Rng rng = rng_seeded(0);
    cr_assert_eq(rng.state[0], 0xe220a8397b1dcdafU);
    cr_assert_eq(rng.state[1], 0x6e789e6aa1b965f4U);
    cr_assert_eq(rng.state[2], 0x06c45d188009454fU);
    cr_assert_eq(rng.state[3], 0xf88bb8a8724c81ecU);
}

/* One step, bit by bit: rotations by doubling, no word ever shifted by more than one. */
static uint64_t rotate_slowly(uint64_t x, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        x = x + x + (x >> 63);
    }
    return x;
}

static uint64_t next_slowly(uint64_t s[4])
{
    const uint64_t result = rotate_slowly(s[1] * 5, 7) * 9;
    const uint64_t old[4] = {s[0], s[1], s[2], s[3]};
    s[0] = old[0] ^ old[1] ^ old[3];
    s[1] = old[0] ^ old[1] ^ old[2];
    s[2] = old[0] ^ old[2] ^ (old[1] * 131072);
    s[3] = rotate_slowly(old[1] ^ old[3], 45);
    return result;
}

Test(rng, follows_the_paper_for_a_long_way)
{
    Rng rng = rng_seeded(20240229);
    uint64_t state[4];
    memcpy(state, rng.state, sizeof state);
    for (size_t i = 0; i < 10000; i++) {
        cr_assert_eq(rng_next(&rng), next_slowly(state));
    }
}

Test(rng, a_copy_goes_on_alike_and_another_seed_does_not)
{
    Rng rng = rng_seeded(7), other = rng_seeded(8);
    (void)rng_next(&rng);
    (void)rng_next(&other);
    Rng copy = rng;
    size_t same = 0;
    for (size_t i = 0; i < 100; i++) {
        const uint64_t bits = rng_next(&rng);
        cr_assert_eq(bits, rng_next(&copy));
        same += bits == rng_next(&other);
    }
    cr_assert_eq(same, 0);
}

Test(rng, uniform_numbers_fill_their_range_evenly)
{
    enum { DRAWS = 100000 };
    Rng rng = rng_seeded(3);
    real sum = 0, squares = 0, least = 9, most = -9;
    for (size_t i = 0; i < DRAWS; i++) {
        const real x = rng_uniform(&rng, -2, 4);
        cr_assert(x >= -2 && x < 4);
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
        squares += x * x;
    }
    const real mean = sum / DRAWS;
    cr_assert_float_eq(mean, 1, 0.03);
    cr_assert_float_eq(squares / DRAWS - mean * mean, 3, 0.06);
    cr_assert(least < -1.99 && most > 3.99);
}

Test(rng, uniform_numbers_never_reach_their_upper_end)
{
    Rng rng = rng_seeded(4);
    for (size_t i = 0; i < 1000; i++) {
        cr_assert_eq(rng_uniform(&rng, 1, nextafter(1, 2)), 1);
    }
}

Test(rng, below_gives_each_number_its_share)
{
    enum { DRAWS = 140000, N = 7 };
    Rng rng = rng_seeded(5);
    size_t count[N] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        const size_t pick = rng_below(&rng, N);
        cr_assert_lt(pick, N);
        count[pick]++;
    }
    const real expected = (real)DRAWS / N;
    real chi_squared = 0;
    for (size_t i = 0; i < N; i++) {
        chi_squared += ((real)count[i] - expected) * ((real)count[i] - expected) / expected;
    }
    cr_assert_lt(chi_squared, 22.46, "chi squared %g", chi_squared); /* 6 degrees, p = 0.001 */
    cr_assert_gt(chi_squared, 0);
}

/* Where n is 3/4 of 2^64, four draws share three answers: without rejection the multiples of 3, or
 * another of the classes, would come half of the time. */
Test(rng, below_is_without_bias_where_draws_do_not_divide_evenly)
{
    enum { DRAWS = 30000 };
    const size_t n = SIZE_MAX / 4 * 3;
    size_t count[3] = {0};
    Rng rng = rng_seeded(6);
    if (sizeof(size_t) < 8) {
        cr_skip_test("size_t is too small to show a bias");
    }
    for (size_t i = 0; i < DRAWS; i++) {
        const size_t pick = rng_below(&rng, n);
        cr_assert_lt(pick, n);
        count[pick % 3]++;
    }
    for (size_t i = 0; i < 3; i++) {
        cr_assert_float_eq((real)count[i] / DRAWS, 1.0 / 3, 0.012, "class %zu", i);
    }
}

/* The 128 bits of x * y, a bit at a time. */
static uint64_t multiply_slowly(uint64_t x, uint64_t y, uint64_t *low)
{
    uint64_t high = 0;
    *low = 0;
    for (unsigned bit = 64; bit-- > 0;) {
        high = high * 2 + (*low >> 63);
        *low *= 2;
        if (x >> bit & 1) {
            *low += y;
            high += *low < y;
        }
    }
    return high;
}

Test(rng, below_is_the_upper_half_of_the_product)
{
    Rng rng = rng_seeded(12);
    for (size_t i = 0; i < 20000; i++) {
        const size_t n = (size_t)rng_next(&rng) | 1;
        const uint64_t surplus = (0 - (uint64_t)n) % n;
        Rng copy = rng;
        uint64_t low, high;
        do {
            high = multiply_slowly(rng_next(&copy), n, &low);
        } while (low < surplus);
        cr_assert_eq(rng_below(&rng, n), high);
        cr_assert_eq(rng.state[0], copy.state[0]);
    }
}

Test(rng, below_one_is_always_zero)
{
    Rng rng = rng_seeded(9);
    for (size_t i = 0; i < 100; i++) {
        cr_assert_eq(rng_below(&rng, 1), 0);
    }
}

Test(rng, shuffle_keeps_every_element)
{
    size_t order[257];
    int seen[257] = {0};
    size_t moved = 0;
    Rng rng = rng_seeded(10);
    for (size_t i = 0; i < 257; i++) {
        order[i] = i;
    }
    rng_shuffle(&rng, 257, order);
    for (size_t i = 0; i < 257; i++) {
        cr_assert_lt(order[i], 257);
        cr_assert_eq(seen[order[i]]++, 0);
        moved += order[i] != i;
    }
    cr_assert_gt(moved, 200);
}

Test(rng, shuffle_gives_every_order_its_share)
{
    enum { DRAWS = 60000 };
    size_t count[27] = {0};
    Rng rng = rng_seeded(11);
    for (size_t i = 0; i < DRAWS; i++) {
        size_t order[3] = {0, 1, 2};
        rng_shuffle(&rng, 3, order);
        count[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    size_t orders = 0;
    for (size_t i = 0; i < 27; i++) {
        orders += count[i] > 0;
        cr_assert(count[i] == 0 || fabs((real)count[i] - 10000) < 400, "%zu", count[i]);
    }
    cr_assert_eq(orders, 6);
}
