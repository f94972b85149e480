/* Tokens that come and go while requests are held against them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tokens/token_change.h"

static Store *store;
static Access *access;
static Token token;

static void start(void)
{
    AccessRules rules = {.asks = true, .hosts = "", .origins = ""};
    fixture_start();
    store = fixture_store();
    access = access_new(&rules);
    cr_assert_not_null(access);
    token = (Token){.name = "shop", .scope = SCOPE_PREDICT};
    cr_assert(digest_of("secret", 6, token.digest));
}

static void end(void)
{
    access_free(access);
    store_close(store);
    fixture_no_leaks();
    fixture_end();
}

TestSuite(token_change, .init = start, .fini = end);

static Scope scope(void)
{
    return access_scope(access, token.digest, NULL);
}

Test(token_change, a_token_is_good_from_when_it_is_kept_until_it_is_revoked)
{
    cr_expect_eq(scope(), SCOPE_NONE);
    cr_assert_eq(token_change_add(store, access, &token), STATUS_OK);
    cr_expect_eq(scope(), SCOPE_PREDICT);
    cr_assert_eq(token_change_revoke(store, access, token.id), STATUS_OK);
    cr_expect_eq(scope(), SCOPE_NONE);
    cr_expect_eq(token_change_revoke(store, access, token.id), STATUS_NOT_FOUND);
}

Test(token_change, one_that_is_revoked_while_it_is_added_is_not_good)
{
    fixture_sql(store, "CREATE TRIGGER another AFTER INSERT ON tokens BEGIN"
                       " UPDATE tokens SET revoked_at = 1 WHERE id = new.id; END");
    cr_assert_eq(token_change_add(store, access, &token), STATUS_OK);
    cr_expect_eq(scope(), SCOPE_NONE);
}

Test(token_change, one_that_cannot_be_looked_at_once_more_is_good_as_it_is_kept)
{
    fixture_sql(store, "CREATE TRIGGER another AFTER INSERT ON tokens BEGIN"
                       " UPDATE tokens SET name = hex(zeroblob(200)) WHERE id = new.id; END");
    cr_assert_eq(token_change_add(store, access, &token), STATUS_OK);
    cr_expect_eq(scope(), SCOPE_PREDICT);
}

Test(token_change, one_more_than_are_kept_is_refused)
{
    char script[400];
    snprintf(script, sizeof script,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO tokens (id, name, digest, scope, created_at) SELECT"
             " printf('tok_%%026d', i), 'x', printf('%%064d', i), 'train', 1 FROM n",
             TOKENS_MAX);
    fixture_sql(store, script);
    cr_expect_eq(token_change_add(store, access, &token), STATUS_CONFLICT);
    cr_expect_eq(scope(), SCOPE_NONE);
}
