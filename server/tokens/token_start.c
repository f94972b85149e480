/* On a loopback address nobody is asked for a token until one was made, by whatever way; on another
 * one everybody is, always. A revoked token counts as made: to revoke the last opens nothing.
 */
#include "tokens/token_start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_token.h"
#include "tokens/token_change.h"
#include "tools/address.h"
#include "tools/log.h"

#define VARIABLE "BACKPROPD_TOKEN"

static Status refuse(StartWhy why, const char *source, const char *what)
{
    snprintf(why.text, why.size, "%s%s", source, what);
    return STATUS_INVALID;
}

/* The first line of the file, without its end. */
static Status read_file(const char *path, char text[TOKEN_LONG + 3], StartWhy why)
{
    FILE *file = fopen(path, "r");
    bool read = file && fgets(text, TOKEN_LONG + 3, file);
    if (!read)
        snprintf(why.text, why.size, "--token-file: %s cannot be read: %s", path,
                 file && !ferror(file) ? "it is empty" : strerror(errno));
    if (file)
        fclose(file);
    if (read)
        text[strcspn(text, "\r\n")] = '\0';
    return read ? STATUS_OK : STATUS_INVALID;
}

static Status check(const char *text, const char *source, StartWhy why)
{
    size_t n = token_span(text);
    if (text[n] != '\0' || n < TOKEN_GIVEN || n > TOKEN_LONG)
        return refuse(why, source,
                      " must hold a token of 32 to 256 of the characters A-Z a-z 0-9 - . _ ~ + /; "
                      "`openssl rand -hex 32` makes one");
    return STATUS_OK;
}

/* What the environment held is wiped out, so that /proc does not show it. */
Status token_given(const Conf *conf, Token *token, StartWhy why)
{
    char text[TOKEN_LONG + 3] = "";
    char *variable = getenv(VARIABLE);
    const char *source = variable ? VARIABLE : "--token-file:";
    Status status = STATUS_OK;
    *token = (Token){.id = "operator", .scope = SCOPE_ADMIN};
    if (!variable && !conf->token_file[0])
        return STATUS_OK;
    if (variable && conf->token_file[0])
        return refuse(why, VARIABLE, " and --token-file are both given: take one of them away");
    if (conf->allow_anonymous)
        return refuse(why, source,
                      " and --allow-anonymous contradict each other: one asks for a token, the "
                      "other for none");
    if (variable)
        snprintf(text, sizeof text, "%s", variable);
    else
        status = read_file(conf->token_file, text, why);
    if (status == STATUS_OK)
        status = check(text, source, why);
    if (status == STATUS_OK && !digest_of(text, strlen(text), token->digest))
        status = refuse(why, source, ": there is not enough memory");
    explicit_bzero(text, sizeof text);
    if (variable)
        explicit_bzero(variable, strlen(variable));
    return status;
}

/* The tokens of the store; *ever: there are some, if only revoked ones. */
static Status read_stored(Store *store, Access *access, bool *ever, StartWhy why)
{
    Token *tokens;
    size_t count;
    Status status = store_token_all(store, &tokens, &count);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = access_add(access, &tokens[i]) ? STATUS_OK : STATUS_CONFLICT;
    free(tokens);
    *ever = count > 0;
    if (status != STATUS_OK)
        snprintf(why.text, why.size, "the tokens in the store cannot be read: %s",
                 status_title(status));
    return status;
}

static bool reaches_only_here(const Conf *conf)
{
    char host[ADDRESS_HOST], port[8];
    return address_split(conf->listen, host, port) == STATUS_OK && address_is_loopback(host);
}

Status token_start(const Conf *conf, Store *store, const Token *given, TokenStart *start,
                   StartWhy why)
{
    bool ever = false;
    AccessRules rules = {.loopback = reaches_only_here(conf),
                         .anonymous = conf->allow_anonymous != 0,
                         .hosts = conf->host_name,
                         .origins = conf->cors_origin};
    rules.asks = !rules.loopback;
    Access *access = access_new(&rules);
    *start = (TokenStart){.access = access};
    if (!access) {
        snprintf(why.text, why.size, "there is not enough memory");
        return STATUS_NO_MEMORY;
    }
    Status status = read_stored(store, access, &ever, why);
    if (status == STATUS_OK && given->digest[0])
        status = access_add(access, given) ? STATUS_OK : STATUS_CONFLICT;
    if (ever)
        access_close(access);
    start->first = !ever && !given->digest[0] && !access_is_open(access);
    if (rules.anonymous && (ever || !rules.loopback))
        log_warning("open", LOG_TEXT("why", "--allow-anonymous: who reaches the port may do "
                                            "everything, whatever tokens there are"));
    return status;
}

/* The URL for a client on this machine, of one whose host may stand for all of its addresses. */
static void reach(const char *url, size_t size, char *here)
{
    const char *host = strstr(url, "://") + 3;
    const char *port = strrchr(host, ':');
    bool all = strncmp(host, "0.0.0.0:", 8) == 0 || strncmp(host, "[::]:", 5) == 0;
    snprintf(here, size, "%.*s%s%s", (int)(host - url), url, all ? "localhost" : host,
             all ? port : "");
}

Status token_first(Store *store, Access *access, const char *url)
{
    Token token = {.name = "first", .scope = SCOPE_ADMIN};
    char text[TOKEN_TEXT], here[ADDRESS_HOST + 64];
    if (!token_draw(text) || !digest_of(text, strlen(text), token.digest))
        return STATUS_NO_MEMORY;
    Status status = token_change_add(store, access, &token);
    if (status != STATUS_OK)
        return status;
    reach(url, sizeof here, here);
    printf("backpropd: others reach this address, so who asks has to show a token. This one, an\n"
           "administrator's, was made now and is shown only once:\n\n"
           "  %s\n\n"
           "  curl -H 'Authorization: Bearer %s' \\\n    %s/v1/models\n\n"
           "`backpropd token` makes more and revokes them; --allow-anonymous asks for none.\n",
           text, text, here);
    fflush(stdout);
    explicit_bzero(text, sizeof text);
    log_info("token-made", LOG_TEXT("id", token.id), LOG_TEXT("scope", scope_name(token.scope)),
             LOG_TEXT("by", "the first start"));
    return STATUS_OK;
}
