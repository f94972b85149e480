/* Keys and what stands between them. Whoever finds wrong syntax sets p to the end, so that all
 * others stop.
 */
#include "ingest/ndjson_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ingest/json_token.h"
#include "tools/utf8.h"

#define SHOWN 48     /* bytes shown of what was given, at most */
#define LIKENESS 256 /* keys among which the one that was meant is looked for, at most */

void ndjson_line_free(NdjsonLine *line)
{
    ndjson_keys_free(&line->keys);
    number_array_free(&line->row);
    text_free(&line->scratch);
}

static void PRINTF_LIKE(3, 0)
    add_at(NdjsonLine *line, const char *place, const char *format, va_list args)
{
    char detail[PROBLEM_DETAIL];
    vsnprintf(detail, sizeof detail, format, args);
    problem_add(line->problem, place, "%s", detail);
}

void ndjson_line_mistake(NdjsonLine *line, const char *key, const char *format, ...)
{
    char place[PROBLEM_POINTER], shown[SHOWN] = "";
    if (key)
        utf8_show(key, strlen(key), sizeof shown, shown);
    snprintf(place, sizeof place, "line %zu%s%s", line->number, key ? ", " : "", shown);
    va_list args;
    va_start(args, format);
    add_at(line, place, format, args);
    va_end(args);
}

void ndjson_line_stop(NdjsonLine *line, Status status)
{
    line->status = status;
    line->faulty = true;
    line->p = line->end;
}

void ndjson_line_fault(NdjsonLine *line, const char *expected)
{
    char place[PROBLEM_POINTER], found[32] = "the end of the line";
    unsigned char c = line->p < line->end ? (unsigned char)*line->p : 0;
    if (line->p < line->end)
        snprintf(found, sizeof found, c > ' ' && c < 0x7F ? "%c" : "the byte 0x%02X", (int)c);
    snprintf(place, sizeof place, "line %zu, column %zu", line->number,
             utf8_count(line->begin, (size_t)(line->p - line->begin)) + 1);
    problem_add(line->problem, place, "expected %s, found %s", expected, found);
    line->malformed = true;
    ndjson_line_stop(line,
                     line->p == line->end && !line->settled ? STATUS_MALFORMED : line->status);
}

static void skip_blanks(NdjsonLine *line)
{
    line->p = json_skip_blanks(line->p, line->end);
}

static bool is_at(const NdjsonLine *line, char c)
{
    return line->p < line->end && *line->p == c;
}

static void add_unknown(NdjsonLine *line, const char *name)
{
    char place[PROBLEM_POINTER], shown[SHOWN];
    utf8_show(name, strlen(name), sizeof shown, shown);
    snprintf(place, sizeof place, "line %zu, %s", line->number, shown);
    if (line->keys.count <= LIKENESS && line->problem->count < PROBLEM_ITEMS)
        problem_add_unknown(line->problem, place, name, line->keys.sorted, line->keys.count);
    else
        problem_add(line->problem, place, "is not among the keys of the first line");
}

/* The key of the first line that was read here, or a mistake and NULL. */
static NdjsonKey *meet(NdjsonLine *line, NdjsonKey *key)
{
    if (key->line == line->number)
        ndjson_line_mistake(line, key->name, "is given twice on this line");
    else
        line->met++;
    key->line = line->number;
    line->next = (size_t)(key - line->keys.key) + 1;
    return key;
}

/* The key whose text begins at p, behind the quote. NULL: unknown, or the line is faulty. */
static NdjsonKey *read_key(NdjsonLine *line)
{
    const char *begin = line->p, *end = json_string_end(begin, line->end);
    bool malformed = false;
    if (!end) {
        line->p = line->end;
        ndjson_line_fault(line, "the closing quote of a key");
        return NULL;
    }
    NdjsonKey *key = NULL;
    if (!line->settled) {
        key = ndjson_keys_add(&line->keys, begin, (size_t)(end - 1 - begin), &malformed);
    } else {
        line->scratch.length = 0;
        malformed = !json_string_decode(begin, (size_t)(end - 1 - begin), &line->scratch);
        text_add(&line->scratch, "", 1);
        if (!malformed && !line->scratch.failed)
            key = ndjson_keys_find(&line->keys, line->scratch.bytes);
    }
    if (malformed)
        ndjson_line_fault(line, "a key that is valid JSON text in UTF-8");
    else if (line->scratch.failed || (!line->settled && !key))
        ndjson_line_stop(line, STATUS_NO_MEMORY);
    else if (!key)
        add_unknown(line, line->scratch.bytes);
    if (!line->faulty)
        line->p = end;
    return line->settled && key ? meet(line, key) : key;
}

/* A key and its value; p is at the key's quote. */
static void read_member(NdjsonLine *line)
{
    NdjsonKeys *keys = &line->keys;
    NdjsonKey *key = line->settled && line->next < keys->count ? &keys->key[line->next] : NULL;
    line->p++;
    if (key && ndjson_key_is_at(key, line->p, line->end)) {
        line->p += key->length + 1;
        meet(line, key);
    } else {
        key = read_key(line);
    }
    skip_blanks(line);
    if (line->faulty)
        return;
    if (!is_at(line, ':')) {
        ndjson_line_fault(line, "a colon behind the key");
        return;
    }
    line->p++;
    skip_blanks(line);
    if (key)
        ndjson_value_read(line, key);
    else
        ndjson_value_skip(line);
}

/* The object whose { is at p, to the end of the line. */
static void read_object(NdjsonLine *line)
{
    line->p++;
    skip_blanks(line);
    bool more = !is_at(line, '}');
    while (more && !line->faulty) {
        skip_blanks(line);
        if (is_at(line, '"'))
            read_member(line);
        else
            ndjson_line_fault(line, "a key in quotes");
        skip_blanks(line);
        more = is_at(line, ',');
        line->p += more;
    }
    if (line->faulty)
        return;
    if (!is_at(line, '}')) {
        ndjson_line_fault(line, "a comma or }");
        return;
    }
    line->p++;
    skip_blanks(line);
    if (is_at(line, '{'))
        ndjson_line_fault(line, "a line end between two objects (curl's -d @file removes them, "
                                "--data-binary does not)");
    else if (line->p < line->end)
        ndjson_line_fault(line, "the end of the line behind the object");
}

static void refuse_missing(NdjsonLine *line)
{
    for (size_t i = 0; i < line->keys.count; i++) {
        const NdjsonKey *key = &line->keys.key[i];
        if (key->line != line->number && !key->twin)
            ndjson_line_mistake(line, key->name, "is missing; the first line has it");
    }
}

bool ndjson_line_read(NdjsonLine *line, const char *bytes, size_t n)
{
    line->begin = bytes;
    line->end = bytes + n;
    line->p = json_skip_blanks(bytes, line->end);
    if (line->p == line->end)
        return false;
    line->met = line->next = 0;
    line->faulty = false;
    if (is_at(line, '{'))
        read_object(line);
    else
        ndjson_line_fault(
            line, "an object, a row such as {\"x\": [1, 2], \"y\": 3} or {\"a\": 1, \"b\": 2}");
    if (line->faulty && !line->settled) {
        ndjson_keys_clear(&line->keys);
        line->row.count = 0;
    }
    if (line->faulty)
        return false;
    if (!line->settled)
        ndjson_form_settle(line);
    else if (line->met < line->keys.count)
        refuse_missing(line);
    return true;
}
