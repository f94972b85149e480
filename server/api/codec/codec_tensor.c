/* Elements are put together from their bytes, so that neither the order of bytes here nor alignment
 * matters. What comes as JSON is rounded to its datatype, so that the same tensor gives the same
 * prediction in either form. */
#include "api/codec/codec_tensor.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXACT 9007199254740991.0 /* 2^53 - 1: beyond it, doubles skip whole numbers */
#define FP16_MAX 65504.0
#define BF16_MAX 0x1.fep127

_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "FP32 and FP64 are float and double");

static const TensorType types[] = {
    {"UINT8", TENSOR_UNSIGNED, 1, 0, 0, 0, UINT8_MAX},
    {"UINT16", TENSOR_UNSIGNED, 2, 0, 0, 0, UINT16_MAX},
    {"UINT32", TENSOR_UNSIGNED, 4, 0, 0, 0, UINT32_MAX},
    {"UINT64", TENSOR_UNSIGNED, 8, 0, 0, 0, EXACT},
    {"INT8", TENSOR_SIGNED, 1, 0, 0, INT8_MIN, INT8_MAX},
    {"INT16", TENSOR_SIGNED, 2, 0, 0, INT16_MIN, INT16_MAX},
    {"INT32", TENSOR_SIGNED, 4, 0, 0, INT32_MIN, INT32_MAX},
    {"INT64", TENSOR_SIGNED, 8, 0, 0, -EXACT, EXACT},
    {"FP16", TENSOR_FLOAT, 2, 11, -24, -FP16_MAX, FP16_MAX},
    {"BF16", TENSOR_FLOAT, 2, 8, -133, -BF16_MAX, BF16_MAX},
    {"FP32", TENSOR_FLOAT, 4, 24, -149, -(double)FLT_MAX, (double)FLT_MAX},
    {"FP64", TENSOR_FLOAT, 8, 53, -1074, -DBL_MAX, DBL_MAX},
};
#define TYPES (sizeof types / sizeof *types)

const TensorType *tensor_type_at(size_t i)
{
    return i < TYPES ? &types[i] : NULL;
}

const TensorType *tensor_type(const char *name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static uint64_t read_bits(const unsigned char *bytes, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    return bits;
}

/* A half (IEEE 754 binary16): a sign, 5 bits of exponent, 10 of significand. */
static double half(unsigned bits)
{
    int exponent = (int)(bits >> 10 & 0x1F);
    double significand = (double)(bits & 0x3FF);
    double value;
    if (exponent == 0x1F)
        value = significand > 0 ? (double)NAN : (double)INFINITY;
    else
        value = exponent == 0 ? ldexp(significand, -24) : ldexp(significand + 1024, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

static double single(uint64_t bits)
{
    uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

static double floating(const TensorType *type, uint64_t bits)
{
    double value;
    if (type->size == 4)
        return single(bits);
    if (type->size == 2) /* a BF16 is the upper half of an FP32 */
        return type->digits == 8 ? single(bits << 16) : half((unsigned)bits);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double element(const TensorType *type, uint64_t bits)
{
    uint64_t sign = UINT64_C(1) << (8 * type->size - 1);
    if (type->kind == TENSOR_FLOAT)
        return floating(type, bits);
    if (type->kind == TENSOR_SIGNED && bits & sign)
        return -((double)(sign - (bits - sign)));
    return (double)bits;
}

void tensor_read(const TensorType *type, const unsigned char *bytes, size_t n, double *v)
{
    for (size_t i = 0; i < n; i++)
        v[i] = element(type, read_bits(bytes + i * type->size, type->size));
}

/* The nearest number of a type of floats, ties to even. */
static double rounded(const TensorType *type, double value)
{
    int exponent;
    frexp(value, &exponent);
    int unit = exponent - type->digits < type->least ? type->least : exponent - type->digits;
    return ldexp(nearbyint(ldexp(value, -unit)), unit);
}

static bool settle(const TensorType *type, double *value)
{
    if (type->kind != TENSOR_FLOAT)
        return *value == floor(*value) && *value >= type->min && *value <= type->max;
    if (!isfinite(*value) || type->size == sizeof(double))
        return isfinite(*value);
    *value = rounded(type, *value);
    return *value >= type->min && *value <= type->max;
}

static void show(double value, size_t size, char *shown)
{
    if (isnan(value))
        snprintf(shown, size, "NaN");
    else if (value == floor(value) && fabs(value) < 1e18)
        snprintf(shown, size, "%.0f", value);
    else
        snprintf(shown, size, "%.15g", value);
}

static void complain(const TensorType *type, double value, const char *pointer, Problem *problem)
{
    char given[40];
    show(value, sizeof given, given);
    if (!isfinite(value))
        problem_add(problem, pointer, "must be a finite number, got %s", given);
    else if (type->kind == TENSOR_FLOAT)
        problem_add(problem, pointer, "is beyond the range of %s, %.15g, got %s", type->name,
                    type->max, given);
    else
        problem_add(problem, pointer, "must be a whole number from %.0f to %.0f%s, got %s",
                    type->min, type->max,
                    type->max == EXACT ? " (those beyond are not exact here)" : "", given);
}

void tensor_check(const TensorType *type, NumberArray *array, const char *pointer, Problem *problem)
{
    char at[PROBLEM_POINTER];
    for (size_t i = 0; i < array->rows * array->cols; i++) {
        double given = array->v[i];
        if (settle(type, &array->v[i]))
            continue;
        if (array->flat)
            snprintf(at, sizeof at, "%s/%zu", pointer, i);
        else
            snprintf(at, sizeof at, "%s/%zu/%zu", pointer, i / array->cols, i % array->cols);
        complain(type, given, at, problem);
    }
}

void tensor_write(const double *v, size_t n, Text *text)
{
    if (n > SIZE_MAX / sizeof *v || !text_reserve(text, n * sizeof *v)) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        char bytes[sizeof *v];
        uint64_t bits;
        memcpy(&bits, &v[i], sizeof bits);
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (char)(bits >> (8 * b) & 0xFF);
        text_add(text, bytes, sizeof bytes);
    }
}
