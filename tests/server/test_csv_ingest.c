/* CSV as it arrives. Every text here is fed whole, byte by byte and in pieces of seven, and what
 * comes out has to be the same each time. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/csv_ingest.h"

#define NAME_LIMIT 20
#define COLUMN_LIMIT 50

typedef struct Read {
    CsvIngest *ingest;
    Problem problem;
    Status status;
} Read;

static Read read_pieces(const char *text, size_t n, size_t piece)
{
    Read read = {.ingest = csv_ingest_new(NAME_LIMIT, COLUMN_LIMIT)};
    cr_assert_not_null(read.ingest);
    problem_clear(&read.problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK; i += piece)
        fed = csv_ingest_feed(read.ingest, text + i, n - i < piece ? n - i : piece);
    read.status = csv_ingest_end(read.ingest, &read.problem);
    cr_assert(fed == STATUS_OK || fed == read.status);
    return read;
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
    NumberArray *one = csv_ingest_rows(a->ingest), *other = csv_ingest_rows(b->ingest);
    cr_assert_eq(one->rows, other->rows);
    cr_assert_eq(one->count, other->count);
    cr_assert(one->count == 0 || memcmp(one->v, other->v, one->count * sizeof *one->v) == 0);
    cr_assert_eq(csv_ingest_columns(a->ingest), csv_ingest_columns(b->ingest));
    for (size_t i = 0; i < csv_ingest_columns(a->ingest); i++)
        cr_assert_str_eq(csv_ingest_name(a->ingest, i), csv_ingest_name(b->ingest, i));
}

static Read read_bytes(const char *text, size_t n)
{
    Read whole = read_pieces(text, n, n + 1);
    for (size_t piece = 1; piece < 8; piece += 6) {
        Read cut = read_pieces(text, n, piece);
        expect_same(&whole, &cut);
        csv_ingest_free(cut.ingest);
    }
    return whole;
}

static Read read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

/* Columns a and b with the rows 1,2 and 3,4. */
static void expect_plain_table(const char *text)
{
    Read read = read_text(text);
    cr_assert_eq(read.status, STATUS_OK, "%s: %s %s", text, read.problem.item[0].pointer,
                 read.problem.item[0].detail);
    cr_assert_eq(csv_ingest_columns(read.ingest), 2);
    cr_expect_str_eq(csv_ingest_name(read.ingest, 0), "a");
    cr_expect_str_eq(csv_ingest_name(read.ingest, 1), "b");
    NumberArray *rows = csv_ingest_rows(read.ingest);
    cr_assert_eq(rows->rows, 2);
    cr_expect_eq(rows->cols, 2);
    cr_expect_not(rows->flat);
    cr_assert_eq(rows->count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(rows->v[i], (double)i + 1, "%s", text);
    csv_ingest_free(read.ingest);
}

/* The text's only mistake. */
static void expect_mistake(const char *text, const char *place, const char *detail)
{
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_INVALID, "%s", text);
    cr_assert_eq(read.problem.count, 1, "%s: %zu mistakes", text, read.problem.count);
    cr_expect_str_eq(read.problem.item[0].pointer, place);
    cr_expect_str_eq(read.problem.item[0].detail, detail);
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, takes_a_header_and_rows)
{
    expect_plain_table("a,b\n1,2\n3,4\n");
}

Test(csv_ingest, takes_any_line_end_or_none_at_the_end)
{
    expect_plain_table("a,b\r\n1,2\r\n3,4\r\n");
    expect_plain_table("a,b\r1,2\r3,4\r");
    expect_plain_table("a,b\n1,2\r\n3,4");
    expect_plain_table("a,b\r\n1,2\r\n3,4\r");
}

Test(csv_ingest, leaves_a_byte_order_mark_off)
{
    expect_plain_table("\xEF\xBB\xBF"
                       "a,b\n1,2\n3,4\n");
    expect_plain_table("\xEF\xBB\xBF\"a\",b\n1,2\n3,4\n");
}

Test(csv_ingest, takes_blank_lines_at_the_end)
{
    expect_plain_table("a,b\n1,2\n3,4\n\n");
    expect_plain_table("a,b\r\n1,2\r\n3,4\r\n\r\n \t\r\n\r\n  ");
}

Test(csv_ingest, trims_blanks_around_names_and_numbers)
{
    expect_plain_table(" a ,\tb \n 1,2 \n\t3 , 4\n");
}

