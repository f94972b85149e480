/* Any text as Authorization, as Host, as Origin, and as what the command leaves for the daemon.
 * What is found lies in the text, is of the characters that it may have, and reads back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/auth.h"
#include "fuzz/fuzz.h"
#include "tokens/token_ask.h"
#include "tools/address.h"

static void check(int holds)
{
    if (!holds)
        abort();
}

static void try_bearer(const char *text)
{
    const char *token = NULL;
    size_t n = 0;
    Bearer bearer = auth_bearer(text, &token, &n);
    if (bearer == BEARER_BROKEN)
        return;
    check(token >= text && token + n <= text + strlen(text));
    check(bearer != BEARER_TOKEN || (n > 0 && n <= TOKEN_LONG && token_span(token) == n &&
                                     token[n] == '\0' && !strpbrk(token, " \t,\"")));
}

static void try_host(const char *text)
{
    char host[ADDRESS_HOST], again[ADDRESS_HOST];
    if (!address_host(text, host))
        return;
    check(strlen(host) <= strlen(text) && address_is_host(host));
    if (!strchr(host, ':'))
        check(address_host(host, again) && strcmp(host, again) == 0);
}

static void try_origin(const char *text)
{
    static const char listed[] = "https://a.example,http://localhost:3000";
    if (address_is_origin(text))
        check(strncmp(text, "http", 4) == 0 && !strpbrk(text, ", \t\"<>"));
    const char *found = address_in_list(listed, text);
    check(!found || (strlen(text) > 0 && !strchr(text, ',')));
}

static void try_access(const char *text)
{
    static Access *access;
    AccessRules rules = {.loopback = true, .hosts = "net.example", .origins = ""};
    char host[ADDRESS_HOST];
    if (!access)
        access = access_new(&rules);
    if (access && access_takes_host(access, text))
        check(address_host(text, host) &&
              (address_is_loopback(host) || strlen(host) == strlen(rules.hosts)));
}

static void try_ask(const char *text)
{
    Token token;
    if (token_ask_parse(text, &token))
        check(token.id[0]
                  ? id_has_form(token.id, "tok")
                  : token.scope > SCOPE_NONE && token.scope < SCOPES &&
                        strlen(token.digest) == DIGEST_SIZE - 1 && token_name_is_fine(token.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    try_bearer(text);
    try_host(text);
    try_origin(text);
    try_access(text);
    try_ask(text);
    free(text);
    return 0;
}
