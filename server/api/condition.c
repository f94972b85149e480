/* Lists are read element by element, with blanks and empty elements between commas let pass, as
 * RFC 9110, 5.6.1 asks of recipients. */
#include "api/condition.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip(const char *at)
{
    return at + strspn(at, " \t,");
}

/* The end of a tag that begins at `at` with its quote; NULL where it is none. */
static const char *end_of_tag(const char *at)
{
    const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    return end ? end + 1 : NULL;
}

bool condition_names(const char *value, const char *tag)
{
    size_t length = strlen(tag);
    const char *at = skip(value);
    if (*at == '*' && *skip(at + 1) == '\0')
        return true;
    while (*at) {
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        const char *end = end_of_tag(at);
        if (!end)
            return false;
        if ((size_t)(end - at) == length && memcmp(at, tag, length) == 0)
            return true;
        at = skip(end);
    }
    return false;
}

/* The q of an element, whose parameters stand from `at` up to `end`; 0 where it is no number. */
static double weight_of(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == ';'))
        at++;
    if (at == end)
        return 1;
    if ((*at | 32) != 'q' || at[1] != '=' || at[2] < '0' || at[2] > '1')
        return 0;
    double weight = strtod(at + 2, NULL);
    return weight >= 0 && weight <= 1 ? weight : 0;
}

static bool is(const char *at, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(at, name, length) == 0;
}

bool condition_takes_gzip(const char *value)
{
    double gzip = -1, identity = -1, others = -1; /* -1: not named */
    if (!value)
        return false;
    for (const char *at = skip(value); *at; at = skip(at)) {
        size_t name = strcspn(at, " \t,;"), all = strcspn(at, ",");
        double weight = weight_of(at + name, at + all);
        if (is(at, name, "gzip") || is(at, name, "x-gzip"))
            gzip = weight;
        else if (is(at, name, "identity"))
            identity = weight;
        else if (is(at, name, "*"))
            others = weight;
        at += all;
    }
    if (gzip < 0)
        gzip = others;
    return gzip > 0 && gzip >= identity;
}
