/* Numbers in text. A number is taken apart once; up to 19 digits with a modest exponent are
 * decimal.c's to round, and the rest is strtod's, which rounds correctly in glibc and musl. strtod
 * is given digits and an exponent without a point, so that no locale matters, and at most 769
 * digits, so that no buffer grows: 767 are enough for any binary64 and the middle between two. */
#include "ingest/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decimal.h"

#define FAST_DIGITS 19 /* 10^19 < 2^64 */
#define LONG_DIGITS 768

/* A number taken apart: digits * 10^exponent. */
typedef struct Scan {
    bool negative;
    const char *begin, *end; /* the digits, with a point among them perhaps */
    uint64_t digits;         /* modulo 2^64 */
    size_t count;            /* of the digits, leading zeros included */
    int64_t exponent;
} Scan;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *scan_digits(const char *p, const char *end, uint64_t *digits)
{
    uint64_t sum = *digits;
    for (; p < end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            break;
        sum = sum * 10 + digit;
    }
    *digits = sum;
    return p;
}

/* What follows the e. Exponents beyond any sense stay beyond it, without overflow. */
static bool scan_exponent(Scan *scan, const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int64_t exponent = 0;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        if (exponent < INT64_MAX / 100)
            exponent = exponent * 10 + (*p - '0');
    }
    scan->exponent += negative ? -exponent : exponent;
    return true;
}

static bool scan_number(Scan *scan, const char *p, const char *end, bool lenient)
{
    scan->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || (lenient && *p == '+')))
        p++;
    scan->begin = p;
    scan->digits = 0;
    p = scan_digits(p, end, &scan->digits);
    size_t whole = (size_t)(p - scan->begin);
    if (!lenient && (whole == 0 || (whole > 1 && *scan->begin == '0')))
        return false;
    size_t fraction = 0;
    if (p < end && *p == '.') {
        const char *point = p++;
        p = scan_digits(p, end, &scan->digits);
        fraction = (size_t)(p - point - 1);
        if (fraction == 0 && !lenient)
            return false;
    }
    scan->end = p;
    scan->count = whole + fraction;
    scan->exponent = -(int64_t)fraction;
    if (scan->count == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        return scan_exponent(scan, p + 1, end);
    return p == end;
}

/* Writes the digits that matter and returns how many: without leading zeros, and those beyond 768
 * as a single 1 where any of them is not 0. Corrects the exponent for what was left out. */
static size_t gather_digits(const Scan *scan, char digits[LONG_DIGITS + 1], int64_t *exponent)
{
    size_t count = 0;
    int64_t left_out = 0;
    bool more = false;
    for (const char *p = scan->begin; p < scan->end; p++) {
        if (*p == '.' || (count == 0 && *p == '0'))
            continue;
        if (count < LONG_DIGITS) {
            digits[count++] = *p;
            continue;
        }
        left_out++;
        more = more || *p != '0';
    }
    if (more) {
        digits[count++] = '1';
        left_out--;
    }
    *exponent = scan->exponent + left_out;
    return count;
}

/* The number without its sign; infinite where it is beyond the range. */
static double convert_long(const Scan *scan)
{
    char text[LONG_DIGITS + 32];
    int64_t exponent;
    size_t count = gather_digits(scan, text, &exponent);
    int64_t magnitude = exponent + (int64_t)count; /* the number is below 10^magnitude */
    if (count == 0 || magnitude < -400)
        return 0;
    if (magnitude > 400)
        return HUGE_VAL;
    snprintf(text + count, sizeof text - count, "e%d", (int)exponent);
    return strtod(text, NULL);
}

static NumberKind parse(const char *text, const char *end, bool lenient, double *value)
{
    Scan scan;
    if (!scan_number(&scan, text, end, lenient))
        return NUMBER_NOT;
    double result;
    if (scan.count <= FAST_DIGITS && scan.exponent >= -DECIMAL_EXPONENT &&
        scan.exponent <= DECIMAL_EXPONENT)
        result = decimal_round(scan.digits, (int)scan.exponent);
    else
        result = convert_long(&scan);
    if (isinf(result))
        return NUMBER_TOO_BIG;
    *value = scan.negative ? -result : result;
    return NUMBER_OK;
}

