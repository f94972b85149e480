/* Numbers in text: the grammars, and that every number is the binary64 next to it, by comparison
 * with strtod, which is correctly rounded in glibc. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decimal.h"
#include "ingest/number.h"

static NumberKind parse(const char *text, double *value)
{
    return number_parse(text, strlen(text), value);
}

static NumberKind parse_lenient(const char *text, double *value)
{
    return number_parse_lenient(text, strlen(text), value);
}

static uint64_t bits(double value)
{
    uint64_t pattern;
    memcpy(&pattern, &value, sizeof pattern);
    return pattern;
}

static void expect_like_strtod(const char *text)
{
    double value = 0.5;
    cr_assert_eq(parse(text, &value), NUMBER_OK, "%.60s", text);
    double wanted = strtod(text, NULL);
    cr_assert_eq(bits(value), bits(wanted), "%.60s: %.17g, wanted %.17g", text, value, wanted);
}

/* splitmix64, so that a failure can be repeated. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

Test(number, reads_the_numbers_of_json)
{
    static const char *const texts[] = {
        "0",
        "7",
        "-7",
        "0.1",
        "12.5",
        "1e3",
        "1E+3",
        "1e-3",
        "0e0",
        "0.0e99",
        "123456789012345678",
        "9007199254740993",
        "1e22",
        "1e23",
        "5e-324",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "0.000001",
        "1e00000000000000000001",
        "100000000000000000000",
        "3.141592653589793116",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_like_strtod(texts[i]);
}

Test(number, refuses_what_is_no_number_in_json)
{
    static const char *const texts[] = {
        "",    "-",     "+1",       "01",  "-01",  ".5",    "5.",       "1e",
        "1e+", "1.e3",  "--1",      "1 ",  " 1",   "0x1",   "1f",       "nan",
        "NaN", "inf",   "Infinity", "1,5", "1..2", "1.2.3", "1e5e",     "null",
        "1_0", "1e1.5", "-.5",      "e5",  "1\t",  "-e1",   "\xC2\xB2",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 0.5;
        cr_expect_eq(parse(texts[i], &value), NUMBER_NOT, "%s", texts[i]);
        cr_expect_eq(value, 0.5, "%s must leave the value alone", texts[i]);
    }
}

Test(number, reads_no_further_than_it_is_told)
{
    double value;
    cr_assert_eq(number_parse("123456", 3, &value), NUMBER_OK);
    cr_assert_eq(value, 123);
    cr_assert_eq(number_parse("1e5", 2, &value), NUMBER_NOT);
    cr_assert_eq(number_parse("1\0002", 3, &value), NUMBER_NOT);
}

Test(number, keeps_the_sign_of_zero)
{
    static const char *const texts[] = {"-0", "-0.0", "-0e5", "-1e-400",
                                        "-0.00000000000000000000000"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 1;
        cr_expect_eq(parse(texts[i], &value), NUMBER_OK);
        cr_expect(value == 0 && signbit(value), "%s", texts[i]);
    }
}

Test(number, says_what_is_beyond_the_range)
{
    static const char *const texts[] = {"1e999", "-1e309", "1.7976931348623159e308",
                                        "1e99999999999999999999999999", "123456789e301"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 0.5;
        cr_expect_eq(parse(texts[i], &value), NUMBER_TOO_BIG, "%s", texts[i]);
    }
}

Test(number, rounds_what_is_too_small_to_denormal_or_zero)
{
    expect_like_strtod("1e-310");
    expect_like_strtod("2.4703282292062327e-324"); /* just below half of the least number */
    expect_like_strtod("2.4703282292062328e-324"); /* just above it */
    expect_like_strtod("1e-99999999999999999999999999");
}

Test(number, rounds_halves_to_even)
{
    expect_like_strtod("9007199254740993"); /* 2^53 + 1, between two numbers */
    expect_like_strtod("9007199254740995"); /* the next such */
    expect_like_strtod("9007199254740993.0");
    expect_like_strtod("9007199254740993.0000000000000000000000000000001");
    expect_like_strtod("4503599627370497.5");
    expect_like_strtod("18014398509481986e2");
    expect_like_strtod("9223372036854776832e1"); /* the 128-bit product is exactly in the middle */
}

Test(number, is_as_near_as_strtod_for_random_digits)
{
    uint64_t state = 1;
    char text[64];
    for (int i = 0; i < 400000; i++) {
        uint64_t digits = draw(&state) >> (draw(&state) % 64);
        int exponent = (int)(draw(&state) % 71) - 35;
        snprintf(text, sizeof text, "%s%llue%d", draw(&state) & 1 ? "-" : "",
                 (unsigned long long)digits, exponent);
        expect_like_strtod(text);
    }
}

Test(number, reads_every_printed_binary64_back)
{
    uint64_t state = 2;
    char text[64];
    for (int i = 0; i < 200000; i++) {
        uint64_t pattern = draw(&state);
        double value, back;
        memcpy(&value, &pattern, sizeof value);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        cr_assert_eq(parse(text, &back), NUMBER_OK, "%s", text);
        cr_assert_eq(bits(back), pattern, "%s", text);
    }
}

Test(number, rounds_the_middle_between_two_numbers_with_any_number_of_digits)
{
    char text[1200];
    uint64_t state = 3;
    for (int i = 0; i < 2000; i++) {
        /* An integer of 54 bits with the lowest set, times a power of two, all digits printed. */
        uint64_t odd = (draw(&state) >> 10) | (UINT64_C(1) << 53) | 1;
        int scale = (int)(draw(&state) % 900) - 900;
        long double middle = ldexpl((long double)odd, scale);
        int n = snprintf(text, 1100, "%.*Lf", -scale, middle);
        if (n >= 1100)
            continue;
        expect_like_strtod(text);
        strcat(text, scale == 0 ? ".0001" : "0001");
        expect_like_strtod(text);
    }
}

