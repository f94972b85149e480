/* Recursive in nothing: a value is a number or an array of numbers, and what is nested deeper is a
 * mistake that is passed over by counting brackets.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ingest/json_token.h"
#include "ingest/ndjson_line.h"
#include "tools/utf8.h"

#define SHOWN 48 /* bytes shown of what was given, at most */

/* A mistake of a value: number i of the key's. */
static void wrong_value(NdjsonLine *line, const NdjsonKey *key, size_t i, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void wrong_value(NdjsonLine *line, const NdjsonKey *key, size_t i, const char *format, ...)
{
    char place[PROBLEM_POINTER], shown[SHOWN], index[24] = "";
    char detail[PROBLEM_DETAIL];
    utf8_show(line->keys.names.bytes + key->at, key->length, sizeof shown, shown);
    if (key->array)
        snprintf(index, sizeof index, "/%zu", i);
    snprintf(place, sizeof place, "line %zu, %s%s", line->number, shown, index);
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    problem_add(line->problem, place, "%s", detail);
}

static void skip_blanks(NdjsonLine *line)
{
    line->p = json_skip_blanks(line->p, line->end);
}

static bool is_at(const NdjsonLine *line, char c)
{
    return line->p < line->end && *line->p == c;
}

/* Number i of the key's; what is wrong is a 0, so that the others keep their places. */
static void put_number(NdjsonLine *line, const NdjsonKey *key, size_t i, double value)
{
    if (line->settled) {
        if (i < key->count)
            line->row.v[key->first + i] = value;
    } else if (line->row.count == line->column_limit) {
        problem_set(line->problem, STATUS_TOO_LARGE, "line %zu has more than %zu numbers",
                    line->number, line->column_limit);
        ndjson_line_stop(line, STATUS_TOO_LARGE);
    } else if (!number_array_add(&line->row, value)) {
        ndjson_line_stop(line, STATUS_NO_MEMORY);
    }
}

/* Passes over a string, whose opening quote is at p. */
static void skip_text(NdjsonLine *line)
{
    const char *end = json_string_end(line->p + 1, line->end);
    line->p = end ? end : line->end;
    if (!end)
        ndjson_line_fault(line, "a closing quote");
}

/* Passes over an array or object that begins at p. */
static void skip_nested(NdjsonLine *line)
{
    size_t depth = 0;
    do {
        if (line->p == line->end)
            ndjson_line_fault(line, "a closing bracket");
        else if (*line->p == '"')
            skip_text(line);
        else {
            depth += *line->p == '[' || *line->p == '{';
            depth -= *line->p == ']' || *line->p == '}';
            line->p++;
        }
    } while (depth > 0 && !line->faulty);
}

static bool is_literal(const char *word, size_t n)
{
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < 3; i++)
        if (strlen(words[i]) == n && memcmp(word, words[i], n) == 0)
            return true;
    return false;
}

/* A word at p: a number, or a mistake. */
static void read_word(NdjsonLine *line, const NdjsonKey *key, size_t i)
{
    const char *word = line->p, *end = json_word_end(word, line->end);
    char shown[SHOWN];
    double value = 0;
    NumberKind kind = number_parse(word, (size_t)(end - word), &value);
    utf8_show(word, (size_t)(end - word), sizeof shown, shown);
    if (kind == NUMBER_TOO_BIG)
        wrong_value(line, key, i, "%s is beyond the range of a 64-bit float", shown);
    else if (kind == NUMBER_NOT && number_is_not_finite(word, (size_t)(end - word)))
        wrong_value(line, key, i, "%s is not a number that can be used", shown);
    else if (kind == NUMBER_NOT && is_literal(word, (size_t)(end - word)))
        wrong_value(line, key, i, "must be a number, got %s", shown);
    else if (kind == NUMBER_NOT) {
        ndjson_line_fault(line, "a number as JSON writes them (12, -0.5, 1e-3)");
        return;
    }
    line->p = end;
    put_number(line, key, i, kind == NUMBER_OK ? value : 0);
}

/* What is no number: a text, or something nested. */
static void read_other(NdjsonLine *line, const NdjsonKey *key, size_t i)
{
    char shown[SHOWN];
    const char *begin = line->p + 1;
    if (is_at(line, '"')) {
        skip_text(line);
        if (line->faulty)
            return;
        utf8_show(begin, (size_t)(line->p - 1 - begin), sizeof shown, shown);
        wrong_value(line, key, i, "must be a number, got the text \"%s\"", shown);
    } else {
        wrong_value(line, key, i, "must be a number, got %s",
                    *line->p == '{' ? "an object" : "an array");
        skip_nested(line);
    }
    if (!line->faulty)
        put_number(line, key, i, 0);
}

/* Number i of the key's, at p. */
static void read_number(NdjsonLine *line, const NdjsonKey *key, size_t i)
{
    double value;
    const char *end = number_parse_short(line->p, line->end, &value);
    if (end && (*end == ',' || *end == ']' || *end == '}' || *end == ' ')) {
        line->p = end;
        put_number(line, key, i, value);
    } else if (is_at(line, '"') || is_at(line, '{') || is_at(line, '[')) {
        read_other(line, key, i);
    } else if (line->p == line->end || strchr(",:]}", *line->p)) {
        ndjson_line_fault(line, "a number");
    } else {
        read_word(line, key, i);
    }
}

static void end_array(NdjsonLine *line, NdjsonKey *key, size_t count)
{
    if (!line->settled)
        key->count = count;
    else if (count != key->count)
        ndjson_line_mistake(line, key->name, "has %zu value%s, on the first line it has %zu", count,
                            count == 1 ? "" : "s", key->count);
}

/* An array of numbers, whose [ is at p. */
static void read_array(NdjsonLine *line, NdjsonKey *key)
{
    size_t count = 0;
    line->p++;
    skip_blanks(line);
    bool more = !is_at(line, ']');
    while (more && !line->faulty) {
        skip_blanks(line);
        read_number(line, key, count++);
        if (line->faulty)
            return;
        skip_blanks(line);
        more = is_at(line, ',');
        line->p += more;
    }
    if (!is_at(line, ']')) {
        ndjson_line_fault(line, "a comma or ]");
        return;
    }
    line->p++;
    end_array(line, key, count);
}

void ndjson_value_read(NdjsonLine *line, NdjsonKey *key)
{
    bool array = is_at(line, '[');
    if (!line->settled) {
        key->array = array;
        key->first = line->row.count;
        key->count = 1;
    }
    if (array && key->array) {
        read_array(line, key);
    } else if (key->array) {
        ndjson_line_mistake(line, key->name, "must be an array of %zu number%s like the first",
                            key->count, key->count == 1 ? "" : "s");
        if (is_at(line, '"'))
            skip_text(line);
        else if (is_at(line, '{'))
            skip_nested(line);
        else if (line->p < line->end && !strchr(",:]}", *line->p))
            line->p = json_word_end(line->p, line->end);
        else
            ndjson_line_fault(line, "an array");
    } else {
        read_number(line, key, 0);
    }
}

void ndjson_value_skip(NdjsonLine *line)
{
    if (is_at(line, '"'))
        skip_text(line);
    else if (is_at(line, '{') || is_at(line, '['))
        skip_nested(line);
    else if (line->p == line->end || strchr(",:]}", *line->p))
        ndjson_line_fault(line, "a value");
    else
        line->p = json_word_end(line->p, line->end);
}