NumberKind number_parse(const char *text, size_t n, double *value)
{
    return n > 0 ? parse(text, text + n, false, value) : NUMBER_NOT;
}

const char *number_parse_short(const char *bytes, const char *end, double *value)
{
    const char *p = bytes;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *begin = p;
    uint64_t digits = 0;
    p = scan_digits(p, end, &digits);
    size_t count = (size_t)(p - begin), fraction = 0;
    if (count == 0 || (count > 1 && *begin == '0'))
        return NULL;
    if (p < end && *p == '.') {
        const char *point = p++;
        p = scan_digits(p, end, &digits);
        fraction = (size_t)(p - point - 1);
        if (fraction == 0)
            return NULL;
    }
    if (p == end || count + fraction > FAST_DIGITS || *p == 'e' || *p == 'E')
        return NULL;
    double result = decimal_round(digits, -(int)fraction);
    *value = negative ? -result : result;
    return p;
}

NumberKind number_parse_lenient(const char *text, size_t n, double *value)
{
    while (n > 0 && is_blank(text[n - 1]))
        n--;
    while (n > 0 && is_blank(*text)) {
        text++;
        n--;
    }
    return n > 0 ? parse(text, text + n, true, value) : NUMBER_NOT;
}

bool number_is_not_finite(const char *text, size_t n)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    if (n > 0 && (*text == '-' || *text == '+')) {
        text++;
        n--;
    }
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        size_t i = 0;
        while (i < n && words[w][i] != '\0' && (text[i] | 0x20) == words[w][i])
            i++;
        if (i == n && words[w][i] == '\0')
            return true;
    }
    return false;
}

/* Makes room for n more. A realloc of a large array moves pages and copies nothing (main.c has it
 * so), and what is not written yet takes no memory. */
static bool reserve(NumberArray *array, size_t n)
{
    size_t room = array->room < 64 ? 64 : array->room + array->room / 4;
    if (room < array->count + n)
        room = array->count + n;
    if (room > SIZE_MAX / sizeof *array->v)
        return false;
    double *v = realloc(array->v, room * sizeof *v);
    if (!v)
        return false;
    array->v = v;
    array->room = room;
    return true;
}

bool number_has_commas(const char *text, size_t n)
{
    char plain[64];
    size_t length = 0;
    double value;
    for (size_t i = 0; i < n && length < sizeof plain; i++)
        if (text[i] != ',')
            plain[length++] = text[i];
    return length < n && length < sizeof plain && text[0] != ',' && text[n - 1] != ',' &&
           number_parse_lenient(plain, length, &value) == NUMBER_OK;
}

bool number_array_add(NumberArray *array, double value)
{
    if (array->count == array->room && !reserve(array, 1))
        return false;
    array->v[array->count++] = value;
    return true;
}

bool number_array_note_ragged(NumberArray *array, size_t row, size_t cols)
{
    if (!array->ragged)
        array->ragged = malloc(RAGGED_ROWS * sizeof *array->ragged);
    if (!array->ragged)
        return false;
    bool first = array->ragged_rows == 0;
    array->ragged_alike = first || (array->ragged_alike && array->ragged[0].cols == cols);
    if (array->ragged_rows < RAGGED_ROWS)
        array->ragged[array->ragged_rows] = (RaggedRow){row, cols};
    array->ragged_rows++;
    return true;
}

bool number_array_append(NumberArray *array, const double *values, size_t n)
{
    if (n > array->room - array->count && !reserve(array, n))
        return false;
    memcpy(array->v + array->count, values, n * sizeof *values);
    array->count += n;
    return true;
}

void number_array_free(NumberArray *array)
{
    free(array->v);
    free(array->ragged);
    *array = (NumberArray){0};
}
