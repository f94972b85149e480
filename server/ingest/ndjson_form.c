/* What the first line makes of all: pairs of x and y, or flat objects.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/ndjson_line.h"
#include "tools/utf8.h"

static void check_names(NdjsonLine *line)
{
    for (size_t i = 0; i < line->keys.count; i++) {
        const NdjsonKey *key = &line->keys.key[i];
        if (key->length == 0)
            ndjson_line_mistake(line, "\"\"", "is no name for a column");
        else if (key->length > line->name_limit)
            ndjson_line_mistake(line, key->name, "the name is longer than %zu bytes",
                                line->name_limit);
    }
}

/* Puts the numbers of x before those of y. */
static bool put_x_first(NdjsonLine *line, NdjsonKey *x, NdjsonKey *y)
{
    if (x->first == 0)
        return true;
    double *row = malloc(line->row.count * sizeof *row);
    if (!row)
        return false;
    memcpy(row, line->row.v + x->first, x->count * sizeof *row);
    memcpy(row + x->count, line->row.v + y->first, y->count * sizeof *row);
    memcpy(line->row.v, row, line->row.count * sizeof *row);
    free(row);
    x->first = 0;
    y->first = x->count;
    return true;
}

static void check_pair(NdjsonLine *line)
{
    static const char *const wanted[] = {"x", "y"};
    NdjsonKey *pair[2];
    for (size_t i = 0; i < 2; i++) {
        pair[i] = ndjson_keys_find(&line->keys, wanted[i]);
        if (!pair[i])
            ndjson_line_mistake(line, wanted[i], "is missing; a line holds x and y");
        else if (i == 0 && !pair[i]->array)
            ndjson_line_mistake(line, wanted[i], "must be an array of numbers");
        else if (pair[i]->count == 0)
            ndjson_line_mistake(line, wanted[i], "must have at least one number");
    }
    for (size_t i = 0; i < line->keys.count; i++) {
        const NdjsonKey *key = &line->keys.key[i];
        if (key != pair[0] && key != pair[1] && !key->twin)
            ndjson_line_mistake(line, key->name,
                                "is not known here; a line holds x and y and nothing else");
    }
    if (line->problem->count == 0 && !put_x_first(line, pair[0], pair[1]))
        line->status = STATUS_NO_MEMORY;
}

/* Whether x or y is an array. */
static bool is_pair(const NdjsonLine *line)
{
    const NdjsonKey *x = ndjson_keys_find(&line->keys, "x");
    const NdjsonKey *y = ndjson_keys_find(&line->keys, "y");
    return (x && x->array) || (y && y->array);
}

void ndjson_form_settle(NdjsonLine *line)
{
    if (!ndjson_keys_seal(&line->keys)) {
        line->status = STATUS_NO_MEMORY;
        return;
    }
    line->settled = true;
    if (line->keys.count == 0)
        ndjson_line_mistake(line, NULL, "is an object without keys; a row has at least two");
    for (size_t i = 0; i < line->keys.count; i++) {
        line->keys.key[i].line = line->number;
        if (line->keys.key[i].twin)
            ndjson_line_mistake(line, line->keys.key[i].name, "is given twice on this line");
    }
    line->pairs = is_pair(line);
    if (line->pairs) {
        check_pair(line);
        return;
    }
    for (size_t i = 0; i < line->keys.count; i++)
        if (line->keys.key[i].array)
            ndjson_line_mistake(line, line->keys.key[i].name,
                                "must be a number, got an array; rows as arrays are written "
                                "{\"x\": [1, 2], \"y\": 3}");
    check_names(line);
}