Test(csv_ingest, takes_quoted_cells)
{
    expect_plain_table("\"a\",\"b\"\n\"1\",\"2.0\"\n\"3\",\"4\"\n");
    expect_plain_table(" \"a\" , \"b\"\t\n 1, \" 2\" \r\n3,\"4\"");
    Read read = read_text("\"say \"\"x\"\", y\",b\n1,2\n");
    cr_expect_eq(read.status, STATUS_OK);
    cr_expect_str_eq(csv_ingest_name(read.ingest, 0), "say \"x\", y");
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, takes_the_numbers_of_spreadsheets)
{
    Read read = read_text("a,b,c,d\n+1.5,.5,5.,007\n-0,1e-3,1E3,123456789012345678901\n");
    cr_assert_eq(read.status, STATUS_OK);
    static const double wanted[] = {1.5, 0.5, 5, 7, -0.0, 1e-3, 1e3, 123456789012345678901.0};
    cr_expect_arr_eq(csv_ingest_rows(read.ingest)->v, wanted, sizeof wanted);
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, takes_a_table_of_one_column)
{
    Read read = read_text("price\n1\n2\n3");
    cr_assert_eq(read.status, STATUS_OK);
    cr_expect_eq(csv_ingest_rows(read.ingest)->rows, 3);
    cr_expect_eq(csv_ingest_rows(read.ingest)->cols, 1);
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, lets_the_caller_take_the_numbers_over)
{
    Read read = read_text("a,b\n1,2\n");
    double *v = csv_ingest_rows(read.ingest)->v;
    csv_ingest_rows(read.ingest)->v = NULL;
    csv_ingest_free(read.ingest);
    cr_expect_eq(v[1], 2);
    free(v);
}

Test(csv_ingest, names_line_and_column_of_a_wrong_cell)
{
    expect_mistake("crim,rm\n1,2\n3,abc\n", "line 3, column rm",
                   "must be a number, got the text \"abc\"");
    expect_mistake("crim,rm\n1,\n", "line 2, column rm", "is empty; every cell must be a number");
    expect_mistake("crim,rm\n\"\", 2\n", "line 2, column crim",
                   "is empty; every cell must be a number");
    expect_mistake("crim,rm\nNaN,2\n", "line 2, column crim",
                   "NaN is not a number that can be used");
    expect_mistake("crim,rm\n1, -inf \n", "line 2, column rm",
                   "-inf is not a number that can be used");
    expect_mistake("crim,rm\n1,1e999", "line 2, column rm",
                   "1e999 is beyond the range of a 64-bit float");
    expect_mistake("crim,rm\n1,\"1,5\"\n", "line 2, column rm",
                   "must be a number, got the text \"1,5\"; decimals are written with a point, "
                   "thousands without a mark");
    expect_mistake("crim,rm\n1,\"1,x\"\n", "line 2, column rm",
                   "must be a number, got the text \"1,x\"");
    expect_mistake("crim,rm\n5\"2,1\n", "line 2, column crim",
                   "must be a number, got the text \"5\"2\"");
    expect_mistake("crim,rm\n1,\xFF\xC3\xBC\n", "line 2, column rm",
                   "must be a number, got the text \"?\xC3\xBC\"");
}

Test(csv_ingest, names_rows_of_another_width)
{
    expect_mistake("a,b\n1,2\n3\n", "line 3", "has 1 cell, the header has 2");
    expect_mistake("a,b\n1,2,x\n3,4\n", "line 2", "has 3 cells, the header has 2");
    expect_mistake("a,b\n1,2,\n", "line 2", "has 3 cells, the header has 2");
}

Test(csv_ingest, names_a_blank_line_between_rows)
{
    expect_mistake("a,b\n1,2\n\n \n3,4\n", "line 3",
                   "is blank; only the end of the text may have blank lines");
    expect_mistake("\na,b\n1,2\n", "line 1",
                   "is blank; only the end of the text may have blank lines");
}

Test(csv_ingest, names_what_is_wrong_with_quotes)
{
    expect_mistake("a,b\n1,\"2\n3,4\n", "line 2, column b",
                   "has an opening quote that is never closed");
    expect_mistake("a,\"b\n1,2\n3,4\n", "line 1, column 2",
                   "has an opening quote that is never closed");
    expect_mistake("a,b\n\"1\"5,2\n", "line 2, column a", "has text behind its closing quote");
    expect_mistake("a,b\n\"1\" \"5\",2\n", "line 2, column a", "has text behind its closing quote");
}

Test(csv_ingest, counts_lines_also_inside_quotes)
{
    expect_mistake("a,\"b\nc\"\n1,2\nx,3\n", "line 4, column a",
                   "must be a number, got the text \"x\"");
    expect_mistake("a,\"b\r\nc\"\r\n1,2\r\nx,3\r\n", "line 4, column a",
                   "must be a number, got the text \"x\"");
}

