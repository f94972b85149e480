/* NDJSON as it arrives. Every text here is fed whole, byte by byte and in pieces of seven, and what
 * comes out has to be the same each time. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/ndjson_ingest.h"
#include "tools/text.h"

#define NAME_LIMIT 20
#define COLUMN_LIMIT 50

static NdjsonIngest *read_pieces(const char *text, size_t n, size_t piece, Problem *problem)
{
    NdjsonIngest *ingest = ndjson_ingest_new(NAME_LIMIT, COLUMN_LIMIT);
    cr_assert_not_null(ingest);
    problem_clear(problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK; i += piece)
        fed = ndjson_ingest_feed(ingest, text + i, n - i < piece ? n - i : piece);
    cr_assert_eq(ndjson_ingest_end(ingest, problem), problem->status);
    return ingest;
}

static void expect_same_problem(const Problem *a, const Problem *b)
{
    cr_assert_eq(a->status, b->status);
    cr_assert_str_eq(a->detail, b->detail);
    cr_assert_eq(a->count, b->count);
    cr_assert_eq(a->dropped, b->dropped);
    for (size_t i = 0; i < a->count; i++) {
        cr_assert_str_eq(a->item[i].pointer, b->item[i].pointer);
        cr_assert_str_eq(a->item[i].detail, b->item[i].detail);
    }
}

static void expect_same_rows(NdjsonIngest *a, NdjsonIngest *b)
{
    NumberArray *one = ndjson_ingest_rows(a), *other = ndjson_ingest_rows(b);
    cr_assert_eq(one->rows, other->rows);
    cr_assert_eq(one->cols, other->cols);
    cr_assert_eq(one->count, other->count);
    cr_assert(one->count == 0 || memcmp(one->v, other->v, one->count * sizeof *one->v) == 0);
    cr_assert_eq(ndjson_ingest_targets(a), ndjson_ingest_targets(b));
}

static NdjsonIngest *read_text(const char *text, Problem *problem)
{
    size_t n = strlen(text);
    NdjsonIngest *whole = read_pieces(text, n, n + 1, problem);
    for (size_t piece = 1; piece < 8; piece += 6) {
        Problem cut_problem;
        NdjsonIngest *cut = read_pieces(text, n, piece, &cut_problem);
        expect_same_problem(problem, &cut_problem);
        expect_same_rows(whole, cut);
        ndjson_ingest_free(cut);
    }
    return whole;
}

/* Two rows, 1 2 3 and 4 5 6. */
static NdjsonIngest *read_plain(const char *text)
{
    Problem problem;
    NdjsonIngest *ingest = read_text(text, &problem);
    cr_assert_eq(problem.status, STATUS_OK, "%s: %s %s", text, problem.item[0].pointer,
                 problem.item[0].detail);
    NumberArray *rows = ndjson_ingest_rows(ingest);
    cr_assert_eq(rows->rows, 2, "%s", text);
    cr_assert_eq(rows->cols, 3);
    cr_assert_eq(rows->count, 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(rows->v[i], (double)i + 1, "%s", text);
    return ingest;
}

static void expect_pairs(const char *text, size_t targets)
{
    NdjsonIngest *ingest = read_plain(text);
    cr_expect_eq(ndjson_ingest_targets(ingest), targets);
    cr_expect_null(ndjson_ingest_name(ingest, 0));
    ndjson_ingest_free(ingest);
}

static void expect_flat(const char *text, const char *first)
{
    NdjsonIngest *ingest = read_plain(text);
    cr_expect_eq(ndjson_ingest_targets(ingest), 0);
    cr_expect_str_eq(ndjson_ingest_name(ingest, 0), first);
    cr_expect_str_eq(ndjson_ingest_name(ingest, 2), "c");
    ndjson_ingest_free(ingest);
}

/* The text's only mistake. */
static void expect_mistake(const char *text, const char *place, const char *detail)
{
    Problem problem;
    NdjsonIngest *ingest = read_text(text, &problem);
    cr_assert_eq(problem.count, 1, "%s: %zu mistakes, %s %s", text, problem.count,
                 problem.item[0].pointer, problem.item[0].detail);
    cr_expect_str_eq(problem.item[0].pointer, place, "%s: %s", text, problem.item[0].pointer);
    cr_expect_str_eq(problem.item[0].detail, detail, "%s: %s", text, problem.item[0].detail);
    cr_expect_neq(problem.status, STATUS_OK);
    ndjson_ingest_free(ingest);
}

#define LINES(a, b) a "\n" b "\n"

Test(ndjson_ingest, takes_pairs_of_x_and_y)
{
    expect_pairs(LINES("{\"x\": [1, 2], \"y\": 3}", "{\"x\": [4, 5], \"y\": 6}"), 1);
    expect_pairs(LINES("{\"x\":[1],\"y\":[2,3]}", "{\"x\":[4],\"y\":[5,6]}"), 2);
    expect_pairs(LINES("{\"x\": [1, 2], \"y\": [3]}", "{\"x\": [4, 5], \"y\": [6]}"), 1);
}

Test(ndjson_ingest, takes_keys_in_any_order)
{
    expect_pairs(LINES("{\"y\": 3, \"x\": [1, 2]}", "{\"x\": [4, 5], \"y\": 6}"), 1);
    expect_pairs(LINES("{\"x\": [1, 2], \"y\": 3}", "{\"y\": 6, \"x\": [4, 5]}"), 1);
    expect_flat(LINES("{\"a\": 1, \"b\": 2, \"c\": 3}", "{\"c\": 6, \"a\": 4, \"b\": 5}"), "a");
}

Test(ndjson_ingest, takes_flat_objects_also_of_the_names_x_and_y)
{
    expect_flat(LINES("{\"x\": 1, \"y\": 2, \"c\": 3}", "{\"x\": 4, \"y\": 5, \"c\": 6}"), "x");
}

Test(ndjson_ingest, takes_any_line_end_blank_lines_and_a_byte_order_mark)
{
    expect_flat("{\"a\":1,\"b\":2,\"c\":3}\r\n{\"a\":4,\"b\":5,\"c\":6}\r\n", "a");
    expect_flat("\n \t\r\n{\"a\":1,\"b\":2,\"c\":3}\n\n\r\n{\"a\":4,\"b\":5,\"c\":6}", "a");
    expect_flat("\xEF\xBB\xBF{\"a\":1,\"b\":2,\"c\":3}\n{\"a\":4,\"b\":5,\"c\":6}\n  ", "a");
    expect_flat(" { \"a\" : 1.0 , \"b\":2e0,\"c\":\t3 } \n{\"a\":4,\"b\":5,\"c\":6}\n", "a");
}

Test(ndjson_ingest, knows_a_key_again_however_it_is_written)
{
    expect_flat(LINES("{\"\\u0061\":1,\"b\":2,\"c\":3}", "{\"a\":4,\"\\u0062\":5,\"c\":6}"), "a");
    expect_flat(LINES("{\"\\u00fc\\ud83d\\ude00\":1,\"b\":2,\"c\":3}",
                      "{\"\xC3\xBC\xF0\x9F\x98\x80\":4,\"b\":5,\"c\":6}"),
                "\xC3\xBC\xF0\x9F\x98\x80");
    expect_flat(
        LINES("{\"say \\\"n\\\"\":1,\"b\":2,\"c\":3}", "{\"say \\\"n\\\"\":4,\"b\":5,\"c\":6}"),
        "say \"n\"");
}

Test(ndjson_ingest, names_what_is_no_number)
{
    expect_mistake(LINES("{\"rm\": 1, \"b\": 2}", "{\"rm\": \"24\", \"b\": 1}"), "line 2, rm",
                   "must be a number, got the text \"24\"");
    expect_mistake("{\"rm\": null, \"b\": 2}\n", "line 1, rm", "must be a number, got null");
    expect_mistake("{\"rm\": 1, \"b\": {\"c\": [1, \"}\"]}}\n", "line 1, b",
                   "must be a number, got an object");
    expect_mistake("{\"x\": [1, true], \"y\": 2}\n", "line 1, x/1", "must be a number, got true");
    expect_mistake("{\"x\": [1, [2]], \"y\": 2}\n", "line 1, x/1",
                   "must be a number, got an array");
    expect_mistake("{\"a\": 1e999, \"b\": 2}\n", "line 1, a",
                   "1e999 is beyond the range of a 64-bit float");
    expect_mistake("{\"a\": 1, \"b\": NaN}\n", "line 1, b", "NaN is not a number that can be used");
}

Test(ndjson_ingest, names_keys_that_are_unknown_missing_or_twice)
{
    expect_mistake(LINES("{\"crim\": 1, \"b\": 2}", "{\"crim\": 1}"), "line 2, b",
                   "is missing; the first line has it");
    expect_mistake(LINES("{\"crim\": 1, \"b\": 2}", "{\"crim\": 1, \"b\": 2, \"crim\": 3}"),
                   "line 2, crim", "is given twice on this line");
    expect_mistake("{\"crim\": 1, \"b\": 2, \"crim\": 3}", "line 1, crim",
                   "is given twice on this line");
    expect_mistake(LINES("{\"crim\": 1, \"b\": 2}", "{\"crim\": 1, \"b\": 2, \"crin\": [{}]}"),
                   "line 2, crin", "is not known here; did you mean 'crim'?");
    expect_mistake("{\"x\": [1]}", "line 1, y", "is missing; a line holds x and y");
    expect_mistake("{\"x\": [1], \"y\": 2, \"z\": 3}", "line 1, z",
                   "is not known here; a line holds x and y and nothing else");
}

Test(ndjson_ingest, names_arrays_of_another_length_or_where_none_belong)
{
    expect_mistake(LINES("{\"x\": [1, 2], \"y\": 2}", "{\"x\": [1], \"y\": 2}"), "line 2, x",
                   "has 1 value, on the first line it has 2");
    expect_mistake(LINES("{\"x\": [1, 2], \"y\": 2}", "{\"x\": [1, 2, 3], \"y\": 2}"), "line 2, x",
                   "has 3 values, on the first line it has 2");
    expect_mistake(LINES("{\"x\": [1, 2], \"y\": 2}", "{\"x\": 1, \"y\": 2}"), "line 2, x",
                   "must be an array of 2 numbers like the first");
    expect_mistake(LINES("{\"x\": [1, 2], \"y\": 2}", "{\"x\": [1, 2], \"y\": [2]}"), "line 2, y",
                   "must be a number, got an array");
    expect_mistake("{\"x\": 1, \"y\": [2]}", "line 1, x", "must be an array of numbers");
    expect_mistake("{\"x\": [], \"y\": 1}", "line 1, x", "must have at least one number");
    expect_mistake("{\"a\": [1], \"b\": 1}", "line 1, a",
                   "must be a number, got an array; rows as arrays are written "
                   "{\"x\": [1, 2], \"y\": 3}");
}

Test(ndjson_ingest, names_wrong_names)
{
    expect_mistake("{\"\": 1, \"b\": 2}", "line 1, \"\"", "is no name for a column");
    expect_mistake("{\"123456789012345678901\": 1, \"b\": 2}", "line 1, 123456789012345678901",
                   "the name is longer than 20 bytes");
    expect_mistake("{}", "line 1", "is an object without keys; a row has at least two");
}

Test(ndjson_ingest, names_line_and_column_of_wrong_syntax_and_reads_on)
{
    expect_mistake(LINES("{\"a\": 1, \"b\": 2}", "{\"a\": 1 \"b\": 2}"), "line 2, column 9",
                   "expected a comma or }, found \"");
    expect_mistake(LINES("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 2"), "line 2, column 16",
                   "expected a comma or }, found the end of the line");
    expect_mistake(LINES("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 02}"), "line 2, column 15",
                   "expected a number as JSON writes them (12, -0.5, 1e-3), found 0");
    expect_mistake(LINES("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 2} 3"), "line 2, column 18",
                   "expected the end of the line behind the object, found 3");
    expect_mistake(LINES("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"\\q\": 2}"), "line 2, column 11",
                   "expected a key that is valid JSON text in UTF-8, found \\");
    expect_mistake(LINES("{\"a\": 1, \"b\": 2,}", "{\"a\": 1, \"b\": 2}"), "line 1, column 17",
                   "expected a key in quotes, found }");
    expect_mistake("[1, 2]\n", "line 1, column 1",
                   "expected an object, a row such as {\"x\": [1, 2], \"y\": 3} or "
                   "{\"a\": 1, \"b\": 2}, found [");
    expect_mistake("{\"a\": 1, \"b\": 2}{\"a\": 1, \"b\": 2}", "line 1, column 17",
                   "expected a line end between two objects (curl's -d @file removes them, "
                   "--data-binary does not), found {");
    Problem problem;
    ndjson_ingest_free(read_text("{\"a\": 1}\n{\"a\": ?}\n{\"b\": 1}\n{\"a\": 0x}\n", &problem));
    cr_expect_eq(problem.status, STATUS_MALFORMED);
    cr_assert_eq(problem.count, 4);
    cr_expect_str_eq(problem.item[1].pointer, "line 3, b");
    cr_expect_str_eq(problem.item[2].pointer, "line 3, a");
    cr_expect_str_eq(problem.item[3].pointer, "line 4, column 7");
}

Test(ndjson_ingest, gives_up_where_an_object_is_spread_over_lines)
{
    expect_mistake("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "line 1, column 2",
                   "expected a key in quotes, found the end of the line");
}

Test(ndjson_ingest, says_that_there_are_no_rows)
{
    expect_mistake("\n\n", "line 1", "there are no rows; each line holds one, as a JSON object");
}

Test(ndjson_ingest, refuses_a_line_beyond_the_limit_and_too_many_numbers)
{
    Problem problem;
    Text text = {0};
    text_puts(&text, "{\"x\": [0");
    for (size_t i = 0; i < COLUMN_LIMIT; i++)
        text_puts(&text, ",0");
    text_puts(&text, "], \"y\": 1}\n");
    ndjson_ingest_free(read_text(text.bytes, &problem));
    cr_expect_eq(problem.status, STATUS_TOO_LARGE);
    cr_expect_str_eq(problem.detail, "line 1 has more than 50 numbers");
    text_free(&text);

    NdjsonIngest *ingest = ndjson_ingest_new(NAME_LIMIT, COLUMN_LIMIT);
    static const char blanks[1024] = {' '};
    Status fed = STATUS_OK;
    size_t pieces = 0;
    for (; fed == STATUS_OK && pieces < 10000; pieces++)
        fed = ndjson_ingest_feed(ingest, blanks, sizeof blanks);
    cr_expect_eq(pieces, NDJSON_LINE / 1024 + 1);
    problem_clear(&problem);
    cr_expect_eq(ndjson_ingest_end(ingest, &problem), STATUS_TOO_LARGE);
    cr_expect_str_eq(problem.detail, "line 1 is longer than 4194304 bytes");
    ndjson_ingest_free(ingest);
}
