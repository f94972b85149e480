/* A binary64 of this range is m 2^e, and with k chosen so that 17 digits stand before the point,
 * value 10^k = m 5^k 2^(e + k) = X / 2^s, where X has at most 102 bits. So rounding to d digits and
 * the question whether the result reads back (it is nearer than half of the last place of m) are
 * exact in whole numbers of 128 bits. printf and strtod, which are exact for all reals, take ten
 * times as long.
 */
#include "tools/shortest.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 Wide;

#define DIGITS 17
#define POWERS 22 /* of five: 5^21 < 2^49 */

typedef struct Scaled {
    Wide x;      /* value 10^k 2^s */
    int s;       /* at least 0 */
    int point;   /* digits before the decimal point: value is 0.ddd 10^point */
    Wide places; /* 5^k: one in the last place of m, in the units of x */
} Scaled;

static uint64_t power(uint64_t base, int exponent)
{
    uint64_t product = 1;
    while (exponent-- > 0)
        product *= base;
    return product;
}

/* False where the value has no such form. */
static bool scale(double value, int point, Scaled *scaled)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(value, &exponent), 53);
    int k = DIGITS - point, s = 53 - exponent - k;
    if (k < 0 || k >= POWERS || s < 0 || s > 63)
        return false;
    uint64_t five = power(5, k);
    *scaled = (Scaled){(Wide)m * five, s, point, five};
    return true;
}

/* value to d digits, as a whole number, ties to even; *exact: it reads back to the value. */
static uint64_t round_to(const Scaled *scaled, int d, bool *exact)
{
    Wide unit = (Wide)power(10, DIGITS - d) << scaled->s;
    uint64_t digits = (uint64_t)(scaled->x / unit);
    Wide rest = scaled->x - digits * unit;
    bool up = 2 * rest > unit || (2 * rest == unit && digits % 2 == 1);
    Wide away = up ? unit - rest : rest;
    *exact = 4 * away < scaled->places; /* below a power of two the next value is half as far */
    if (2 * away < scaled->places && !*exact)
        *exact = (scaled->x / scaled->places) != (Wide)1 << 52;
    return digits + up;
}

static size_t write_digits(uint64_t digits, int d, int point, char *text)
{
    char *to = text;
    char digit[DIGITS];
    for (int i = d - 1; i >= 0; i--, digits /= 10)
        digit[i] = (char)('0' + digits % 10);
    while (d > 1 && d > point && digit[d - 1] == '0')
        d--;
    if (point <= 0) {
        memcpy(to, "0.0000", (size_t)(2 - point));
        to += 2 - point;
    }
    for (int i = 0; i < d; i++) {
        if (i == point && i > 0)
            *to++ = '.';
        *to++ = digit[i];
    }
    return (size_t)(to - text);
}

size_t shortest_text(double value, char *text)
{
    static const double powers[] = {1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                    1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    double size = fabs(value);
    int point = -3;
    Scaled scaled;
    if (!(size >= 1e-4) || !(size < 1e15))
        return 0;
    while (size >= powers[point + 4])
        point++;
    if (!scale(size, point, &scaled))
        return 0;
    bool exact = false;
    int d = 14;
    uint64_t digits = 0;
    while (!exact && d < DIGITS)
        digits = round_to(&scaled, ++d, &exact);
    if (digits == power(10, d)) { /* 99.9... has become 100 */
        digits /= 10;
        point++;
    }
    size_t sign = value < 0;
    text[0] = '-';
    return sign + write_digits(digits, d, point, text + sign);
}
