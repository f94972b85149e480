/* Looks things up in a request. */
#include "api/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *request_query(const Request *request, const char *name)
{
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    return NULL;
}

bool request_is_name(const char *given, const char *name)
{
    bool may_be = (given[0] | 32) == (name[0] | 32); /* spares most of the comparisons */
    return may_be && strcasecmp(given, name) == 0;
}

const char *request_header(const Request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request_is_name(request->header[i].name, name))
            return request->header[i].value;
    return NULL;
}

long long request_number(const Request *request, const char *name, long long otherwise,
                         const long long range[2], Problem *problem)
{
    char at[PROBLEM_POINTER];
    const char *text = request_query(request, name);
    if (!text)
        return otherwise;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno || number < range[0] ||
        number > range[1]) {
        snprintf(at, sizeof at, "?%s", name);
        if (range[0] == range[1])
            problem_add(problem, at, "must be %lld, got '%s'", range[0], text);
        else
            problem_add(problem, at, "must be a whole number from %lld to %lld, got '%s'", range[0],
                        range[1], text);
        return otherwise;
    }
    return number;
}

bool request_flag(const Request *request, const char *name, Problem *problem)
{
    char at[PROBLEM_POINTER];
    const char *text = request_query(request, name);
    bool set = text && strcmp(text, "true") == 0;
    if (!text || set || strcmp(text, "false") == 0)
        return set;
    snprintf(at, sizeof at, "?%s", name);
    problem_add(problem, at, "must be true or false, got '%s'", text);
    return false;
}

void request_refuse_unknown(const Request *request, const char *const *names, size_t count,
                            Problem *problem)
{
    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(names[j], name) == 0;
        if (known)
            continue;
        char at[PROBLEM_POINTER];
        snprintf(at, sizeof at, "?%.64s", name);
        problem_add_unknown(problem, at, name, names, count);
    }
}

/* How exactly a media range fits a type: 3 itself, 2 type/star, 1 star/star, 0 not at all. */
static int fit(const char *range, size_t length, const char *type)
{
    if (length == strlen(type) && strncasecmp(range, type, length) == 0)
        return 3;
    if (length == 3 && strncmp(range, "*/*", 3) == 0)
        return 1;
    size_t slash = strcspn(type, "/") + 1;
    bool wild = length == slash + 1 && range[slash] == '*';
    return wild && strncasecmp(range, type, slash) == 0 ? 2 : 0;
}

/* The q of a media range, whose parameters stand from `at` up to the next comma. */
static double weight_of(const char *at, const char *end)
{
    while (at < end && *at == ';') {
        at++;
        at += strspn(at, " \t");
        if (strncasecmp(at, "q=", 2) == 0)
            return strtod(at + 2, NULL);
        at += strcspn(at, ";,");
    }
    return 1;
}

/* The q that an Accept header gives a type, that of the range which fits it best; *best is how well
 * a line before this one fitted, with that weight. */
static double quality(const char *accept, const char *type, int *best, double weight)
{
    while (*accept) {
        accept += strspn(accept, " \t,");
        size_t range = strcspn(accept, "; \t,");
        size_t length = strcspn(accept, ",");
        size_t gap = strspn(accept + range, " \t");
        int fits = fit(accept, range, type);
        if (fits > *best) {
            *best = fits;
            weight = weight_of(accept + range + gap, accept + length);
        }
        accept += length;
    }
    return weight;
}

/* Over all Accept lines, which together are one list (RFC 9110, 5.3). */
static double quality_of_all(const Request *request, const char *type)
{
    double weight = 0;
    int best = 0;
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->header[i].name, "Accept") == 0)
            weight = quality(request->header[i].value, type, &best, weight);
    return weight;
}

const char *request_accepts(const Request *request, const char *const *types, size_t count)
{
    const char *accept = request_header(request, "Accept");
    const char *liked = NULL;
    double most = 0;
    if (!accept || !*accept)
        return types[0];
    for (size_t i = 0; i < count; i++) {
        double weight = quality_of_all(request, types[i]);
        if (weight > most) {
            most = weight;
            liked = types[i];
        }
    }
    return liked;
}
