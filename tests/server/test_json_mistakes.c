/* JSON as it arrives: every mistake inside an array, its place, and the words for it. */
#include <criterion/criterion.h>

#include "json_reading.h"

Test(json_mistakes, names_the_place_of_what_is_not_a_number)
{
    expect_mistake("{\"x\": [[1, 2], [3, \"abc\"]]}", "#/x/1/1",
                   "must be a number, got the text \"abc\"");
    expect_mistake("{\"y\": [1, null]}", "#/y/1", "must be a number like the first, got null");
    expect_mistake("{\"y\": [null, 1]}", "#/y/0", "must be a number, got null");
    expect_mistake("{\"x\": [[true, 1]]}", "#/x/0/0", "must be a number, got true");
    expect_mistake("{\"x\": [[1, {\"a\": [\"]\", 2]}]]}", "#/x/0/1",
                   "must be a number, got an object");
    expect_mistake("{\"initial_layers\": [1, {\"weights\": [[1, false]]}]}",
                   "#/initial_layers/1/weights/0/1", "must be a number, got false");
}

Test(json_mistakes, names_what_is_not_finite)
{
    expect_mistake("{\"x\": [[NaN]]}", "#/x/0/0", "NaN is not a number that can be used");
    expect_mistake("{\"y\": [-Infinity]}", "#/y/0",
                   "-Infinity is not a number that can be used");
    expect_mistake("{\"y\": [1, 1e999]}", "#/y/1", "1e999 is beyond the range of a 64-bit float");
}

Test(json_mistakes, names_rows_of_another_length)
{
    expect_mistake("{\"x\": [[1,2,3,4,5],[1,2,3,4]]}", "#/x/1",
                   "has 4 values, the first row has 5");
    expect_mistake("{\"x\": [[1,2],[3]]}", "#/x/1", "has 1 value, the first row has 2");
    expect_mistake("{\"x\": [[],[3]]}", "#/x/1", "has 1 value, the first row has 0");
}

Test(json_mistakes, names_a_mix_of_numbers_and_rows)
{
    expect_mistake("{\"y\": [1, [2], 3]}", "#/y/1",
                   "must be a number like the first, got an array");
    expect_mistake("{\"x\": [[1], 2.5, [3]]}", "#/x/1",
                   "must be a row of numbers like the first, got the number 2.5");
    expect_mistake("{\"x\": [[1], null]}", "#/x/1",
                   "must be a row of numbers like the first, got null");
    expect_mistake("{\"x\": [[1], [[2]]]}", "#/x/1/0", "must be a number, got an array");
}

Test(json_mistakes, names_an_array_given_twice)
{
    expect_mistake("{\"x\": [1], \"x\": [[2]]}", "#/x", "is given twice");
}

Test(json_mistakes, finds_every_mistake_and_not_only_the_first)
{
    Read read = read_text("{\"x\": [[1, null], [\"a\", 2], [3], [4, 1e999]], \"y\": [true, 5]}");
    cr_assert_eq(read.status, STATUS_INVALID);
    static const char *const wanted[] = {"#/x/0/1", "#/x/1/0", "#/x/2", "#/x/3/1", "#/y/0"};
    cr_assert_eq(read.problem.count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(read.problem.item[i].pointer, wanted[i]);
    json_ingest_free(read.ingest);
}

Test(json_mistakes, counts_the_mistakes_that_it_has_no_room_for)
{
    char text[4096] = "{\"x\": [[0, 1]";
    for (int i = 0; i < 100; i++)
        strcat(text, ", [1, null]");
    strcat(text, "]}");
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_INVALID);
    cr_expect_eq(read.problem.count, PROBLEM_ITEMS);
    cr_expect_eq(read.problem.dropped, 100 - PROBLEM_ITEMS);
    json_ingest_free(read.ingest);
}

Test(json_mistakes, shows_a_long_text_cut_and_bad_bytes_as_question_marks)
{
    expect_mistake("{\"y\": [1, \"\xFF"
                   "a\xC3\xBC\x01\"]}",
                   "#/y/1", "must be a number like the first, got the text \"?a\xC3\xBC?\"");
    expect_mistake(
        "{\"x\": [[\"0123456789012345678901234567890123456789012345678901234567890123\"]]}",
        "#/x/0/0",
        "must be a number, got the text \"01234567890123456789012345678901234567890123...\"");
}

Test(json_mistakes, says_where_the_syntax_of_an_array_is_wrong)
{
    expect_malformed("{\"x\":\n [1,\n  2 3]}",
                     "line 3, column 5, in the array #/x: expected a comma or ], found 3");
    expect_malformed(
        "{\"x\": [1, 2,]}",
        "line 1, column 13, in the array #/x: expected a value behind the comma, found ]");
    expect_malformed("{\"x\": [[1], ,]}",
                     "line 1, column 13, in the array #/x: expected a row, found ,");
    expect_malformed("{\"x\": [1, , 2]}",
                     "line 1, column 11, in the array #/x: expected a number, found ,");
    expect_malformed("{\"\xC3\xBC\": 1, \"x\": [12, 0x1F]}",
                     "line 1, column 20, in the array #/x: expected a number as JSON writes them"
                     " (12, -0.5, 1e-3), found 0x1F");
    expect_malformed("{\"x\": [\"a\"], \"y\": [1 }",
                     "line 1, column 22, in the array #/y: expected a comma or ], found }");
    expect_malformed(
        "{\"y\": [1, \"a\n\"]}",
        "line 1, column 13, in the array #/y: the text has no closing quote on its line");
}

Test(json_mistakes, says_that_the_document_ends_inside_an_array)
{
    expect_malformed("{\"x\": [1, 2", "line 1, column 12: the document ends inside the array #/x");
    expect_malformed("{\"x\": [[1],\n [\"",
                     "line 2, column 4: the document ends inside the array #/x");
}

Test(json_mistakes, keeps_the_mistakes_before_wrong_syntax)
{
    Read read = read_text("{\"x\": [null, 1 2]}");
    cr_expect_eq(read.status, STATUS_MALFORMED);
    cr_expect_eq(read.problem.count, 1);
    json_ingest_free(read.ingest);
}
