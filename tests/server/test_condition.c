/* What a client has and takes, by the rules of RFC 9110. */
#include <criterion/criterion.h>

#include "api/condition.h"

Test(condition, a_list_of_tags_is_compared_weakly)
{
    cr_expect(condition_names("\"a\"", "\"a\""));
    cr_expect(condition_names("W/\"a\"", "\"a\""));
    cr_expect(condition_names("\"x\",, W/\"y\" ,\"a\"", "\"a\""));
    cr_expect(condition_names(" * ", "\"a\""));
    cr_expect(condition_names("\"b, c\", \"a\"", "\"a\""));
}

Test(condition, what_is_not_the_tag_does_not_match)
{
    static const char *const others[] = {
        "",         "a",       "\"aa\"",  "\"A\"",     "\"a",
        "*, \"b\"", "w/\"a\"", "\"x\"\"", "\"\\\"a\"", "nonsense, \"a\""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(condition_names(others[i], "\"a\""), "%s", others[i]);
}

Test(condition, gzip_is_taken_where_it_is_liked_no_less_than_the_body_as_it_is)
{
    static const char *const takes[] = {"gzip",
                                        "GZIP",
                                        "deflate, gzip;q=1.0",
                                        "*",
                                        "x-gzip",
                                        "gzip;q=0.5",
                                        "br, gzip ; q=0.8, identity;q=0.5",
                                        "identity;q=0, *;q=0.1"};
    static const char *const others[] = {
        "",         "br",       "gzip;q=0",    "gzip;q=0.000",
        "*;q=0",    "identity", "gzip;q=0, *", "gzip;q=0.1, identity;q=0.9",
        "gzip;q=x", "gzip;x=1", "gzipped"};
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
        cr_expect(condition_takes_gzip(takes[i]), "%s", takes[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(condition_takes_gzip(others[i]), "%s", others[i]);
    cr_expect_not(condition_takes_gzip(0));
}
