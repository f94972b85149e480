/* Who is refused, with which status, and what the refusal advises. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "test_store_fixture.h"

static Access *access;
static const char *text[SCOPES] = {"", "predict-token", "train-token", "admin-token"};
static Reply refusal;
static char who[ID_SIZE];

static void start(void)
{
    AccessRules rules = {.asks = true, .hosts = "", .origins = "https://a.example"};
    access = access_new(&rules);
    cr_assert_not_null(access);
    for (int scope = SCOPE_PREDICT; scope < SCOPES; scope++) {
        Token token = {.scope = (Scope)scope};
        memcpy(token.id, text[scope], strlen(text[scope]) + 1);
        cr_assert(digest_of(text[scope], strlen(text[scope]), token.digest));
        cr_assert(access_add(access, &token));
    }
}

static void end(void)
{
    access_free(access);
    fixture_no_leaks();
}

TestSuite(auth, .init = start, .fini = end);

/* The status for a request to a route with these header fields, ended by NULL; 200: let in. */
static int status_of(const Route *route, const Pair *header)
{
    Request request = {.method = route->method, .path = route->path, .header = header};
    while (header[request.header_count].name)
        request.header_count++;
    reply_free(&refusal);
    return auth_takes(access, &request, route, who, &refusal) ? 200 : refusal.code;
}

#define STATUS(route, ...) status_of(route, (const Pair[]){__VA_ARGS__, {NULL, NULL}})
#define HOST                                                                                       \
    {                                                                                              \
        "Host", "localhost:8080"                                                                   \
    }

Test(auth, every_route_lets_in_its_scope_and_those_above_it)
{
    char header[100];
    for (size_t i = 0; route_at(i); i++) {
        for (int scope = SCOPE_PREDICT; scope < SCOPES; scope++) {
            snprintf(header, sizeof header, "Bearer %s", text[scope]);
            cr_expect_eq(STATUS(route_at(i), HOST, {"Authorization", header}),
                         (Scope)scope >= route_at(i)->scope ? 200 : 403, "%s of %s",
                         route_at(i)->path, text[scope]);
        }
        cr_expect_eq(STATUS(route_at(i), HOST), route_at(i)->scope == SCOPE_NONE ? 200 : 401);
    }
    reply_free(&refusal);
}

static const Route train = {.method = METHOD_POST, .path = "/t", .scope = SCOPE_TRAIN};
static const Route look = {.method = METHOD_GET, .path = "/t", .scope = SCOPE_TRAIN};

Test(auth, a_refusal_says_what_would_be_right)
{
    cr_expect_eq(STATUS(&train, HOST), 401);
    cr_expect_str_eq(refusal.asks, "Bearer realm=\"backpropd\"");
    cr_expect(strstr(refusal.body, "scope train"));
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer nobody"}), 401);
    cr_expect(strstr(refusal.asks, "error=\"invalid_token\""));
    cr_expect_null(strstr(refusal.body, "nobody"), "a token is not repeated");
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer predict-token"}), 403);
    cr_expect(strstr(refusal.asks, "error=\"insufficient_scope\", scope=\"train\""));
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer train-token x"}), 400);
    cr_expect(strstr(refusal.asks, "error=\"invalid_request\""));
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Basic YTpi"}), 401);
    cr_expect(strstr(refusal.body, "Basic") && !strstr(refusal.body, "YTpi"));
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "train-token"}), 401);
    cr_expect_null(strstr(refusal.body, "train-token"), "a token is not repeated");
    reply_free(&refusal);
}

Test(auth, whose_token_was_good_is_told_and_no_others)
{
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer admin-token"}), 200);
    cr_expect_str_eq(who, "admin-token");
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer predict-token"}), 403);
    cr_expect_str_eq(who, "predict-token", "of who tried, too");
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer nobody"}), 401);
    cr_expect_str_eq(who, "");
    cr_expect_eq(STATUS(&train, HOST), 401);
    cr_expect_str_eq(who, "");
    reply_free(&refusal);
}

