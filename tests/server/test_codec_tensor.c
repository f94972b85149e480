/* Datatypes of tensors: what their bytes mean, and which numbers they have. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "api/codec/codec_tensor.h"

TestSuite(codec_tensor);

static double read_one(const char *name, const char *bytes)
{
    double value;
    tensor_read(tensor_type(name), (const unsigned char *)bytes, 1, &value);
    return value;
}

Test(codec_tensor, bytes_are_little_endian)
{
    static const struct {
        const char *type, *bytes;
        double value;
    } known[] = {
        {"UINT8", "\xFF", 255},
        {"UINT16", "\x01\x02", 513},
        {"UINT32", "\xFF\xFF\xFF\xFF", 4294967295},
        {"UINT64", "\xFF\xFF\xFF\xFF\xFF\xFF\x1F\0", 9007199254740991},
        {"INT8", "\x80", -128},
        {"INT8", "\x7F", 127},
        {"INT16", "\xFE\xFF", -2},
        {"INT32", "\0\0\0\x80", -2147483648.0},
        {"INT64", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", -1},
        {"INT64", "\0\0\0\0\0\0\0\x80", -9223372036854775808.0},
        {"FP16", "\0\x3C", 1},
        {"FP16", "\x01\0", 0x1p-24},
        {"FP16", "\xFF\x03", 0x1.ff8p-15},
        {"FP16", "\xFF\xFB", -65504},
        {"FP16", "\0\xFC", -INFINITY},
        {"BF16", "\xC0\x3F", 1.5},
        {"FP32", "\xDB\x0F\x49\x40", 0x1.921fb6p+1},
        {"FP64", "\x18\x2D\x44\x54\xFB\x21\x09\x40", 0x1.921fb54442d18p+1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_eq(read_one(known[i].type, known[i].bytes), known[i].value, "%s %zu: %a",
                     known[i].type, i, read_one(known[i].type, known[i].bytes));
    cr_expect(isnan(read_one("FP16", "\x01\x7C")));
    cr_expect(isnan(read_one("BF16", "\xC0\x7F")));
    cr_expect(signbit(read_one("FP16", "\0\x80")));
}

Test(codec_tensor, every_type_is_found_by_its_name)
{
    size_t i = 0;
    for (; tensor_type_at(i); i++)
        cr_expect_eq(tensor_type(tensor_type_at(i)->name), tensor_type_at(i));
    cr_expect_eq(i, 12);
    cr_expect_null(tensor_type("BOOL"));
    cr_expect_null(tensor_type("fp32"));
    cr_expect_null(tensor_type(""));
}

static Problem problem;

/* What is said of one number; "" where it is fine. */
static const char *checked(const char *type, double *value)
{
    NumberArray array = {.v = value, .rows = 1, .cols = 1, .count = 1};
    problem_clear(&problem);
    tensor_check(tensor_type(type), &array, "#/a", &problem);
    return problem.count ? problem.item[0].detail : "";
}

Test(codec_tensor, each_half_survives_the_rounding)
{
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        char bytes[] = {(char)(bits & 0xFF), (char)(bits >> 8)};
        double value = read_one("FP16", bytes), kept = value;
        bool finite = (bits >> 10 & 0x1F) != 0x1F;
        cr_assert_eq(isfinite(value) != 0, finite, "%x", bits);
        cr_assert_eq(checked("FP16", &kept)[0] == '\0', finite, "%x: %s", bits,
                     problem.item[0].detail);
        cr_assert(!finite || memcmp(&kept, &value, sizeof value) == 0, "%x", bits);
    }
}

Test(codec_tensor, a_number_becomes_the_nearest_of_its_type)
{
    static const struct {
        const char *type;
        double value, nearest;
    } known[] = {
        {"FP16", 1 + 0x1p-11, 1},     {"FP16", 1 + 0x1.8p-10, 1 + 0x1p-9},
        {"FP16", 65519.9, 65504},     {"FP16", 0x1p-26, 0},
        {"FP16", 0x1.8p-24, 0x1p-23}, {"BF16", 1.001, 1},
        {"FP32", 0.1, 0x1.99999ap-4}, {"FP32", 3.4028235e38, FLT_MAX},
        {"FP32", 1e-45, 0x1p-149},    {"FP32", 1e-300, 0},
        {"FP64", 0.1, 0.1},           {"FP64", 5e-324, 5e-324},
        {"INT8", -128, -128},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double value = known[i].value;
        cr_expect_str_empty(checked(known[i].type, &value), "%zu: %s", i, problem.item[0].detail);
        cr_expect_eq(value, known[i].nearest, "%zu: %a", i, value);
    }
}

Test(codec_tensor, floats_are_rounded_as_the_processor_does)
{
    double value = 1e-44;
    for (int i = 0; i < 2000; i++) {
        double rounded = value;
        checked("FP32", &rounded);
        cr_assert_eq(rounded, (double)(float)value, "%a", value);
        value *= -1.0978912345;
    }
}

Test(codec_tensor, what_a_type_has_not_is_refused)
{
    static const struct {
        const char *type;
        double value;
        const char *said;
    } known[] = {
        {"UINT8", 300, "must be a whole number from 0 to 255, got 300"},
        {"UINT8", -1, "must be a whole number from 0 to 255, got -1"},
        {"UINT8", 1.5, "must be a whole number from 0 to 255, got 1.5"},
        {"INT16", 32768, "must be a whole number from -32768 to 32767, got 32768"},
        {"INT64", 9007199254740992,
         "must be a whole number from -9007199254740991 to 9007199254740991 (those beyond are not "
         "exact here), got 9007199254740992"},
        {"FP16", 65520, "is beyond the range of FP16, 65504, got 65520"},
        {"FP32", 1e39, "is beyond the range of FP32, 3.40282346638529e+38, got 1e+39"},
        {"FP32", -INFINITY, "must be a finite number, got -inf"},
        {"FP64", NAN, "must be a finite number, got NaN"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double value = known[i].value;
        cr_expect_str_eq(checked(known[i].type, &value), known[i].said);
    }
}

Test(codec_tensor, a_mistake_has_its_place)
{
    double v[] = {1, 2, 300, 4, 5, -1};
    NumberArray array = {.v = v, .rows = 2, .cols = 3, .count = 6};
    problem_clear(&problem);
    tensor_check(tensor_type("UINT8"), &array, "#/a", &problem);
    cr_assert_eq(problem.count, 2);
    cr_expect_str_eq(problem.item[0].pointer, "#/a/0/2");
    cr_expect_str_eq(problem.item[1].pointer, "#/a/1/2");
    array.flat = true;
    problem_clear(&problem);
    tensor_check(tensor_type("UINT8"), &array, "#/a", &problem);
    cr_expect_str_eq(problem.item[1].pointer, "#/a/5");
}

Test(codec_tensor, what_is_written_reads_back)
{
    double v[] = {0.1, -0.0, 5e-324, DBL_MAX}, got[4];
    Text text = {0};
    tensor_write(v, 4, &text);
    cr_assert_eq(text.length, sizeof v);
    cr_expect_eq(memcmp(text.bytes, "\x9A\x99\x99\x99\x99\x99\xB9\x3F", 8), 0);
    tensor_read(tensor_type("FP64"), (const unsigned char *)text.bytes, 4, got);
    cr_expect_eq(memcmp(v, got, sizeof v), 0);
    text_free(&text);
}
