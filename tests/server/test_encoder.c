/* The writer of JSON: commas, escapes, and reals that read back to the same bits. */
#include <criterion/criterion.h>
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "test_store_fixture.h"
#include "tools/encoder.h"

TestSuite(encoder, .fini = fixture_no_leaks);

#define RANDOM_REALS 1000000

static double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Significant digits of a real as it was printed. */
static size_t digits_of(const char *text)
{
    char digits[REAL_TEXT];
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0'))
            digits[n++] = *text;
    while (n > 0 && digits[n - 1] == '0')
        n--;
    return n;
}

static void expect_same_back(double value)
{
    char text[REAL_TEXT];
    char *end;
    size_t length = real_text(value, text);
    cr_assert_eq(length, strlen(text));
    cr_assert_lt(length, REAL_TEXT);
    cr_assert(same_bits(strtod(text, &end), value), "%a became %s", value, text);
    cr_assert_eq(*end, '\0', "%s", text);
    cr_assert(strpbrk(text, ".e"), "%s reads back as a whole number", text);
}

/* No text of one digit less, rounded to nearest, reads back to the value. */
static void expect_no_shorter(double value)
{
    char text[REAL_TEXT], shorter[400];
    real_text(value, text);
    int digits = (int)digits_of(text);
    if (digits < 2)
        return;
    snprintf(shorter, sizeof shorter, "%.*g", digits - 1, value);
    cr_assert(!same_bits(strtod(shorter, NULL), value), "%s would do for %s", shorter, text);
}

Test(encoder, random_bits_read_back_to_the_same_bits)
{
    Rng rng = rng_seeded(1);
    for (size_t i = 0; i < RANDOM_REALS; i++) {
        double value = of_bits(rng_next(&rng));
        if (isfinite(value))
            expect_same_back(value);
    }
}

Test(encoder, random_bits_get_no_digit_too_many)
{
    Rng rng = rng_seeded(2);
    for (size_t i = 0; i < RANDOM_REALS / 4; i++) {
        double value = of_bits(rng_next(&rng));
        if (isfinite(value))
            expect_no_shorter(value);
    }
}

Test(encoder, numbers_that_people_write_come_back_as_written)
{
    Rng rng = rng_seeded(3);
    for (size_t i = 0; i < RANDOM_REALS / 4; i++) {
        double value = (double)rng_below(&rng, 100000000) / 10000;
        expect_same_back(value);
        expect_no_shorter(value);
    }
}

Test(encoder, the_edges_of_the_range_read_back_to_the_same_bits)
{
    static const double edges[] = {
        0,       -0.0,   DBL_MIN,     -DBL_MIN,    DBL_MAX,
        DBL_MAX, 5e-324, -5e-324,     0x1p-1022,   0x1.fffffffffffffp-1023,
        1,       -1,     1 + 0x1p-52, 1 - 0x1p-53, 0x1p53,
        1e22,    1e23,   0.1,         1.0 / 3,     123456789012345680.0};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        expect_same_back(edges[i]);
    for (int exponent = -1074; exponent < 1024; exponent++) {
        double power = ldexp(1, exponent);
        expect_same_back(power);
        expect_same_back(nextafter(power, 0));
        expect_same_back(-nextafter(power, DBL_MAX));
    }
}

Test(encoder, the_smallest_numbers_get_no_digit_too_many)
{
    for (uint64_t bits = 1; bits < 3000; bits++) {
        expect_same_back(of_bits(bits));
        expect_no_shorter(of_bits(bits));
    }
}

static const char *text_of(double value)
{
    static char text[REAL_TEXT];
    real_text(value, text);
    return text;
}

Test(encoder, a_real_is_printed_plainly)
{
    cr_expect_str_eq(text_of(0.1), "0.1");
    cr_expect_str_eq(text_of(3), "3.0");
    cr_expect_str_eq(text_of(-0.0), "-0.0");
    cr_expect_str_eq(text_of(1e300), "1e+300");
    cr_expect_str_eq(text_of(5e-324), "5e-324");
    cr_expect_str_eq(text_of(0.1 + 0.2), "0.30000000000000004");
}

