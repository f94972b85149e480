/* A state machine without recursion: there are two levels at most, and what is nested deeper is a
 * mistake, skipped by counting brackets. A word that lies in one piece is parsed in place. */
#include "ingest/json_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ingest/json_ingest.h"
#include "ingest/json_token.h"
#include "tools/utf8.h"

#define SHOWN 48 /* bytes shown of what was given, at most */

void json_rows_begin(JsonRows *rows, NumberArray *array, const char *pointer, Problem *problem)
{
    Text word = rows->word;
    word.length = 0;
    *rows = (JsonRows){.array = array, .pointer = pointer, .problem = problem, .word = word};
}

void json_rows_free(JsonRows *rows)
{
    text_free(&rows->word);
}

static void fail(JsonRows *rows, const char *format, ...) PRINTF_LIKE(2, 3);

static void fail(JsonRows *rows, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(rows->fault, sizeof rows->fault, format, args);
    va_end(args);
    rows->state = ROWS_FAILED;
    rows->status = STATUS_MALFORMED;
}

static void fail_at_sign(JsonRows *rows, const char *expected, char found)
{
    if (found > ' ' && found < 0x7F)
        fail(rows, "expected %s, found %c", expected, found);
    else
        fail(rows, "expected %s, found the byte 0x%02X", expected, (unsigned)(unsigned char)found);
}

static void no_memory(JsonRows *rows)
{
    rows->state = ROWS_FAILED;
    rows->status = STATUS_NO_MEMORY;
}

static void add_mistake(JsonRows *rows, const char *format, ...) PRINTF_LIKE(2, 3);

/* A mistake at the value that comes next. */
static void add_mistake(JsonRows *rows, const char *format, ...)
{
    char pointer[PROBLEM_POINTER];
    char detail[PROBLEM_DETAIL];
    if (rows->in_row)
        snprintf(pointer, sizeof pointer, "#%s/%zu/%zu", rows->pointer, rows->row, rows->col);
    else
        snprintf(pointer, sizeof pointer, "#%s/%zu", rows->pointer, rows->row);
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    problem_add(rows->problem, pointer, "%s", detail);
}

static void add_wrong_kind(JsonRows *rows, const char *got)
{
    const char *wanted = "a number";
    if (!rows->in_row && rows->shape == SHAPE_ROWS)
        wanted = "a row of numbers like the first";
    else if (!rows->in_row && rows->shape == SHAPE_FLAT)
        wanted = "a number like the first";
    add_mistake(rows, "must be %s, got %s", wanted, got);
}

static void end_value(JsonRows *rows)
{
    if (rows->in_row)
        rows->col++;
    else
        rows->row++;
    rows->state = ROWS_AFTER;
}

static void take_number(JsonRows *rows, const char *word, size_t n, double value)
{
    if (!rows->in_row && rows->shape == SHAPE_ROWS) {
        char shown[SHOWN], got[SHOWN + 16];
        utf8_show(word, n, sizeof shown, shown);
        snprintf(got, sizeof got, "the number %s", shown);
        add_wrong_kind(rows, got);
    } else {
        if (!rows->in_row)
            rows->shape = SHAPE_FLAT;
        if (rows->problem->count == 0 && !number_array_add(rows->array, value)) {
            no_memory(rows);
            return;
        }
    }
    end_value(rows);
}

static bool is_word(const char *word, size_t n, const char *wanted)
{
    return strlen(wanted) == n && memcmp(word, wanted, n) == 0;
}

static void take_wrong_word(JsonRows *rows, const char *word, size_t n)
{
    char shown[SHOWN];
    utf8_show(word, n, sizeof shown, shown);
    if (number_is_not_finite(word, n))
        add_mistake(rows, "%s is not a number that can be used", shown);
    else if (is_word(word, n, "null") || is_word(word, n, "true") || is_word(word, n, "false"))
        add_wrong_kind(rows, shown);
    else {
        rows->fault_back = utf8_count(word, n);
        fail(rows, "expected a number as JSON writes them (12, -0.5, 1e-3), found %s", shown);
        return;
    }
    end_value(rows);
}

static void take_word(JsonRows *rows, const char *word, size_t n)
{
    double value;
    NumberKind kind = number_parse(word, n, &value);
    if (kind == NUMBER_OK) {
        take_number(rows, word, n, value);
    } else if (kind == NUMBER_NOT) {
        take_wrong_word(rows, word, n);
    } else {
        char shown[SHOWN];
        utf8_show(word, n, sizeof shown, shown);
        add_mistake(rows, "%s is beyond the range of a 64-bit float", shown);
        end_value(rows);
    }
}

/* Of a word without end only so much is kept as shows that it is too long. */
static void gather(JsonRows *rows, const char *bytes, size_t n)
{
    size_t room = NUMBER_TEXT + 1 - rows->word.length;
    text_add(&rows->word, bytes, n < room ? n : room);
    if (rows->word.failed)
        no_memory(rows);
}

static const char *read_word(JsonRows *rows, const char *p, const char *end)
{
    const char *stop = json_word_end(p, end);
    const char *word = p;
    size_t n = (size_t)(stop - p);
    if (stop == end || rows->state == ROWS_WORD) {
        gather(rows, p, n);
        if (rows->state == ROWS_FAILED)
            return stop;
        rows->state = ROWS_WORD;
        word = rows->word.bytes;
        n = rows->word.length;
    }
    if (stop == end)
        return stop;
    if (n <= NUMBER_TEXT) {
        take_word(rows, word, n);
    } else {
        add_mistake(rows, "is written with more than %d characters", NUMBER_TEXT);
        end_value(rows);
    }
    rows->word.length = 0;
    return stop;
}