Test(auth, two_authorizations_are_none)
{
    cr_expect_eq(STATUS(&train, HOST, {"Authorization", "Bearer admin-token"},
                        {"authorization", "Bearer admin-token"}),
                 400);
    reply_free(&refusal);
}

Test(auth, a_page_of_another_origin_may_look_and_change_nothing)
{
    static const char *const foreign[] = {"http://evil.example",
                                          "null",
                                          "",
                                          "localhost:8080",
                                          "http://localhost:8081",
                                          "https://a.example.evil",
                                          "file://localhost:8080",
                                          "http://localhost:80800"};
    const Pair good = {"Authorization", "Bearer admin-token"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        cr_expect_eq(STATUS(&train, HOST, good, {"Origin", foreign[i]}), 403, "%s", foreign[i]);
        cr_expect_null(refusal.asks, "another token would not help");
        cr_expect_eq(STATUS(&look, HOST, good, {"Origin", foreign[i]}), 200);
    }
    cr_expect_eq(STATUS(&train, HOST, good, {"Sec-Fetch-Site", "cross-site"}), 403);
    reply_free(&refusal);
}

Test(auth, our_own_pages_and_those_of_listed_origins_may_change_things)
{
    static const char *const fine[] = {"http://localhost:8080", "https://localhost:8080",
                                       "http://LOCALHOST:8080", "https://a.example"};
    const Pair good = {"Authorization", "Bearer admin-token"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        cr_expect_eq(STATUS(&train, HOST, good, {"Origin", fine[i]}), 200, "%s", fine[i]);
    cr_expect_eq(STATUS(&train, HOST, good, {"Origin", "https://a.example"},
                        {"Sec-Fetch-Site", "cross-site"}),
                 200);
    cr_expect_eq(STATUS(&train, HOST, good, {"Sec-Fetch-Site", "same-origin"}), 200);
    cr_expect_eq(STATUS(&train, HOST, good, {"Sec-Fetch-Site", "none"}), 200);
}

static void expect_bearer(const char *header, Bearer kind, const char *token)
{
    const char *found;
    size_t n;
    cr_expect_eq(auth_bearer(header, &found, &n), kind, "%s", header);
    if (token)
        cr_expect(n == strlen(token) && strncmp(found, token, n) == 0, "%s", header);
}

Test(auth, a_bearer_token_is_found_in_its_header)
{
    char header[TOKEN_LONG + 20] = "Bearer ";
    expect_bearer("Bearer abc", BEARER_TOKEN, "abc");
    expect_bearer("bEARER   a-._~+/9==", BEARER_TOKEN, "a-._~+/9==");
    expect_bearer("Bearer", BEARER_BROKEN, NULL);
    expect_bearer("Bearer ", BEARER_BROKEN, NULL);
    expect_bearer("Bearer =", BEARER_BROKEN, NULL);
    expect_bearer("Bearer a=b", BEARER_BROKEN, NULL);
    expect_bearer("Bearer a,b", BEARER_BROKEN, NULL);
    expect_bearer("Bearer a b", BEARER_BROKEN, NULL);
    expect_bearer("Bearer a ", BEARER_BROKEN, NULL);
    expect_bearer("Bearer\tabc", BEARER_BROKEN, NULL);
    expect_bearer("Bearer \xC3\xA9", BEARER_BROKEN, NULL);
    expect_bearer("Basic abc", BEARER_OTHER, "Basic");
    expect_bearer("BearerX abc", BEARER_OTHER, "BearerX");
    expect_bearer("bp_0123", BEARER_OTHER, "");
    expect_bearer("", BEARER_OTHER, "");
    memset(header + 7, 'x', TOKEN_LONG + 1);
    expect_bearer(header, BEARER_BROKEN, NULL);
    header[7 + TOKEN_LONG] = '\0';
    expect_bearer(header, BEARER_TOKEN, header + 7);
}
