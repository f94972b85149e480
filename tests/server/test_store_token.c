/* Tokens in the store: added, found, revoked for good, bounded in number. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store_token.h"
#include "test_store_fixture.h"

TestSuite(store_token, .init = fixture_start, .fini = fixture_end);

static Token token_of(unsigned number, Scope scope)
{
    Token token = {.scope = scope};
    snprintf(token.name, sizeof token.name, "number %u", number);
    cr_assert(digest_of(&number, sizeof number, token.digest));
    return token;
}

static Token added(Store *store, unsigned number, Scope scope)
{
    Token token = token_of(number, scope);
    cr_assert_eq(store_token_add(store, &token), STATUS_OK);
    return token;
}

Test(store_token, is_found_as_it_was_added_also_after_a_restart)
{
    Store *store = fixture_store();
    Token token = added(store, 1, SCOPE_TRAIN), found;
    store_close(store);
    store = fixture_store();
    cr_assert_eq(store_token_get(store, token.id, &found), STATUS_OK);
    cr_expect(strncmp(found.id, "tok_", 4) == 0 && found.created_at > 0 && found.revoked_at == 0);
    cr_expect_str_eq(found.name, "number 1");
    cr_expect_str_eq(found.digest, token.digest);
    cr_expect_eq(found.scope, SCOPE_TRAIN);
    cr_expect_eq(store_token_get(store, "tok_none", &found), STATUS_NOT_FOUND);
    store_close(store);
}

Test(store_token, of_a_digest_that_is_there_is_the_one_that_has_it)
{
    Store *store = fixture_store();
    Token first = added(store, 1, SCOPE_TRAIN), second = added(store, 1, SCOPE_TRAIN);
    cr_expect_str_eq(second.id, first.id);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM tokens"), 1);
    store_close(store);
}

Test(store_token, that_is_revoked_stays_known_and_is_in_no_list_of_good_ones)
{
    Store *store = fixture_store();
    Token *all, *good, found, token = added(store, 1, SCOPE_ADMIN);
    Token other = added(store, 2, SCOPE_PREDICT);
    size_t count;
    bool more, has;
    cr_assert_eq(store_token_revoke(store, token.id), STATUS_OK);
    cr_assert_eq(store_token_revoke(store, token.id), STATUS_NOT_FOUND);
    cr_assert_eq(store_token_revoke(store, "tok_none"), STATUS_NOT_FOUND);
    cr_assert_eq(store_token_get(store, token.id, &found), STATUS_OK);
    cr_expect_gt(found.revoked_at, 0);
    cr_assert_eq(store_token_list(store, (StorePage){NULL, 9}, &good, &count, &more), STATUS_OK);
    cr_assert(count == 1 && !more);
    cr_expect_str_eq(good->id, other.id);
    cr_assert_eq(store_token_all(store, &all, &count), STATUS_OK);
    cr_expect(count == 2 && all[0].revoked_at == 0 && all[1].revoked_at > 0);
    cr_expect(store_token_has(store, token.digest, &has) == STATUS_OK && has);
    free(good);
    free(all);
    store_close(store);
}

Test(store_token, lists_come_in_pages_newest_first)
{
    Store *store = fixture_store();
    Token token[5], *page;
    size_t count;
    bool more;
    for (unsigned i = 0; i < 5; i++)
        token[i] = added(store, i, SCOPE_PREDICT);
    const char *after = NULL;
    for (int left = 5; left > 0; left -= 2) {
        cr_assert_eq(store_token_list(store, (StorePage){after, 2}, &page, &count, &more),
                     STATUS_OK);
        cr_expect_eq(count, left > 1 ? 2 : 1);
        cr_expect_eq(more, left > 2);
        for (size_t i = 0; i < count; i++)
            cr_expect_str_eq(page[i].id, token[(size_t)left - 1 - i].id);
        after = token[left > 1 ? left - 2 : 0].id;
        free(page);
    }
    store_close(store);
}

Test(store_token, there_are_only_so_many_at_a_time)
{
    Store *store = fixture_store();
    fixture_sql(store, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                       " WHERE i < 1000) INSERT INTO tokens (id, name, digest, scope, created_at)"
                       " SELECT 'tok_' || i, '', i, 'predict', 1 FROM n");
    cr_assert_eq(fixture_number(store, "SELECT count(*) FROM tokens"), TOKENS_MAX);
    Token token = token_of(1, SCOPE_PREDICT);
    cr_expect_eq(store_token_add(store, &token), STATUS_CONFLICT);
    cr_expect_eq(store_token_revoke(store, "tok_7"), STATUS_OK);
    cr_expect_eq(store_token_add(store, &token), STATUS_OK);
    store_close(store);
}

Test(store_token, with_a_scope_that_there_is_not_is_damaged)
{
    Store *store = fixture_store();
    Token *all, token = added(store, 1, SCOPE_TRAIN);
    size_t count;
    fixture_sql(store, "UPDATE tokens SET scope = 'root'");
    cr_expect_eq(store_token_get(store, token.id, &token), STATUS_DAMAGED);
    cr_expect_eq(store_token_all(store, &all, &count), STATUS_DAMAGED);
    store_close(store);
}

Test(store_token, is_read_by_who_peeks_beside_a_daemon_and_without_one)
{
    Store *store = fixture_store(), *peek;
    char why[300];
    bool has;
    Token token = added(store, 1, SCOPE_TRAIN);
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(store_peek(fixture_dir(), &peek, why, sizeof why), STATUS_OK, "%s", why);
        cr_expect(store_token_has(peek, token.digest, &has) == STATUS_OK && has);
        store_close(peek);
        if (round == 0)
            store_close(store);
    }
}

Test(store_token, nothing_is_made_by_who_peeks)
{
    Store *peek;
    char why[300];
    cr_expect_eq(store_peek(fixture_dir(), &peek, why, sizeof why), STATUS_NOT_FOUND);
    cr_expect(strstr(why, "there is no store ") && !peek);
    close(open(fixture_path("file"), O_CREAT | O_WRONLY, 0600));
    cr_expect_eq(store_peek(fixture_path("file"), &peek, why, sizeof why), STATUS_STORE);
    cr_expect(strstr(why, "cannot be read: Not a directory") && !peek, "%s", why);
    Store *store = fixture_store();
    fixture_sql(store, "PRAGMA user_version = 2");
    cr_expect_eq(store_peek(fixture_dir(), &peek, why, sizeof why), STATUS_STORE);
    cr_expect(strstr(why, "schema 2") && !peek);
    store_close(store);
}
