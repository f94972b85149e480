/* What the command leaves for a daemon, and that the daemon does it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_token.h"
#include "test_store_fixture.h"
#include "tokens/token_ask.h"
#include "tokens/token_watch.h"
#include "waiting.h"

TestSuite(token_ask, .init = fixture_start, .fini = fixture_end);

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

Test(token_ask, is_read_as_it_was_left)
{
    char path[ASK_PATH];
    Token read, token = {.scope = SCOPE_TRAIN, .name = "Anna's laptop"};
    memcpy(token.digest, zeros, sizeof zeros);
    cr_assert(token_ask_leave(fixture_dir(), &token, path));
    cr_expect(token_ask_is(strrchr(path, '/') + 1), "%s", path);
    cr_assert(token_ask_read(path, &read));
    cr_expect(read.scope == SCOPE_TRAIN && strcmp(read.name, token.name) == 0 && !read.id[0]);
    cr_expect_str_eq(read.digest, zeros);
    unlink(path);
    snprintf(token.id, sizeof token.id, "tok_0123456789abcdefghjk");
    cr_assert(token_ask_leave(fixture_dir(), &token, path));
    cr_assert(token_ask_read(path, &read));
    cr_expect_str_eq(read.id, token.id);
}

Test(token_ask, cannot_be_left_where_nothing_can_be_written)
{
    char path[ASK_PATH];
    Token token = {.scope = SCOPE_TRAIN};
    cr_expect_not(token_ask_leave("/proc/none", &token, path));
}

Test(token_ask, other_files_are_not_taken_for_one)
{
    cr_expect(token_ask_is("token-aB3dE6.ask"));
    static const char *const others[] = {"",          "backpropd.db", ".token-aB3dE6",
                                         "token-a",   "token-.ask",   "token-a.ask~",
                                         "token.ask", "xtoken-a.ask"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(token_ask_is(others[i]), "%s", others[i]);
}

Test(token_ask, with_a_mistake_is_not_taken)
{
    static const char *const wrong[] = {
        "",
        "\n",
        "add",
        "add\t\n",
        "add\ttrain\t%s\tname",
        "add\tnone\t%s\tname\n",
        "add\troot\t%s\tname\n",
        "add\ttrain\tx%s\tname\n",
        "add\ttrain\t\tname\n",
        "add\ttrain\t%s\tna\tme\n",
        "add\ttrain\t%s\tname\nmore",
        "add\ttrain\t%s\n",
        "Add\ttrain\t%s\tname\n",
        "revoke\t\n",
        "revoke\ttok_1\n",
        "revoke\ttok_0123456789abcdefghjk",
        "revoke\ttok_0123456789abcdefghjk\n\n",
        "revoke\tjob_0123456789abcdefghjk\n",
    };
    char text[1000];
    Token token;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = strstr(wrong[i], "%s");
        int head = at ? (int)(at - wrong[i]) : (int)strlen(wrong[i]);
        snprintf(text, sizeof text, "%.*s%s%s", head, wrong[i], at ? zeros : "", at ? at + 2 : "");
        cr_expect_not(token_ask_parse(text, &token), "%s", text);
    }
    snprintf(text, sizeof text, "add\ttrain\t%s\tname\n", zeros);
    cr_expect(token_ask_parse(text, &token));
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_expect_not(token_ask_parse(text, &token));
}

static Store *store;
static Access *access_now;
static TokenWatch *watch;

static void begin_watch(void)
{
    AccessRules rules = {.loopback = true, .hosts = "", .origins = ""};
    store = fixture_store();
    access_now = access_new(&rules);
    watch = token_watch_start(fixture_dir(), store, access_now);
    cr_assert(access_now && watch);
}

static void end_watch(void)
{
    token_watch_stop(watch);
    access_free(access_now);
    store_close(store);
}

static char asked[ASK_PATH];

static bool is_taken(void)
{
    return access(asked, F_OK) != 0;
}

static void leave(const Token *token)
{
    cr_assert(token_ask_leave(fixture_dir(), token, asked));
    WAIT_FOR(is_taken());
}

Test(token_ask, is_obeyed_by_a_daemon_that_runs)
{
    Token *all, token = {.scope = SCOPE_PREDICT};
    size_t count;
    memcpy(token.digest, zeros, sizeof zeros);
    begin_watch();
    leave(&token);
    cr_assert_eq(store_token_all(store, &all, &count), STATUS_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(access_scope(access_now, zeros, NULL), SCOPE_PREDICT);
    cr_expect_not(access_is_open(access_now));
    leave(all);
    cr_expect_eq(access_scope(access_now, zeros, NULL), SCOPE_NONE);
    free(all);
    leave(&token);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM tokens"), 1);
    cr_expect_eq(access_scope(access_now, zeros, NULL), SCOPE_NONE, "what is revoked stays so");
    end_watch();
}

Test(token_ask, that_waits_is_obeyed_when_the_daemon_starts)
{
    Token token = {.scope = SCOPE_ADMIN};
    memcpy(token.digest, zeros, sizeof zeros);
    cr_assert(token_ask_leave(fixture_dir(), &token, asked));
    begin_watch();
    WAIT_FOR(is_taken());
    cr_expect_eq(access_scope(access_now, zeros, NULL), SCOPE_ADMIN);
    end_watch();
}

Test(token_ask, that_is_broken_or_no_file_is_taken_away_without_harm)
{
    begin_watch();
    for (int kind = 0; kind < 3; kind++) {
        snprintf(asked, sizeof asked, "%s", fixture_path("token-broken.ask"));
        FILE *file = fopen(fixture_path("hidden"), "w");
        cr_assert(file && fputs(kind == 0 ? "nonsense\n" : "", file) >= 0 && fclose(file) == 0);
        if (kind == 2)
            cr_assert(unlink(fixture_path("hidden")) == 0 &&
                      symlink("/etc/passwd", fixture_path("hidden")) == 0);
        char from[500];
        snprintf(from, sizeof from, "%s", fixture_path("hidden"));
        cr_assert_eq(rename(from, asked), 0);
        WAIT_FOR(is_taken());
    }
    cr_expect(access_is_open(access_now));
    end_watch();
}