static void skip(JsonRows *rows, const char *got)
{
    add_wrong_kind(rows, got);
    rows->depth = 1;
    rows->state = ROWS_SKIP;
}

static void open_array(JsonRows *rows)
{
    if (rows->in_row || rows->shape == SHAPE_FLAT) {
        skip(rows, "an array");
        return;
    }
    rows->shape = SHAPE_ROWS;
    rows->in_row = true;
    rows->col = 0;
    rows->state = ROWS_FIRST;
}

static void close_array(JsonRows *rows)
{
    NumberArray *array = rows->array;
    if (rows->in_row) {
        rows->in_row = false;
        if (!rows->has_width)
            array->cols = rows->col;
        else if (rows->col != array->cols) {
            if (!number_array_note_ragged(array, rows->row, rows->col)) {
                no_memory(rows);
                return;
            }
            add_mistake(rows, "has %zu value%s, the first row has %zu", rows->col,
                        rows->col == 1 ? "" : "s", array->cols);
        }
        rows->has_width = true;
        end_value(rows);
        return;
    }
    array->rows = rows->row;
    array->flat = rows->shape == SHAPE_FLAT;
    if (array->flat)
        array->cols = 1;
    rows->state = ROWS_DONE;
}

/* A number that stands whole in this piece, as nearly all do; otherwise a word of any kind. */
static const char *read_number(JsonRows *rows, const char *p, const char *end)
{
    double value;
    const char *stop = number_parse_short(p, end, &value);
    if (!stop || (*stop != ',' && *stop != ']'))
        return read_word(rows, p, end);
    take_number(rows, p, (size_t)(stop - p), value);
    if (*stop != ',' || rows->state != ROWS_AFTER)
        return stop;
    rows->state = ROWS_VALUE; /* the comma is read along, as in read_after */
    return stop + 1;
}

static const char *read_value(JsonRows *rows, const char *p, const char *end)
{
    p = json_skip_blanks(p, end);
    if (p == end)
        return p;
    switch (*p) {
    case '[':
        open_array(rows);
        return p + 1;
    case '{':
        skip(rows, "an object");
        return p + 1;
    case '"':
        rows->length = 0;
        rows->state = ROWS_TEXT;
        return p + 1;
    case ']':
        if (rows->state == ROWS_FIRST) {
            close_array(rows);
            return p + 1;
        }
        fail(rows, "expected a value behind the comma, found ]");
        return p;
    case ',':
    case ':':
    case '}':
        fail_at_sign(rows, rows->shape == SHAPE_ROWS && !rows->in_row ? "a row" : "a number", *p);
        return p;
    default:
        return read_number(rows, p, end);
    }
}

static const char *read_after(JsonRows *rows, const char *p, const char *end)
{
    p = json_skip_blanks(p, end);
    if (p == end)
        return p;
    if (*p == ',') {
        rows->state = ROWS_VALUE;
        return p + 1;
    }
    if (*p == ']') {
        close_array(rows);
        return p + 1;
    }
    fail_at_sign(rows, "a comma or ]", *p);
    return p;
}

/* The string has ended. Inside a value that is skipped, it is none of our concern. */
static void end_text(JsonRows *rows)
{
    if (rows->depth > 0) {
        rows->state = ROWS_SKIP;
        return;
    }
    char shown[SHOWN], got[SHOWN + 16];
    size_t n = rows->length < ROWS_KEPT ? rows->length : ROWS_KEPT;
    utf8_show(rows->kept, n, sizeof shown, shown);
    snprintf(got, sizeof got, "the text \"%s\"", shown);
    add_wrong_kind(rows, got);
    end_value(rows);
}

static const char *read_text(JsonRows *rows, const char *p, const char *end)
{
    while (p < end) {
        char c = *p;
        if (c == '\n') {
            fail(rows, "the text has no closing quote on its line");
            return p;
        }
        p++;
        if (c == '"' && !rows->escaped) {
            end_text(rows);
            return p;
        }
        rows->escaped = c == '\\' && !rows->escaped;
        if (rows->length < ROWS_KEPT)
            rows->kept[rows->length] = c;
        rows->length++;
    }
    return p;
}

static const char *read_skipped(JsonRows *rows, const char *p, const char *end)
{
    while (p < end) {
        char c = *p;
        if (c == '"') {
            rows->state = ROWS_TEXT;
            return p + 1;
        }
        if ((c == '[' || c == '{') && rows->depth++ == JSON_INGEST_DEPTH) {
            fail(rows, "nested deeper than %d levels", JSON_INGEST_DEPTH);
            return p;
        }
        p++;
        if ((c == ']' || c == '}') && --rows->depth == 0) {
            end_value(rows);
            return p;
        }
    }
    return p;
}

const char *json_rows_feed(JsonRows *rows, const char *p, const char *end)
{
    while (p < end) {
        switch (rows->state) {
        case ROWS_FIRST:
        case ROWS_VALUE:
            p = read_value(rows, p, end);
            break;
        case ROWS_AFTER:
            p = read_after(rows, p, end);
            break;
        case ROWS_WORD:
            p = read_word(rows, p, end);
            break;
        case ROWS_TEXT:
            p = read_text(rows, p, end);
            break;
        case ROWS_SKIP:
            p = read_skipped(rows, p, end);
            break;
        case ROWS_DONE:
        case ROWS_FAILED:
            return p;
        }
    }
    return p;
}
