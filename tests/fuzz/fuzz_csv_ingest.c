/* CSV: a text read whole and the same text in pieces give the same outcome, and what was accepted,
 * written out again as plain CSV, reads back to the same table. The first byte sows the cuts. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "ingest/csv_ingest.h"
#include "tools/text.h"
#include "tools/utf8.h"

/* Reads pieces of 1 to 16 bytes as the seed has it; the whole at once where it is 0. */
static CsvIngest *read_text(const char *text, size_t n, uint32_t seed, Problem *problem)
{
    CsvIngest *ingest = csv_ingest_new(12, 8);
    demand(ingest != NULL);
    problem_clear(problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK;) {
        size_t size = seed == 0 ? n : 1 + (seed >> 16) % 16;
        size = size < n - i ? size : n - i;
        char *piece = malloc(size);
        demand(piece != NULL);
        memcpy(piece, text + i, size);
        fed = csv_ingest_feed(ingest, piece, size);
        free(piece);
        i += size;
        seed = seed * 1664525 + (seed != 0) * 1013904223U;
    }
    demand(csv_ingest_end(ingest, problem) == problem->status);
    demand(fed == STATUS_OK || fed == problem->status);
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

static void demand_same_table(CsvIngest *a, CsvIngest *b)
{
    NumberArray *one = csv_ingest_rows(a), *other = csv_ingest_rows(b);
    demand(one->rows == other->rows && one->cols == other->cols && one->count == other->count);
    demand(one->count == 0 || memcmp(one->v, other->v, one->count * sizeof *one->v) == 0);
    demand(csv_ingest_columns(a) == csv_ingest_columns(b));
    for (size_t i = 0; i < csv_ingest_columns(a); i++)
        demand(strcmp(csv_ingest_name(a, i), csv_ingest_name(b, i)) == 0);
}

static void write_name(Text *text, const char *name)
{
    text_puts(text, "\"");
    for (; *name != '\0'; name++)
        text_add(text, "\"\"", *name == '"' ? 2 : 0), text_add(text, name, *name != '"');
    text_puts(text, "\"");
}

static void write_again(CsvIngest *ingest)
{
    NumberArray *rows = csv_ingest_rows(ingest);
    demand(rows->rows > 0 && rows->cols == csv_ingest_columns(ingest));
    demand(rows->count == rows->rows * rows->cols);
    Text text = {0};
    for (size_t i = 0; i < rows->cols; i++) {
        const char *name = csv_ingest_name(ingest, i);
        demand(*name != '\0' && strlen(name) <= 12 && utf8_valid(name, strlen(name)));
        text_puts(&text, i > 0 ? "," : "");
        write_name(&text, name);
    }
    for (size_t i = 0; i < rows->count; i++) {
        demand(isfinite(rows->v[i]));
        text_printf(&text, "%s%.17g", i % rows->cols > 0 ? "," : "\n", rows->v[i]);
    }
    Problem problem;
    CsvIngest *again = read_text(text.bytes, text.length, 0, &problem);
    demand(problem.status == STATUS_OK);
    demand_same_table(ingest, again);
    csv_ingest_free(again);
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const char *text = (const char *)data + 1;
    Problem whole_problem, cut_problem;
    CsvIngest *whole = read_text(text, n - 1, 0, &whole_problem);
    CsvIngest *cut = read_text(text, n - 1, data[0] * 65599U + 1, &cut_problem);
    demand_same_problem(&whole_problem, &cut_problem);
    demand_same_table(whole, cut);
    if (whole_problem.status == STATUS_OK)
        write_again(whole);
    csv_ingest_free(whole);
    csv_ingest_free(cut);
    return 0;
}
