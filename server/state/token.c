/* Scopes are in the order of what they allow; the store keeps their names. */
#include "state/token.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_BYTES 32

static const char *const names[SCOPES] = {"none", "predict", "train", "admin"};

const char *scope_name(Scope scope)
{
    return names[scope];
}

Scope scope_find(const char *name)
{
    for (int scope = SCOPE_PREDICT; scope < SCOPES; scope++)
        if (strcmp(names[scope], name) == 0)
            return (Scope)scope;
    return SCOPE_NONE;
}

/* getrandom gives up to 256 bytes whole, once the system has gathered enough. */
bool token_draw(char text[TOKEN_TEXT])
{
    unsigned char bytes[RANDOM_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    int at = snprintf(text, TOKEN_TEXT, "bp_");
    for (size_t i = 0; i < sizeof bytes; i++)
        at += snprintf(text + at, TOKEN_TEXT - (size_t)at, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof bytes);
    return true;
}

size_t token_span(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/");
    return n > 0 ? n + strspn(text + n, "=") : 0;
}

bool token_name_is_fine(const char *name)
{
    size_t n = 0;
    while (name[n] >= ' ' && name[n] <= '~')
        n++;
    return name[n] == '\0' && n < TOKEN_NAME;
}