Test(number, reads_numbers_of_thousands_of_digits)
{
    size_t n = 200000;
    char *text = malloc(n + 16);
    double value;
    memset(text, '9', n);
    cr_expect_eq(number_parse(text, n, &value), NUMBER_TOO_BIG);
    text[1] = '.';
    cr_expect_eq(number_parse(text, n, &value), NUMBER_OK);
    cr_expect_eq(value, 10);
    memset(text, '0', n);
    text[1] = '.';
    memcpy(text + n, "25e199998", 10);
    cr_expect_eq(number_parse(text, n + 9, &value), NUMBER_OK);
    cr_expect_eq(value, 0.25);
    text[0] = '4';
    cr_expect_eq(number_parse(text, n, &value), NUMBER_OK);
    cr_expect_eq(value, 4);
    free(text);
}

Test(number, lets_a_digit_far_behind_the_middle_decide)
{
    char text[2000] = "9007199254740993.";
    size_t begin = strlen(text);
    memset(text + begin, '0', 1500);
    text[begin + 1500] = '\0';
    double value;
    cr_assert_eq(parse(text, &value), NUMBER_OK);
    cr_expect_eq(value, 9007199254740992.0);
    text[begin + 1499] = '1';
    cr_assert_eq(parse(text, &value), NUMBER_OK);
    cr_expect_eq(value, 9007199254740994.0);
}

Test(number, takes_the_habits_of_spreadsheets_where_it_is_lenient)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{" 1.5", 1.5},  {"1.5\t ", 1.5}, {"+1.5", 1.5}, {".5", 0.5},     {"5.", 5},
                 {"-.25", -.25}, {"007", 7},      {"5.e1", 50},  {"+.5E+1", 5.0}, {"1e-2", 0.01}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 99;
        cr_expect_eq(parse_lenient(cases[i].text, &value), NUMBER_OK, "%s", cases[i].text);
        cr_expect_eq(value, cases[i].value, "%s", cases[i].text);
    }
}

Test(number, refuses_text_also_where_it_is_lenient)
{
    static const char *const texts[] = {"",     " ",   ".",    "+",  "-",  "+-1", "1 2",  "0x10",
                                        "1,5",  "NaN", "inf",  "1e", "e1", ".e1", "$5",   "5%",
                                        "1.2.", "- 1", "1e 5", "NA", "--", "1\n", "\"1\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value;
        cr_expect_eq(parse_lenient(texts[i], &value), NUMBER_NOT, "%s", texts[i]);
    }
}

Test(number, what_is_no_number_for_its_commas_only_is_known)
{
    static const char *const with[] = {"0,433", "-3,5e2", "1,234,567", "1,234.5", "1.234,5"};
    static const char *const without[] = {"", ",", "12", "1,x", ",5", "5,", "a,b"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        cr_expect(number_has_commas(with[i], strlen(with[i])), "%s", with[i]);
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        cr_expect(!number_has_commas(without[i], strlen(without[i])), "%s", without[i]);
}

Test(number, short_way_gives_the_number_and_what_follows_it)
{
    const char *text = "-12.75,3";
    double value = 0;
    const char *rest = number_parse_short(text, text + strlen(text), &value);
    cr_assert_eq(rest, text + 6);
    cr_assert_eq(value, -12.75);
}

Test(number, short_way_leaves_the_rest_to_the_long_one)
{
    static const char *const texts[] = {
        "12", "-", "01,", "1.,", ".5,", "1e5,", "1.5E5,", "+1,", "x", "", "12345678901234567890,"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value;
        const char *end = texts[i] + strlen(texts[i]);
        cr_expect_null(number_parse_short(texts[i], end, &value), "%s", texts[i]);
    }
}

Test(number, knows_the_words_for_what_is_not_finite)
{
    cr_expect(number_is_not_finite("NaN", 3));
    cr_expect(number_is_not_finite("-Infinity", 9));
    cr_expect(number_is_not_finite("+inf", 4));
    cr_expect_not(number_is_not_finite("infin", 5));
    cr_expect_not(number_is_not_finite("nano", 4));
    cr_expect_not(number_is_not_finite("", 0));
    cr_expect_not(number_is_not_finite("-", 1));
}

Test(number, exact_way_agrees_with_strtod_at_its_edges)
{
    static const uint64_t digits[] = {1,
                                      9,
                                      UINT64_C(1) << 53,
                                      (UINT64_C(1) << 53) + 1,
                                      UINT64_C(9999999999999999999),
                                      UINT64_MAX,
                                      UINT64_MAX - 1024,
                                      UINT64_MAX - 1023};
    char text[64];
    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++) {
        for (int exponent = -DECIMAL_EXPONENT; exponent <= DECIMAL_EXPONENT; exponent++) {
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits[i], exponent);
            cr_expect_eq(bits(decimal_round(digits[i], exponent)), bits(strtod(text, NULL)), "%s",
                         text);
        }
    }
}

Test(number_array, grows_by_a_quarter_and_keeps_its_numbers)
{
    NumberArray array = {0};
    for (int i = 0; i < 100000; i++) {
        cr_assert(number_array_add(&array, i));
        cr_assert(array.room <= 64 || (double)array.room <= 1.25 * (double)array.count);
    }
    cr_assert_eq(array.count, 100000);
    for (int i = 0; i < 100000; i++)
        cr_assert_eq(array.v[i], i);
    number_array_free(&array);
    cr_assert_null(array.v);
    cr_assert_eq(array.count, 0);
}
