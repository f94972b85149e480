/* Three lines, or one: "add\tSCOPE\tDIGEST\tNAME" or "revoke\tID", ended by a line end. The file is
 * written under another name and then renamed, so that the daemon finds it whole. It may be read by
 * all who reach the directory, as the daemon may be another user than who asks.
 */
#include "tokens/token_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "token-"
#define SUFFIX ".ask"
#define TEXT 400

static bool write_all(int file, const char *text)
{
    size_t n = strlen(text);
    bool written = write(file, text, n) == (ssize_t)n && fchmod(file, 0644) == 0;
    return close(file) == 0 && written;
}

bool token_ask_leave(const char *dir, const Token *token, char path[ASK_PATH])
{
    char hidden[ASK_PATH], text[TEXT];
    if (token->id[0])
        snprintf(text, sizeof text, "revoke\t%s\n", token->id);
    else
        snprintf(text, sizeof text, "add\t%s\t%s\t%s\n", scope_name(token->scope), token->digest,
                 token->name);
    snprintf(hidden, sizeof hidden, "%s/." PREFIX "XXXXXX", dir);
    int file = mkstemp(hidden);
    if (file < 0)
        return false;
    snprintf(path, ASK_PATH, "%s/" PREFIX "%s" SUFFIX, dir, hidden + strlen(hidden) - 6);
    if (write_all(file, text) && rename(hidden, path) == 0)
        return true;
    int why = errno;
    unlink(hidden);
    errno = why;
    return false;
}

/* The text up to the next separator, which is cut off; *rest is moved behind it. */
static char *next(char **rest, const char *separator)
{
    char *field = *rest;
    char *end = strpbrk(field, separator);
    if (!end)
        return NULL;
    *end = '\0';
    *rest = end + 1;
    return field;
}

static bool parse_add(char *rest, Token *token)
{
    const char *scope = next(&rest, "\t");
    const char *digest = scope ? next(&rest, "\t") : NULL;
    const char *name = digest ? next(&rest, "\n") : NULL;
    if (!name || *rest || !token_name_is_fine(name) || strlen(digest) != DIGEST_SIZE - 1 ||
        strspn(digest, "0123456789abcdef") != DIGEST_SIZE - 1)
        return false;
    token->scope = scope_find(scope);
    memcpy(token->digest, digest, DIGEST_SIZE);
    snprintf(token->name, sizeof token->name, "%s", name);
    return token->scope != SCOPE_NONE;
}

bool token_ask_parse(const char *text, Token *token)
{
    char copy[TEXT];
    char *rest = copy;
    *token = (Token){0};
    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    const char *what = next(&rest, "\t");
    if (what && strcmp(what, "add") == 0)
        return parse_add(rest, token);
    const char *id = what && strcmp(what, "revoke") == 0 ? next(&rest, "\n") : NULL;
    if (!id || *rest || !id_has_form(id, "tok"))
        return false;
    snprintf(token->id, sizeof token->id, "%s", id);
    return true;
}

bool token_ask_read(const char *path, Token *token)
{
    char text[TEXT + 1];
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t n = read(file, text, sizeof text - 1);
    close(file);
    if (n <= 0 || n == TEXT)
        return false;
    text[n] = '\0';
    return strlen(text) == (size_t)n && token_ask_parse(text, token);
}

bool token_ask_is(const char *name)
{
    size_t n = strlen(name), tail = sizeof SUFFIX - 1;
    return strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 && n > sizeof PREFIX - 1 + tail &&
           strcmp(name + n - tail, SUFFIX) == 0;
}
