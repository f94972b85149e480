/* Problems: what is kept, what is cut, what is only counted, and names that are near. */
#include <criterion/criterion.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/problem.h"
#include "tools/utf8.h"

static Problem problem;

static void start(void)
{
    problem_clear(&problem);
}

TestSuite(problem, .init = start, .fini = fixture_no_leaks);

Test(problem, nothing_is_wrong_at_first)
{
    cr_expect_eq(problem.status, STATUS_OK);
    cr_expect(problem.count == 0 && problem.dropped == 0);
    cr_expect_str_eq(problem.detail, "");
}

Test(problem, setting_the_whole_returns_its_status)
{
    cr_expect_eq(problem_set(&problem, STATUS_CONFLICT, "%s is in use", "ds_1"), STATUS_CONFLICT);
    cr_expect_eq(problem.status, STATUS_CONFLICT);
    cr_expect_str_eq(problem.detail, "ds_1 is in use");
}

Test(problem, an_item_makes_it_invalid)
{
    problem_add(&problem, "#/x/3", "must be %d", 7);
    cr_expect_eq(problem.status, STATUS_INVALID);
    cr_assert_eq(problem.count, 1);
    cr_expect_str_eq(problem.item[0].pointer, "#/x/3");
    cr_expect_str_eq(problem.item[0].detail, "must be 7");
}

Test(problem, an_item_does_not_soften_what_was_wrong_before)
{
    (void)problem_set(&problem, STATUS_NO_MEMORY, "no memory");
    problem_add(&problem, "#/x", "too");
    cr_expect_eq(problem.status, STATUS_NO_MEMORY);
}

Test(problem, clearing_forgets_everything)
{
    for (int i = 0; i < PROBLEM_ITEMS + 3; i++)
        problem_add(&problem, "#", "wrong");
    problem_clear(&problem);
    cr_expect(problem.status == STATUS_OK && problem.count == 0 && problem.dropped == 0);
}

Test(problem, items_beyond_the_room_are_counted_only)
{
    for (int i = 0; i < PROBLEM_ITEMS + 5; i++)
        problem_add(&problem, "#/x", "mistake %d", i);
    cr_expect_eq(problem.count, PROBLEM_ITEMS);
    cr_expect_eq(problem.dropped, 5);
    cr_expect_str_eq(problem.item[PROBLEM_ITEMS - 1].detail, "mistake 31");
}

Test(problem, a_detail_that_just_fits_is_kept_whole)
{
    char text[PROBLEM_DETAIL] = {0};
    memset(text, 'a', sizeof text - 1);
    problem_add(&problem, "#", "%s", text);
    cr_expect_str_eq(problem.item[0].detail, text);
}

Test(problem, a_detail_of_one_byte_too_many_ends_in_dots)
{
    char text[PROBLEM_DETAIL + 1] = {0};
    memset(text, 'a', sizeof text - 1);
    (void)problem_set(&problem, STATUS_INVALID, "%s", text);
    cr_expect_eq(strlen(problem.detail), PROBLEM_DETAIL - 1);
    cr_expect_str_eq(problem.detail + PROBLEM_DETAIL - 5, "a...");
}

/* A text of letters, each `letter`, behind `shift` plain bytes, longer than any detail. */
static void fill(char text[600], const char *letter, size_t shift)
{
    size_t at = 0;
    memset(text, 'a', shift);
    for (at = shift; at + strlen(letter) < 500; at += strlen(letter))
        memcpy(text + at, letter, strlen(letter));
    text[at] = '\0';
}

Test(problem, a_detail_is_cut_between_characters_wherever_they_fall)
{
    static const char *const letters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    char text[600];
    for (size_t i = 0; i < 3; i++) {
        for (size_t shift = 0; shift < 4; shift++) {
            fill(text, letters[i], shift);
            problem_clear(&problem);
            problem_add(&problem, "#", "%s", text);
            const char *cut = problem.item[0].detail;
            size_t n = strlen(cut);
            cr_expect(utf8_valid(cut, n), "letter %zu behind %zu", i, shift);
            cr_expect(n > PROBLEM_DETAIL - 9 && n < PROBLEM_DETAIL);
            cr_expect_str_eq(cut + n - 3, "...");
        }
    }
}

Test(problem, a_pointer_is_cut_between_characters_wherever_they_fall)
{
    char text[600];
    for (size_t shift = 0; shift < 4; shift++) {
        fill(text, "\xF0\x9F\x98\x80", shift);
        problem_clear(&problem);
        problem_add(&problem, text, "is not known here");
        const char *cut = problem.item[0].pointer;
        cr_expect(utf8_valid(cut, strlen(cut)), "behind %zu", shift);
    }
}

static const char *sentence(void)
{
    static char text[600];
    problem_sentence(&problem, sizeof text, text);
    return text;
}

Test(problem, the_sentence_is_the_detail_where_there_is_one)
{
    (void)problem_set(&problem, STATUS_CONFLICT, "it is in use");
    problem_add(&problem, "#/x", "wrong");
    cr_expect_str_eq(sentence(), "it is in use");
}

Test(problem, the_sentence_of_one_item_is_that_item)
{
    problem_add(&problem, "#/x", "is missing");
    cr_expect_str_eq(sentence(), "#/x: is missing");
}

Test(problem, the_sentence_of_many_items_counts_the_dropped_too)
{
    for (int i = 0; i < PROBLEM_ITEMS + 8; i++)
        problem_add(&problem, "#/x", "mistake %d", i);
    cr_expect_str_eq(sentence(), "40 mistakes, 32 of them shown, the first at #/x: mistake 0");
}

Test(problem, the_sentence_without_anything_is_the_title)
{
    problem.status = STATUS_NO_MEMORY;
    cr_expect_str_eq(sentence(), status_title(STATUS_NO_MEMORY));
}

Test(problem, every_status_has_a_slug_and_a_title)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        cr_expect_gt(strlen(status_slug((Status)i)), 0);
        cr_expect_eq(strspn(status_slug((Status)i), "abcdefghijklmnopqrstuvwxyz-"),
                     strlen(status_slug((Status)i)));
        cr_expect_gt(strlen(status_title((Status)i)), 0);
    }
}

Test(problem, the_pointer_to_a_member_is_escaped_and_fits)
{
    char at[PROBLEM_POINTER], slashes[PROBLEM_POINTER];
    problem_member("#/labels", "a/b~1", at);
    cr_expect_str_eq(at, "#/labels/a~1b~01");
    memset(slashes, '/', sizeof slashes - 1);
    slashes[sizeof slashes - 1] = '\0';
    problem_member("#", slashes, at);
    cr_expect(strlen(at) < sizeof at && strncmp(at, "#/~1~1~1", 8) == 0);
    cr_expect_eq(at[strlen(at) - 1], '1', "no escape is cut in two");
}
