/* number_parse against a regular expression for the grammar and strtod for the value, bit by bit.
 */
#include <math.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "ingest/number.h"

static bool matches(const char *pattern, const char *text)
{
    regex_t grammar;
    demand(regcomp(&grammar, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    bool fits = regexec(&grammar, text, 0, NULL, 0) == 0;
    regfree(&grammar);
    return fits;
}

static void check(NumberKind kind, double value, bool fits, const char *text)
{
    demand((kind == NUMBER_NOT) == !fits);
    if (!fits)
        return;
    double wanted = strtod(text, NULL);
    demand((kind == NUMBER_TOO_BIG) == (bool)isinf(wanted));
    demand(kind != NUMBER_OK || memcmp(&value, &wanted, sizeof value) == 0);
}

static void check_short(const char *bytes, size_t n)
{
    double value, wanted;
    const char *stop = number_parse_short(bytes, bytes + n, &value);
    if (!stop)
        return;
    demand(stop > bytes && stop < bytes + n);
    demand(number_parse(bytes, (size_t)(stop - bytes), &wanted) == NUMBER_OK);
    demand(memcmp(&value, &wanted, sizeof value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    /* Exactly n bytes on the heap, so that a read beyond them is seen. */
    char *bytes = malloc(n + (n == 0)), *text = malloc(n + 1);
    demand(bytes && text);
    if (n > 0) {
        memcpy(bytes, data, n);
        memcpy(text, data, n);
    }
    text[n] = '\0';
    bool whole = strlen(text) == n;
    double value = 0;
    NumberKind kind = number_parse(bytes, n, &value);
    static const char strict[] = "^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$";
    check(kind, value, whole && matches(strict, text), text);
    kind = number_parse_lenient(bytes, n, &value);
    static const char lenient[] =
        "^[ \t]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[ \t]*$";
    check(kind, value, whole && matches(lenient, text), text);
    number_is_not_finite(bytes, n);
    check_short(bytes, n);
    free(bytes);
    free(text);
    return 0;
}
