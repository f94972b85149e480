/* UTF-8 is looked at eight bytes at a time where it can be: with the same result as one by one,
 * wherever in the eight a character begins. */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/utf8.h"

#define LONG 40

/* "a" so often, then a part, then "a" up to LONG bytes in all. */
static void place(char text[LONG + 1], const char *part, size_t at)
{
    memset(text, 'a', LONG);
    memcpy(text + at, part, strlen(part));
    text[LONG] = '\0';
}

static size_t count_one_by_one(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

Test(utf8, characters_are_counted_wherever_they_stand)
{
    static const char *const parts[] = {"a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    char text[LONG + 1];
    for (size_t i = 0; i < 4 * (LONG - 3); i++) {
        size_t at = i / 4;
        place(text, parts[i % 4], at);
        for (size_t n = LONG - 8; n <= LONG; n++)
            cr_assert_eq(utf8_count(text, n), count_one_by_one(text, n), "%s, %zu", text, n);
    }
    cr_assert_eq(utf8_count("\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9), 0);
    cr_assert_eq(utf8_count("", 0), 0);
}

Test(utf8, a_character_is_valid_and_a_broken_one_is_not_wherever_it_stands)
{
    char text[LONG + 1];
    for (size_t at = 0; at + 4 <= LONG; at++) {
        place(text, "\xF0\x9F\x98\x80", at);
        cr_assert(utf8_valid(text, LONG), "at %zu", at);
        cr_assert_not(utf8_valid(text, at + 3), "cut behind %zu", at);
        place(text, "\xC3", at);
        cr_assert_not(utf8_valid(text, LONG), "at %zu", at);
        place(text, "\xED\xA0\x80", at); /* a surrogate */
        cr_assert_not(utf8_valid(text, LONG), "at %zu", at);
    }
}
