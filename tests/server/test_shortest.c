/* The fewest digits of a real, held against the C library's. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "tools/shortest.h"

static void by_the_library(double value, char text[40])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 40, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* Whether it was written, after a look that the text is the library's. */
static int is_written(double value)
{
    char text[40], wanted[40];
    size_t length = shortest_text(value, text);
    if (length == 0)
        return 0;
    text[length] = '\0';
    by_the_library(value, wanted);
    cr_assert_str_eq(text, wanted, "%a: %s, not %s", value, text, wanted);
    return 1;
}

Test(shortest, is_what_the_library_says_for_a_hundred_thousand_reals)
{
    Rng rng = rng_seeded(1);
    int written = 0;
    for (int i = 0; i < 100000; i++) {
        double value = rng_uniform(&rng, -1, 1) * pow(10, i % 19 - 3);
        written += is_written(value);
        written += is_written(round(value * 1000) / 1000);
    }
    cr_expect_gt(written, 180000);
}

Test(shortest, is_so_beside_the_powers_of_two_and_of_ten)
{
    int written = 0;
    for (int exponent = -13; exponent < 50; exponent++) {
        double two = ldexp(1, exponent);
        written += is_written(two) + is_written(nextafter(two, 0));
        written += is_written(nextafter(two, 2e15));
    }
    for (int exponent = -4; exponent < 15; exponent++) {
        double ten = pow(10, exponent);
        written += is_written(-ten) + is_written(nextafter(ten, 0));
        written += is_written(nextafter(ten, 1e16));
    }
    cr_expect_gt(written, 230);
}

Test(shortest, leaves_other_sizes_alone)
{
    static const double others[] = {0, -0.0, 1e-5, 9.9e-5, 1e15, -1e300, 5e-324, INFINITY, NAN};
    char text[40];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_eq(shortest_text(others[i], text), 0);
}
