/* Without a daemon the command opens the store itself, as a daemon does; with one it asks that
 * daemon by a file (token_ask.h) and reads beside it what became of it. The token goes to standard
 * output alone, so that a script can take it; what explains it goes to standard error.
 */
#include "commands/token_command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/command.h"
#include "store/store_token.h"
#include "tokens/token_ask.h"
#include "tools/clock.h"
#include "tools/log.h"

#define ANSWER_SECONDS 5 /* that a daemon has to do what it is asked */
#define LOOK_NS (10L * 1000 * 1000)

const char token_usage[] =
    "usage: backpropd token create SCOPE [NAME] [--data-dir=DIR]\n"
    "       backpropd token list [--data-dir=DIR]\n"
    "       backpropd token revoke ID [--data-dir=DIR]\n\n"
    "SCOPE: predict (predict, and read models), train (datasets and jobs too), admin (all).\n"
    "NAME: whose it is, for your own memory. The daemon on the store may run or not; run this as\n"
    "its user. Clients send the token as `Authorization: Bearer TOKEN`.\n";

static int fail(const char *why)
{
    return command_fail("token", "%s", why);
}

static int misuse(const char *what)
{
    return command_misuse("token", what);
}

/* What the store says of a piece of writing, as a sentence. */
static const char *sentence(Status status, const Token *token)
{
    static char text[200];
    if (status == STATUS_NOT_FOUND)
        snprintf(text, sizeof text, "there is no token '%.40s'; `backpropd token list` shows them",
                 token->id);
    else if (status == STATUS_CONFLICT)
        snprintf(text, sizeof text, "there are %d tokens that are not revoked, as many as are kept",
                 TOKENS_MAX);
    else
        snprintf(text, sizeof text, "%s", status_title(status));
    return text;
}

static Status do_here(Store *store, Token *token)
{
    return token->id[0] ? store_token_revoke(store, token->id) : store_token_add(store, token);
}

/* Whether the store has what the daemon was asked for. */
static Status look(const char *dir, const Token *token, char *why, size_t size)
{
    Store *store;
    Token found;
    bool there = false;
    Status status = store_peek(dir, &store, why, size);
    if (status != STATUS_OK)
        return status;
    if (token->id[0]) {
        status = store_token_get(store, token->id, &found);
        there = status == STATUS_OK && found.revoked_at != 0;
    } else {
        status = store_token_has(store, token->digest, &there);
    }
    store_close(store);
    if (status == STATUS_OK && !there) {
        snprintf(why, size, "the daemon refused; its log says why");
        return STATUS_INTERNAL;
    }
    if (status != STATUS_OK)
        snprintf(why, size, "%s", sentence(status, token));
    return status;
}

static bool wait_until_gone(const char *path)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    double deadline = clock_seconds() + ANSWER_SECONDS;
    while (access(path, F_OK) == 0 && clock_seconds() < deadline)
        nanosleep(&pause, NULL);
    return unlink(path) != 0 && errno == ENOENT;
}

/* Asks the daemon that has the store. */
static Status ask(const char *dir, const Token *token, char *why, size_t size)
{
    char path[ASK_PATH];
    if (!token_ask_leave(dir, token, path)) {
        snprintf(why, size, "nothing can be written to %s: %s; run this as the daemon's user", dir,
                 strerror(errno));
        return STATUS_STORE;
    }
    if (!wait_until_gone(path)) {
        snprintf(why, size, "the daemon on %s did not answer within %d s; nothing was changed", dir,
                 ANSWER_SECONDS);
        return STATUS_TIMEOUT;
    }
    return look(dir, token, why, size);
}

/* Adds or revokes, by whoever may write; a daemon without an answer may have been about to end.
 * No store is made for it: a folder that holds none is a mistake in --data-dir. */
