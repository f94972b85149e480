/* NDJSON: a text read whole and the same text in pieces give the same outcome, and jansson, line by
 * line, finds the same objects: what was accepted has its very numbers, and what was refused for
 * its syntax alone it refuses as well. The first byte sows the cuts. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "ingest/ndjson_ingest.h"
#include "tools/utf8.h"

#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

/* Reads pieces of 1 to 16 bytes as the seed has it; the whole at once where it is 0. */
static NdjsonIngest *read_text(const char *text, size_t n, uint32_t seed, Problem *problem)
{
    NdjsonIngest *ingest = ndjson_ingest_new(40, 8);
    demand(ingest != NULL);
    problem_clear(problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK;) {
        size_t size = seed == 0 ? n : 1 + (seed >> 16) % 16;
        size = size < n - i ? size : n - i;
        char *piece = malloc(size);
        demand(piece != NULL);
        memcpy(piece, text + i, size);
        fed = ndjson_ingest_feed(ingest, piece, size);
        free(piece);
        i += size;
        seed = seed * 1664525 + (seed != 0) * 1013904223U;
    }
    demand(ndjson_ingest_end(ingest, problem) == problem->status);
    return ingest;
}

static void demand_same_problem(const Problem *a, const Problem *b)
{
    demand(a->status == b->status && a->count == b->count && a->dropped == b->dropped);
    demand(strcmp(a->detail, b->detail) == 0);
    for (size_t i = 0; i < a->count; i++) {
        demand(strcmp(a->item[i].pointer, b->item[i].pointer) == 0);
        demand(strcmp(a->item[i].detail, b->item[i].detail) == 0);
        demand(utf8_valid(a->item[i].pointer, strlen(a->item[i].pointer)));
        demand(utf8_valid(a->item[i].detail, strlen(a->item[i].detail)));
    }
}

static void demand_same_rows(NdjsonIngest *a, NdjsonIngest *b)
{
    NumberArray *one = ndjson_ingest_rows(a), *other = ndjson_ingest_rows(b);
    demand(one->rows == other->rows && one->cols == other->cols && one->count == other->count);
    demand(one->count == 0 || memcmp(one->v, other->v, one->count * sizeof *one->v) == 0);
    for (size_t i = 0; i < one->cols; i++) {
        const char *name = ndjson_ingest_name(a, i), *same = ndjson_ingest_name(b, i);
        demand(name ? same && strcmp(name, same) == 0 : !same);
    }
}

static double number_of(const json_t *value)
{
    demand(json_is_number(value));
    return json_number_value(value);
}

/* The line's number for a column: ours has to be it. */
static void demand_number(const json_t *object, NdjsonIngest *ingest, size_t row, size_t column)
{
    NumberArray *rows = ndjson_ingest_rows(ingest);
    size_t targets = ndjson_ingest_targets(ingest), inputs = rows->cols - targets;
    const json_t *value = NULL;
    if (targets == 0) {
        value = json_object_get(object, ndjson_ingest_name(ingest, column));
    } else {
        bool of_x = column < inputs;
        value = json_object_get(object, of_x ? "x" : "y");
        if (json_is_array(value))
            value = json_array_get(value, of_x ? column : column - inputs);
    }
    double ours = rows->v[row * rows->cols + column];
    demand(isfinite(ours) && ours == number_of(value));
}

static bool is_blank(const char *line, size_t n)
{
    while (n > 0 && strchr(" \t\r", line[n - 1]) && line[n - 1] != '\0')
        n--;
    return n == 0;
}

/* The text was accepted: each line is what jansson reads. */
static void demand_lines(const char *text, size_t n, NdjsonIngest *ingest)
{
    NumberArray *rows = ndjson_ingest_rows(ingest);
    size_t row = 0;
    demand(rows->rows > 0 && rows->count == rows->rows * rows->cols);
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n -= 3;
    }
    for (const char *p = text, *end = text + n; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        if (!is_blank(p, (size_t)(stop - p))) {
            json_error_t error;
            json_t *object = json_loadb(p, (size_t)(stop - p), FLAGS, &error);
            demand(json_is_object(object) && row < rows->rows);
            for (size_t i = 0; i < rows->cols; i++)
                demand_number(object, ingest, row, i);
            json_decref(object);
            row++;
        }
        p = stop < end ? stop + 1 : end;
    }
    demand(row == rows->rows);
}

/* One line that was refused for its syntax alone is refused by jansson. */
static void demand_refusal(const char *text, size_t n, const Problem *problem)
{
    json_error_t error;
    bool syntax = problem->status == STATUS_MALFORMED && problem->count == 1 &&
                  strstr(problem->item[0].pointer, "column") && !memchr(text, '\n', n) && n > 0 &&
                  strncmp(problem->item[0].detail, "expected an object", 18) != 0;
    if (!syntax || (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0))
        return;
    json_t *object = json_loadb(text, n, FLAGS, &error);
    demand(object == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const char *text = (const char *)data + 1;
    Problem whole_problem, cut_problem;
    NdjsonIngest *whole = read_text(text, n - 1, 0, &whole_problem);
    NdjsonIngest *cut = read_text(text, n - 1, data[0] * 65599U + 1, &cut_problem);
    demand_same_problem(&whole_problem, &cut_problem);
    demand_same_rows(whole, cut);
    if (whole_problem.status == STATUS_OK)
        demand_lines(text, n - 1, whole);
    else
        demand_refusal(text, n - 1, &whole_problem);
    ndjson_ingest_free(whole);
    ndjson_ingest_free(cut);
    return 0;
}
