/* Two exact ways, so nothing is ever "nearly right":
 *
 * - W. D. Clinger, How to Read Floating Point Numbers Accurately (1990): where the digits fit 53
 *   bits and the power of ten is exact (up to 10^22), one multiplication or division rounds it.
 * - Otherwise digits * 5^e is an exact integer of 128 bits, or digits / 5^e an exact quotient of 64
 *   bits with a remainder; rounding that to 53 bits is looking at the bits below.
 *
 * 128-bit integers are pairs of 64 bits, because not every platform has them. */
#include "ingest/decimal.h"

#include <assert.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

static const double exact_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* clang-format off */
static const uint64_t power_of_five[DECIMAL_EXPONENT + 1] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
    1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
    19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
    59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125,
};
/* clang-format on */

/* Zero bits above the highest set bit of x, which is not 0. */
static int leading_zeros(uint64_t x)
{
    return __builtin_clzll(x);
}

/* The product of a and b, by the school method on halves. */
static void multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low)
{
    uint64_t a1 = a >> 32, a0 = a & UINT32_MAX;
    uint64_t b1 = b >> 32, b0 = b & UINT32_MAX;
    uint64_t bottom = a0 * b0;
    uint64_t middle = a1 * b0 + (bottom >> 32);
    uint64_t other = a0 * b1 + (middle & UINT32_MAX);
    *high = a1 * b1 + (middle >> 32) + (other >> 32);
    *low = (other << 32) | (bottom & UINT32_MAX);
}

/* One digit to the base of 2^32 of a long division: top * 2^32 + next divided by d, whose highest
 * bit is set. top < d, and stays so: *top becomes the remainder. Knuth, Algorithm D (4.3.1). */
static uint64_t divide_digit(uint64_t *top, uint64_t next, uint64_t d)
{
    uint64_t d1 = d >> 32, d0 = d & UINT32_MAX;
    uint64_t q = *top / d1;
    uint64_t rest = *top % d1;
    while (q > UINT32_MAX || q * d0 > (rest << 32 | next)) {
        q--;
        rest += d1;
        if (rest > UINT32_MAX)
            break;
    }
    *top = (*top << 32 | next) - q * d; /* modulo 2^64: the difference is below d */
    return q;
}

/* (bits + a fraction below 1 that is not 0 where `more`) * 2^exponent, rounded to 53 bits. The
 * result is a normal number, as the range of exponents here keeps far from both ends. */
static double round_bits(uint64_t bits, bool more, int exponent)
{
    int shift = leading_zeros(bits);
    bits <<= shift;
    uint64_t kept = bits >> 11;
    uint64_t below = bits & 0x7FF;
    if (below > 0x400 || (below == 0x400 && (more || (kept & 1))))
        kept++;
    /* kept is 2^52 to 2^53. Its leading one, or the carry of the rounding, adds to the exponent. */
    uint64_t biased = (uint64_t)(exponent - shift + 11 + 52 + 1023 - 1);
    uint64_t pattern = (biased << 52) + kept;
    double value;
    memcpy(&value, &pattern, sizeof value);
    return value;
}

static double scale_up(uint64_t digits, int exponent)
{
    uint64_t high, low;
    multiply(digits, power_of_five[exponent], &high, &low);
    if (high == 0)
        return round_bits(low, false, exponent);
    int shift = leading_zeros(high);
    if (shift > 0) {
        high = high << shift | low >> (64 - shift);
        low <<= shift;
    }
    return round_bits(high, low != 0, exponent + 64 - shift);
}

/* With both sides shifted until their highest bit is set, digits * 2^63 / 5^exponent has 63 or 64
 * bits, more than the 54 that rounding needs. */
static double scale_down(uint64_t digits, int exponent)
{
    uint64_t divisor = power_of_five[exponent];
    int up = leading_zeros(digits), down = leading_zeros(divisor);
    digits <<= up;
    divisor <<= down;
    uint64_t rest = digits >> 1;
    uint64_t high = divide_digit(&rest, (digits & 1) << 31, divisor);
    uint64_t low = divide_digit(&rest, 0, divisor);
    return round_bits(high << 32 | low, rest != 0, -exponent - 63 - up + down);
}

double decimal_round(uint64_t digits, int exponent)
{
    assert(exponent >= -DECIMAL_EXPONENT && exponent <= DECIMAL_EXPONENT);
    if (digits == 0)
        return 0;
    /* With wider registers (x87) the one operation would round twice. */
    bool small = digits <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22;
    if (small && FLT_EVAL_METHOD == 0) {
        double value = (double)digits;
        return exponent < 0 ? value / exact_ten[-exponent] : value * exact_ten[exponent];
    }
    return exponent < 0 ? scale_down(digits, -exponent) : scale_up(digits, exponent);
}
