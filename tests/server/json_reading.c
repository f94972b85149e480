/* The reader of json_reading.h. */
#include "tests/server/json_reading.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const places[] = {"/x", "/y", "/initial_layers/*/weights", NULL};

static Read read_pieces(const char *text, size_t n, size_t piece, size_t limit)
{
    Read read = {.ingest = json_ingest_new(places, limit)};
    cr_assert_not_null(read.ingest);
    problem_clear(&read.problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK; i += piece)
        fed = json_ingest_feed(read.ingest, text + i, n - i < piece ? n - i : piece);
    read.status = json_ingest_end(read.ingest, &read.problem);
    cr_assert(fed == STATUS_OK || fed == read.status);
    return read;
}

static void expect_same_arrays(NumberArray *a, NumberArray *b)
{
    cr_assert_eq(a == NULL, b == NULL);
    if (!a)
        return;
    cr_assert_eq(a->count, b->count);
    cr_assert_eq(a->rows, b->rows);
    cr_assert_eq(a->cols, b->cols);
    cr_assert_eq(a->flat, b->flat);
    cr_assert(a->count == 0 || memcmp(a->v, b->v, a->count * sizeof *a->v) == 0);
}

static void expect_same(Read *a, Read *b)
{
    cr_assert_eq(a->status, b->status);
    cr_assert_str_eq(a->problem.detail, b->problem.detail);
    cr_assert_eq(a->problem.count, b->problem.count);
    cr_assert_eq(a->problem.dropped, b->problem.dropped);
    for (size_t i = 0; i < a->problem.count; i++) {
        cr_assert_str_eq(a->problem.item[i].pointer, b->problem.item[i].pointer);
        cr_assert_str_eq(a->problem.item[i].detail, b->problem.item[i].detail);
    }
    expect_same_arrays(json_ingest_array(a->ingest, "/x"), json_ingest_array(b->ingest, "/x"));
    expect_same_arrays(json_ingest_array(a->ingest, "/y"), json_ingest_array(b->ingest, "/y"));
    if (a->status == STATUS_TOO_LARGE)
        return;
    const Text *one = json_ingest_skeleton(a->ingest), *other = json_ingest_skeleton(b->ingest);
    cr_assert_eq(one->length, other->length);
    cr_assert(one->length == 0 || memcmp(one->bytes, other->bytes, one->length) == 0);
}

Read read_limited(const char *text, size_t limit)
{
    size_t n = strlen(text);
    Read whole = read_pieces(text, n, n + 1, limit);
    for (size_t piece = 1; piece < 8; piece += 6) {
        Read cut = read_pieces(text, n, piece, limit);
        expect_same(&whole, &cut);
        json_ingest_free(cut.ingest);
    }
    return whole;
}

Read read_text(const char *text)
{
    return read_limited(text, 1 << 20);
}

/* The document's only mistake. */
void expect_mistake(const char *text, const char *pointer, const char *detail)
{
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_INVALID, "%s", text);
    cr_assert_eq(read.problem.count, 1, "%s: %zu mistakes", text, read.problem.count);
    cr_expect_str_eq(read.problem.item[0].pointer, pointer);
    cr_expect_str_eq(read.problem.item[0].detail, detail);
    json_ingest_free(read.ingest);
}

void expect_malformed(const char *text, const char *detail)
{
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_MALFORMED, "%s", text);
    cr_expect_str_eq(read.problem.detail, detail);
    json_ingest_free(read.ingest);
}
