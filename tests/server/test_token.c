/* Tokens, their scopes, and who is let in by them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "state/access.h"
#include "test_store_fixture.h"

TestSuite(token, .fini = fixture_no_leaks);

Test(token, is_256_random_bits_that_never_come_twice)
{
    static char text[200][TOKEN_TEXT];
    unsigned differ[16] = {0};
    for (size_t i = 0; i < 200; i++) {
        cr_assert(token_draw(text[i]));
        cr_expect_eq(strlen(text[i]), TOKEN_TEXT - 1);
        cr_expect_eq(strspn(text[i] + 3, "0123456789abcdef"), 64);
        cr_expect_eq(token_span(text[i]), TOKEN_TEXT - 1);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(text[i], text[j]);
        for (const char *digit = text[i] + 3; *digit; digit++)
            differ[*digit <= '9' ? *digit - '0' : *digit - 'a' + 10]++;
    }
    for (size_t i = 0; i < 16; i++) /* 12800 digits: 800 of each, deviation 27 */
        cr_expect(differ[i] > 600 && differ[i] < 1000, "%zu: %u", i, differ[i]);
}

Test(token, scopes_read_back)
{
    for (int scope = SCOPE_PREDICT; scope < SCOPES; scope++)
        cr_expect_eq(scope_find(scope_name((Scope)scope)), (Scope)scope);
    cr_expect_eq(scope_find("none"), SCOPE_NONE);
    cr_expect_eq(scope_find(""), SCOPE_NONE);
    cr_expect_eq(scope_find("Admin"), SCOPE_NONE);
}

Test(token, a_name_is_short_and_printable)
{
    char name[TOKEN_NAME + 1];
    cr_expect(token_name_is_fine("") && token_name_is_fine("Anna's laptop, 2nd"));
    cr_expect_not(token_name_is_fine("a\tb"));
    cr_expect_not(token_name_is_fine("a\nb"));
    cr_expect_not(token_name_is_fine("\xC3\xA9"));
    memset(name, 'x', sizeof name);
    name[TOKEN_NAME] = '\0';
    cr_expect_not(token_name_is_fine(name));
    name[TOKEN_NAME - 1] = '\0';
    cr_expect(token_name_is_fine(name));
}

TestSuite(access, .fini = fixture_no_leaks);

static Access *new_access(bool loopback, bool anonymous, const char *hosts)
{
    AccessRules rules = {.loopback = loopback,
                         .anonymous = anonymous,
                         .asks = !loopback,
                         .hosts = hosts,
                         .origins = "https://a.example,http://localhost:3000"};
    Access *access = access_new(&rules);
    cr_assert_not_null(access);
    return access;
}

static Token token_of(unsigned number, Scope scope)
{
    Token token = {.scope = scope};
    snprintf(token.id, sizeof token.id, "tok_%u", number);
    cr_assert(digest_of(&number, sizeof number, token.digest));
    return token;
}

Test(access, a_loopback_address_is_open_until_there_is_a_token)
{
    Access *access = new_access(true, false, "");
    Token token = token_of(1, SCOPE_PREDICT);
    cr_expect(access_is_open(access));
    cr_expect(access_add(access, &token));
    cr_expect_not(access_is_open(access));
    access_remove(access, token.id);
    cr_expect_not(access_is_open(access), "to revoke the last token must not open");
    cr_expect_eq(access_scope(access, token.digest, NULL), SCOPE_NONE);
    access_free(access);
}

Test(access, another_address_is_closed_from_the_beginning)
{
    Access *access = new_access(false, false, "");
    cr_expect_not(access_is_open(access));
    access_free(access);
}

Test(access, anonymous_is_open_whatever_tokens_there_are)
{
    Access *access = new_access(false, true, "");
    Token token = token_of(1, SCOPE_PREDICT);
    cr_expect(access_add(access, &token));
    access_close(access);
    cr_expect(access_is_open(access));
    access_free(access);
}

Test(access, each_token_has_its_scope_until_it_is_removed)
{
    Access *access = new_access(false, false, "");
    Token token[50];
    for (unsigned i = 0; i < 50; i++) {
        token[i] = token_of(i, (Scope)(1 + i % 3));
        cr_expect(access_add(access, &token[i]));
    }
    for (unsigned i = 0; i < 50; i += 2)
        access_remove(access, token[i].id);
    access_remove(access, "tok_none");
    for (unsigned i = 0; i < 50; i++)
        cr_expect_eq(access_scope(access, token[i].digest, NULL), i % 2 ? 1 + i % 3 : SCOPE_NONE);
    Token other = token_of(50, SCOPE_ADMIN);
    cr_expect_eq(access_scope(access, other.digest, NULL), SCOPE_NONE);
    access_free(access);
}

Test(access, a_token_that_is_added_twice_is_removed_once)
{
    Access *access = new_access(false, false, "");
    Token token = token_of(1, SCOPE_TRAIN);
    cr_expect(access_add(access, &token) && access_add(access, &token));
    cr_expect(access_knows(access, token.id) && !access_knows(access, ""));
    access_remove(access, token.id);
    cr_expect_not(access_knows(access, token.id));
    cr_expect_eq(access_scope(access, token.digest, NULL), SCOPE_NONE);
    access_free(access);
}

Test(access, there_is_room_for_all_tokens_of_the_store_and_the_operators)
{
    Access *access = new_access(false, false, "");
    for (unsigned i = 0; i <= TOKENS_MAX + 1; i++) {
        Token token = token_of(i, SCOPE_PREDICT);
        cr_expect_eq(access_add(access, &token), i <= TOKENS_MAX, "%u", i);
    }
    access_free(access);
}

Test(access, while_loopback_is_open_only_names_of_this_host_are_taken)
{
    static const char *const ours[] = {"localhost", "localhost:8080", "127.0.0.1:1",   "[::1]:8080",
                                       "LOCALHOST", "net.example",    "net.example:80"};
    static const char *const others[] = {"evil.example",
                                         "localhost.evil.example:8080",
                                         "10.0.0.1",
                                         "127.0.0.1.evil.example",
                                         "",
                                         "0.0.0.0",
                                         "a:b"};
    Access *access = new_access(true, false, "net.example");
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        cr_expect(access_takes_host(access, ours[i]), "%s", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(access_takes_host(access, others[i]), "%s", others[i]);
    access_close(access);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect(access_takes_host(access, others[i]), "%s", others[i]);
    access_free(access);
}

Test(access, an_open_address_elsewhere_takes_any_name_unless_some_are_listed)
{
    Access *any = new_access(false, true, ""), *listed = new_access(false, true, "net.example");
    cr_expect(access_takes_host(any, "evil.example"));
    cr_expect_not(access_takes_host(listed, "evil.example"));
    cr_expect(access_takes_host(listed, "net.example:8080"));
    access_free(any);
    access_free(listed);
}

Test(access, an_origin_is_taken_whole_or_not)
{
    Access *access = new_access(true, false, "");
    cr_expect(access_takes_origin(access, "https://a.example"));
    cr_expect(access_takes_origin(access, "http://localhost:3000"));
    static const char *const others[] = {"http://a.example",
                                         "https://a.example:444",
                                         "https://a.example.evil",
                                         "null",
                                         "",
                                         "https://a.example,http://localhost:3000"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(access_takes_origin(access, others[i]), "%s", others[i]);
    access_free(access);
}