/* What an encoder wrote, and whether it is sound; the encoder is empty afterwards. */
static const char *written(Encoder *encoder)
{
    static char text[4000];
    char *bytes = text_steal(&encoder->text);
    cr_assert_not_null(bytes);
    snprintf(text, sizeof text, "%s", bytes);
    free(bytes);
    return text;
}

Test(encoder, commas_stand_between_values_and_nowhere_else)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_int(&encoder, "a", INT64_MIN);
    enc_key(&encoder, "b");
    enc_array(&encoder);
    enc_object(&encoder);
    enc_object_end(&encoder);
    enc_array(&encoder);
    enc_array_end(&encoder);
    enc_bool(&encoder, true);
    enc_null(&encoder);
    enc_array_end(&encoder);
    enc_put_bool(&encoder, "c", false);
    enc_put_null(&encoder, "d");
    enc_put_string(&encoder, "e", NULL);
    enc_put_real(&encoder, "f", 0.5);
    enc_key(&encoder, "g");
    enc_raw(&encoder, "{\"x\":1}");
    enc_object_end(&encoder);
    cr_expect_str_eq(written(&encoder),
                     "{\"a\":-9223372036854775808,\"b\":[{},[],true,null],\"c\":false,\"d\":null,"
                     "\"e\":null,\"f\":0.5,\"g\":{\"x\":1}}");
}

Test(encoder, reals_become_an_array)
{
    Encoder encoder = {0};
    enc_reals(&encoder, (double[]){1, 0.25, -3}, 3);
    enc_reals(&encoder, NULL, 0);
    cr_expect_str_eq(written(&encoder), "[1.0,0.25,-3.0],[]");
}

Test(encoder, times_are_text_and_none_is_null)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_time(&encoder, "at", 1);
    enc_put_time(&encoder, "never", 0);
    enc_object_end(&encoder);
    cr_expect_str_eq(written(&encoder), "{\"at\":\"1970-01-01T00:00:00.001Z\",\"never\":null}");
}

Test(encoder, what_is_not_finite_is_refused_and_null_stands_for_it)
{
    static const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        Encoder encoder = {0};
        enc_reals(&encoder, (double[]){1, wrong[i], 2}, 3);
        cr_expect(encoder.refused);
        cr_expect_str_eq(written(&encoder), "[1.0,null,2.0]");
    }
}

Test(encoder, what_is_finite_is_not_refused)
{
    Encoder encoder = {0};
    enc_real(&encoder, DBL_MAX);
    cr_expect(!encoder.refused);
    text_free(&encoder.text);
}

Test(encoder, every_byte_of_ascii_reads_back_in_a_string)
{
    char all[128] = {0};
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    Encoder encoder = {0};
    enc_object(&encoder);
    enc_put_string(&encoder, all, all);
    enc_object_end(&encoder);
    json_t *json = json_loadb(encoder.text.bytes, encoder.text.length, 0, NULL);
    cr_assert_not_null(json);
    cr_expect_str_eq(json_string_value(json_object_get(json, all)), all);
    json_decref(json);
    text_free(&encoder.text);
}

Test(encoder, escapes_are_those_of_json)
{
    Encoder encoder = {0};
    enc_string(&encoder, "\"\\/\b\f\n\r\t\x01\x1f\x7f \xC3\xA9");
    cr_expect_str_eq(written(&encoder),
                     "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f \xC3\xA9\"");
}

Test(encoder, a_byte_that_stands_for_itself_has_no_escape)
{
    char escaped[7];
    cr_expect_eq(json_escape('a', escaped), 0);
    cr_expect_eq(json_escape(0xC3, escaped), 0);
    cr_expect_eq(json_escape('\n', escaped), 2);
    cr_expect_str_eq(escaped, "\\n");
    cr_expect_eq(json_escape(0, escaped), 6);
    cr_expect_str_eq(escaped, "\\u0000");
}