static Status change(const char *dir, Token *token, char *why, size_t size)
{
    Store *store;
    char unused[512];
    Status status = store_peek(dir, &store, why, size);
    if (status == STATUS_NOT_FOUND)
        return status;
    store_close(store);
    status = store_open(dir, &store, why, size);
    if (status == STATUS_BUSY) {
        status = ask(dir, token, why, size);
        if (status != STATUS_TIMEOUT || store_open(dir, &store, unused, sizeof unused))
            return status;
    } else if (status != STATUS_OK) {
        return status;
    }
    status = do_here(store, token);
    store_close(store);
    if (status != STATUS_OK)
        snprintf(why, size, "%s", sentence(status, token));
    return status;
}

static int do_create(const Conf *conf, size_t count, char *const *words)
{
    Token token = {0};
    char text[TOKEN_TEXT], why[512] = "";
    if (count < 1 || count > 2)
        return misuse("create takes a scope, and maybe a name");
    token.scope = scope_find(words[0]);
    if (token.scope == SCOPE_NONE)
        return misuse("the scope must be predict, train or admin");
    if (count > 1 && !token_name_is_fine(words[1]))
        return misuse("the name must be at most 100 printable characters of ASCII");
    snprintf(token.name, sizeof token.name, "%s", count > 1 ? words[1] : "");
    if (!token_draw(text) || !digest_of(text, strlen(text), token.digest))
        return fail("the system gives no random numbers");
    if (change(conf->data_dir, &token, why, sizeof why) != STATUS_OK)
        return fail(why);
    fprintf(stderr, "A token of the scope %s; it is shown only once:\n", scope_name(token.scope));
    printf("%s\n", text);
    explicit_bzero(text, sizeof text);
    return 0;
}

static int do_revoke(const Conf *conf, size_t count, char *const *words)
{
    Token token = {0};
    char why[512] = "";
    if (count != 1)
        return misuse("revoke takes the id of a token");
    if (!id_has_form(words[0], "tok"))
        return misuse("an id is tok_ and 20 characters; `backpropd token list` shows them");
    snprintf(token.id, sizeof token.id, "%s", words[0]);
    Status status = look(conf->data_dir, &token, why, sizeof why);
    if (status == STATUS_INTERNAL) /* it is there, and not revoked yet */
        status = change(conf->data_dir, &token, why, sizeof why);
    if (status != STATUS_OK)
        return fail(why);
    fprintf(stderr, "%s is revoked.\n", token.id);
    return 0;
}

static void show(const Token *token)
{
    char made[CLOCK_TEXT], revoked[CLOCK_TEXT] = "-";
    clock_text(token->created_at, made);
    if (token->revoked_at)
        clock_text(token->revoked_at, revoked);
    printf("%-24s  %-7s  %-24s  %-24s  %s\n", token->id, scope_name(token->scope), made, revoked,
           token->name);
}

static int do_list(const Conf *conf, size_t count, char *const *words)
{
    Store *store;
    Token *tokens;
    char why[512] = "";
    (void)words; /* there is none */
    if (count > 0)
        return misuse("list takes nothing more");
    Status status = store_peek(conf->data_dir, &store, why, sizeof why);
    if (status != STATUS_OK)
        return fail(why);
    status = store_token_all(store, &tokens, &count);
    store_close(store);
    if (status != STATUS_OK)
        return fail(status_title(status));
    printf("%-24s  %-7s  %-24s  %-24s  %s\n", "ID", "SCOPE", "CREATED", "REVOKED", "NAME");
    for (size_t i = 0; i < count; i++)
        show(&tokens[i]);
    free(tokens);
    return 0;
}

int token_command(const Conf *conf, size_t count, char *const *words)
{
    static const struct {
        const char *word;
        int (*run)(const Conf *conf, size_t count, char *const *words);
    } commands[] = {{"create", do_create}, {"list", do_list}, {"revoke", do_revoke}};
    log_set_level(LOG_WARNING);
    if (count == 0) {
        fputs(token_usage, stderr);
        return COMMAND_MISUSE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].word, words[0]) == 0)
            return commands[i].run(conf, count - 1, words + 1);
    return misuse("it is create, list or revoke");
}
