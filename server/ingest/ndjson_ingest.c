/* Cuts the text into lines. One that lies whole in a piece is read where it lies; one that a piece
 * cuts in two is gathered first.
 */
#include "ingest/ndjson_ingest.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/ndjson_line.h"

static const char bom[] = "\xEF\xBB\xBF";

struct NdjsonIngest {
    Status status; /* what ended the reading */
    NdjsonLine line;
    Text part;        /* the begin of a line that goes on in the next piece */
    NumberArray rows; /* owned */
    Problem problem;  /* the mistakes; its detail says what ended the reading */
};

NdjsonIngest *ndjson_ingest_new(size_t name_limit, size_t column_limit)
{
    NdjsonIngest *ingest = calloc(1, sizeof *ingest);
    if (!ingest)
        return NULL;
    ingest->line.problem = &ingest->problem;
    ingest->line.name_limit = name_limit;
    ingest->line.column_limit = column_limit;
    ingest->line.number = 1;
    return ingest;
}

void ndjson_ingest_free(NdjsonIngest *ingest)
{
    if (!ingest)
        return;
    ndjson_line_free(&ingest->line);
    text_free(&ingest->part);
    number_array_free(&ingest->rows);
    free(ingest);
}

static void fail_no_memory(NdjsonIngest *ingest)
{
    ingest->status = problem_set(&ingest->problem, STATUS_NO_MEMORY,
                                 "there is not enough memory to read the rows");
}

/* A whole line, without its end. */
static void take_line(NdjsonIngest *ingest, const char *bytes, size_t n)
{
    NdjsonLine *line = &ingest->line;
    if (line->number == 1 && n >= 3 && memcmp(bytes, bom, 3) == 0) {
        bytes += 3;
        n -= 3;
    }
    bool row = ndjson_line_read(line, bytes, n);
    if (row && line->status == STATUS_OK) {
        ingest->rows.rows++;
        ingest->rows.cols = line->pairs ? line->row.count : line->keys.count;
        if (ingest->problem.count == 0 &&
            !number_array_append(&ingest->rows, line->row.v, line->row.count))
            line->status = STATUS_NO_MEMORY;
    }
    line->number++;
    ingest->status = line->status;
    if (ingest->status == STATUS_NO_MEMORY)
        fail_no_memory(ingest);
}

static void gather(NdjsonIngest *ingest, const char *bytes, size_t n)
{
    if (n > NDJSON_LINE - ingest->part.length) {
        ingest->status =
            problem_set(&ingest->problem, STATUS_TOO_LARGE, "line %zu is longer than %u bytes",
                        ingest->line.number, NDJSON_LINE);
        return;
    }
    text_add(&ingest->part, bytes, n);
    if (ingest->part.failed)
        fail_no_memory(ingest);
}

Status ndjson_ingest_feed(NdjsonIngest *ingest, const char *bytes, size_t n)
{
    const char *p = bytes, *end = bytes + n;
    while (p < end && ingest->status == STATUS_OK) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        bool whole = newline && ingest->part.length == 0 && stop - p <= NDJSON_LINE;
        if (whole)
            take_line(ingest, p, (size_t)(stop - p));
        else
            gather(ingest, p, (size_t)(stop - p));
        if (newline && !whole && ingest->status == STATUS_OK) {
            take_line(ingest, ingest->part.bytes, ingest->part.length);
            ingest->part.length = 0;
        }
        p = newline ? newline + 1 : end;
    }
    return ingest->status;
}

Status ndjson_ingest_end(NdjsonIngest *ingest, Problem *problem)
{
    Problem *own = &ingest->problem;
    if (ingest->status == STATUS_OK && ingest->part.length > 0)
        take_line(ingest, ingest->part.bytes, ingest->part.length);
    if (ingest->status == STATUS_OK && ingest->rows.rows == 0 && own->count == 0)
        problem_add(own, "line 1", "there are no rows; each line holds one, as a JSON object");
    for (size_t i = 0; i < own->count; i++)
        problem_add(problem, own->item[i].pointer, "%s", own->item[i].detail);
    problem->dropped += own->dropped;
    if (ingest->status != STATUS_OK && ingest->status != STATUS_MALFORMED)
        return problem_set(problem, ingest->status, "%s", own->detail);
    if (ingest->line.malformed)
        problem->status = STATUS_MALFORMED;
    return problem->status;
}

size_t ndjson_ingest_columns(const NdjsonIngest *ingest)
{
    return ingest->rows.cols;
}

size_t ndjson_ingest_targets(const NdjsonIngest *ingest)
{
    const NdjsonKey *y = ingest->line.pairs ? ndjson_keys_find(&ingest->line.keys, "y") : NULL;
    return y ? y->count : 0;
}

const char *ndjson_ingest_name(const NdjsonIngest *ingest, size_t column)
{
    return ingest->line.pairs ? NULL : ingest->line.keys.key[column].name;
}

NumberArray *ndjson_ingest_rows(NdjsonIngest *ingest)
{
    return &ingest->rows;
}
