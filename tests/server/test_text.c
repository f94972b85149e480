/* The buffer that grows. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/text.h"

TestSuite(text, .fini = fixture_no_leaks);

Test(text, pieces_follow_each_other)
{
    Text text = {0};
    text_puts(&text, "one");
    text_add(&text, ", two, three", 5);
    text_printf(&text, " %s %d", "and", 3);
    cr_expect_str_eq(text.bytes, "one, two and 3");
    cr_expect_eq(text.length, strlen("one, two and 3"));
    text_free(&text);
}

Test(text, a_byte_0_is_a_byte_like_others)
{
    Text text = {0};
    text_add(&text, "a\0b", 3);
    cr_expect_eq(text.length, 3);
    cr_expect_eq(memcmp(text.bytes, "a\0b\0", 4), 0);
    text_free(&text);
}

Test(text, adding_nothing_adds_nothing)
{
    Text text = {0};
    text_add(&text, NULL, 0);
    text_puts(&text, "");
    text_printf(&text, "%s", "");
    cr_expect(text.length == 0 && !text.failed);
    text_free(&text);
}

Test(text, it_is_followed_by_a_0_at_every_length)
{
    Text text = {0};
    for (size_t i = 1; i <= 5000; i++) {
        text_add(&text, "x", 1);
        cr_assert_eq(text.length, i);
        cr_assert_eq(text.bytes[i], '\0');
        cr_assert_lt(text.length, text.room);
    }
    cr_expect_eq(strlen(text.bytes), 5000);
    text_free(&text);
}

Test(text, it_never_takes_much_more_than_it_holds)
{
    Text text = {0};
    for (size_t i = 0; i < 1000000; i++)
        text_add(&text, "y", 1);
    cr_expect_lt(text.room, 1600000);
    text_free(&text);
}

Test(text, printing_fills_room_that_just_suffices)
{
    Text text = {0};
    for (int i = 0; i < 300; i++)
        text_printf(&text, "%d,", i);
    cr_expect_eq(text.length, 10 * 2 + 90 * 3 + 200 * 4);
    cr_expect_str_eq(text.bytes + text.length - 4, "299,");
    text_free(&text);
}

Test(text, a_request_that_cannot_be_met_fails_and_stays_failed)
{
    Text text = {0};
    text_puts(&text, "kept");
    cr_expect(!text_reserve(&text, SIZE_MAX));
    cr_expect(text.failed);
    text_puts(&text, "more");
    text_printf(&text, "%d", 1);
    cr_expect(!text_reserve(&text, 1));
    cr_expect_str_eq(text.bytes, "kept");
    cr_expect_eq(text.length, 4);
    cr_expect_null(text_steal(&text));
    cr_expect(!text.failed && !text.bytes);
}

Test(text, stealing_leaves_it_empty)
{
    Text text = {0};
    text_puts(&text, "mine");
    char *bytes = text_steal(&text);
    cr_expect_str_eq(bytes, "mine");
    cr_expect(!text.bytes && text.length == 0 && text.room == 0);
    free(bytes);
}

Test(text, stealing_an_empty_text_gives_an_empty_string)
{
    Text text = {0};
    char *bytes = text_steal(&text);
    cr_assert_not_null(bytes);
    cr_expect_str_eq(bytes, "");
    free(bytes);
}

Test(text, stealing_what_was_only_reserved_gives_an_empty_string)
{
    Text text = {0};
    cr_assert(text_reserve(&text, 100));
    char *bytes = text_steal(&text);
    cr_assert_not_null(bytes);
    cr_expect_str_eq(bytes, "");
    free(bytes);
}

Test(text, freeing_twice_is_fine)
{
    Text text = {0};
    text_puts(&text, "x");
    text_free(&text);
    text_free(&text);
    cr_expect_null(text.bytes);
}