Test(csv_ingest, names_wrong_names)
{
    expect_mistake("a,,c\n1,2,3\n", "line 1, column 2", "has no name");
    expect_mistake("a,b,\n1,2,3\n", "line 1, column 3", "has no name");
    expect_mistake("a,b, a\n1,2,3\n", "line 1, column 3", "the name a is that of column 1 already");
    expect_mistake("a,\xFF\n1,2\n", "line 1, column 2", "the name is not UTF-8");
    expect_mistake("a,12345678901234567890x\n1,2\n", "line 1, column 2",
                   "the name is longer than 20 bytes");
}

Test(csv_ingest, refuses_a_name_that_holds_a_zero_byte)
{
    Read read = read_bytes("a,b\0c\n1,2\n", 10);
    cr_expect_eq(read.status, STATUS_INVALID);
    cr_assert_eq(read.problem.count, 1);
    cr_expect_str_eq(read.problem.item[0].detail, "the name holds a byte 0");
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, says_that_a_row_of_numbers_is_no_header)
{
    expect_mistake("1,2\n3,4\n", "line 1",
                   "must hold the names of the columns, but holds numbers only");
}

Test(csv_ingest, says_that_columns_are_separated_by_something_else)
{
    expect_mistake("a;b;c\n1,5;2;3\n4;5;6\n", "line 1",
                   "the columns seem to be separated by semicolons; CSV here means commas");
    expect_mistake("a\tb\n1\t2\n", "line 1",
                   "the columns seem to be separated by tabs; CSV here means commas");
}

Test(csv_ingest, says_that_there_is_nothing_to_train_on)
{
    expect_mistake("", "line 1", "there is no header; a row of names comes first");
    expect_mistake("\xEF\xBB\xBF", "line 1", "there is no header; a row of names comes first");
    expect_mistake("a,b\n", "line 2", "there are no rows of numbers below the header");
    expect_mistake("a,b\n\n", "line 3", "there are no rows of numbers below the header");
}

Test(csv_ingest, finds_every_mistake_and_not_only_the_first)
{
    Read read = read_text("a,,a\n1,2,x\n1,2\ny,,3\n");
    cr_assert_eq(read.status, STATUS_INVALID);
    static const char *const wanted[] = {"line 1, column 2", "line 1, column 3",
                                         "line 2, column a", "line 3",
                                         "line 4, column a", "line 4, column 2"};
    cr_assert_eq(read.problem.count, 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect_str_eq(read.problem.item[i].pointer, wanted[i]);
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, counts_the_mistakes_that_it_has_no_room_for)
{
    char text[1024] = "a,b\n";
    for (int i = 0; i < 100; i++)
        strcat(text, "1,x\n");
    Read read = read_text(text);
    cr_expect_eq(read.problem.count, PROBLEM_ITEMS);
    cr_expect_eq(read.problem.dropped, 100 - PROBLEM_ITEMS);
    cr_expect_eq(csv_ingest_rows(read.ingest)->rows, 100);
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, holds_the_columns_to_their_limit)
{
    char text[512] = "x0";
    for (int i = 1; i < COLUMN_LIMIT; i++)
        snprintf(text + strlen(text), 16, ",x%d", i);
    size_t n = strlen(text);
    strcpy(text + n, "\n");
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_INVALID); /* no rows, but no more than that */
    cr_expect_eq(csv_ingest_columns(read.ingest), COLUMN_LIMIT);
    csv_ingest_free(read.ingest);
    strcpy(text + n, ",one_more\n1\n");
    read = read_text(text);
    cr_expect_eq(read.status, STATUS_TOO_LARGE);
    cr_expect_str_eq(read.problem.detail, "the header has more than 50 columns");
    csv_ingest_free(read.ingest);
}

Test(csv_ingest, keeps_only_so_much_of_a_cell_without_end)
{
    size_t n = 3 * NUMBER_TEXT;
    char *text = malloc(n + 1);
    memset(text, '0', n);
    text[n] = '\0';
    memcpy(text, "a\n\"", 3);
    memcpy(text + n - 2, "\"\n", 2);
    expect_mistake(text, "line 2, column a", "is longer than any number may be");
    memcpy(text, "a\n0", 3);
    text[n - 2] = '0';
    expect_mistake(text, "line 2, column a", "is longer than any number may be");
    text[2 + NUMBER_TEXT] = '\n';
    text[3 + NUMBER_TEXT] = '\0';
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_OK);
    csv_ingest_free(read.ingest);
    free(text);
}
