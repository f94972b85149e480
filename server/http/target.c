/* Decodes in place: a decoded text is never longer than the encoded one. */
#include "http/target.h"

#include <stdlib.h>
#include <string.h>

#include "tools/utf8.h"

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = c ? strchr(digits, lower) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Decodes text in place, a plus becoming a blank in the query; false where an escape is none or
 * stands for a control character, or where the whole is not UTF-8. */
static bool decode(char *text, bool plus)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        int c = (unsigned char)*from;
        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);
            if (low < 0)
                return false;
            c = high * 16 + low;
            from += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7F)
            return false;
        *to++ = (char)c;
    }
    *to = '\0';
    return utf8_valid(text, (size_t)(to - text));
}

static bool parse_query(char *query, Target *target)
{
    char *rest = NULL;
    for (char *pair = strtok_r(query, "&", &rest); pair; pair = strtok_r(NULL, "&", &rest)) {
        if (target->query_count == TARGET_QUERY_MAX)
            return false;
        char *value = strchr(pair, '=');
        char *none = pair + strlen(pair); /* a name without '=' has an empty value */
        if (value)
            *value++ = '\0';
        else
            value = none;
        if (!decode(pair, true) || !decode(value, true))
            return false;
        target->query[target->query_count++] = (Pair){pair, value};
    }
    return true;
}

Status target_parse(const char *raw, Target *target, Problem *problem)
{
    target->query_count = 0;
    target->path = NULL;
    target->text = strdup(raw);
    if (!target->text)
        return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory");
    char *path = target->text;
    bool plain = strncmp(path, "http://", 7) == 0;
    if (plain || strncmp(path, "https://", 8) == 0) { /* the absolute form (RFC 9112, 3.2.2) */
        char *slash = strchr(path + (plain ? 7 : 8), '/');
        path = slash ? slash : path + strlen(path);
    }
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    target->path = path;
    if (!decode(path, false))
        return problem_set(problem, STATUS_MALFORMED,
                           "the path holds an escape that is none, a control character, or bytes "
                           "that are not UTF-8");
    if (query && !parse_query(query, target))
        return problem_set(problem, STATUS_MALFORMED,
                           "the query holds an escape that is none, a control character, bytes "
                           "that are not UTF-8, or more than %d parameters",
                           TARGET_QUERY_MAX);
    return STATUS_OK;
}

void target_free(Target *target)
{
    free(target->text);
    target->text = NULL;
}
