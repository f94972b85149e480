/* The order: page, then token, then scope. A page is looked at first, so that a browser that keeps
 * a token cannot be made to use it by a page of another site. */
#include "api/auth.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define REALM "Bearer realm=\"backpropd\""

bool auth_takes_host(Access *access, const Request *request, Reply *refusal)
{
    const char *host = request_header(request, "Host"); /* HTTP/1.0, and so no browser, has none */
    if (!host || access_takes_host(access, host))
        return true;
    *refusal = reply_status(request, STATUS_MISDIRECTED,
                            "'%.100s' is not a name of this host: while the daemon asks for no "
                            "token it answers to localhost, 127.0.0.1 and [::1], and to the names "
                            "of --host-name",
                            host);
    return false;
}

/* Whether a browser says that the request is of a page that is neither ours nor listed. */
static bool is_foreign(const Access *access, const Request *request)
{
    const char *origin = request_header(request, "Origin");
    if (!origin) {
        const char *site = request_header(request, "Sec-Fetch-Site");
        return site && strcasecmp(site, "cross-site") == 0;
    }
    if (access_takes_origin(access, origin))
        return false;
    const char *host = request_header(request, "Host");
    const char *rest = strstr(origin, "://");
    bool http = strncmp(origin, "http://", 7) == 0 || strncmp(origin, "https://", 8) == 0;
    return !http || !host || strcasecmp(rest + 3, host) != 0;
}

static Reply refuse_page(const Request *request)
{
    const char *origin = request_header(request, "Origin");
    return reply_status(request, STATUS_FORBIDDEN,
                        "a page of another origin, '%.100s', may change nothing here; start the "
                        "daemon with --cors-origin=ORIGIN to let it",
                        origin ? origin : "unnamed");
}

Bearer auth_bearer(const char *header, const char **token, size_t *n)
{
    size_t scheme = strcspn(header, " \t");
    *token = header;
    *n = scheme;
    if (scheme != 6 || strncasecmp(header, "Bearer", 6) != 0) {
        *n = header[scheme] ? scheme : 0; /* a word alone may be a token that lost its scheme */
        return BEARER_OTHER;
    }
    *token = header + scheme + strspn(header + scheme, " ");
    *n = token_span(*token);
    return *n > 0 && *n <= TOKEN_LONG && (*token)[*n] == '\0' ? BEARER_TOKEN : BEARER_BROKEN;
}

static size_t count_of(const Request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcasecmp(request->header[i].name, name) == 0;
    return count;
}

static Reply refuse_header(const Request *request)
{
    Reply reply = reply_status(request, STATUS_MALFORMED,
                               "Authorization must be there once and be 'Bearer TOKEN', the token "
                               "being of A-Z a-z 0-9 - . _ ~ + / and at most %d characters",
                               TOKEN_LONG);
    reply.asks = REALM ", error=\"invalid_request\"";
    return reply;
}

static Reply refuse_without(const Request *request, const Route *route, const char *scheme,
                            size_t n)
{
    Reply reply = reply_status(request, STATUS_UNAUTHORIZED,
                               "this needs a token with the scope %s: send it as 'Authorization: "
                               "Bearer TOKEN'%s%.*s%s; /problems/unauthorized tells where tokens "
                               "come from",
                               scope_name(route->scope), n ? ", not as '" : "",
                               (int)(n < 40 ? n : 40), scheme, n ? "'" : "");
    reply.asks = REALM;
    return reply;
}

static Reply refuse_unknown(const Request *request)
{
    Reply reply = reply_status(request, STATUS_UNAUTHORIZED,
                               "the token is not known here: it was revoked, is that of another "
                               "daemon, or was not copied whole");
    reply.asks = REALM ", error=\"invalid_token\"";
    return reply;
}

static Reply refuse_scope(const Request *request, const Route *route, Scope has)
{
    static const char *const asks[SCOPES] = {
        REALM,
        REALM ", error=\"insufficient_scope\", scope=\"predict\"",
        REALM ", error=\"insufficient_scope\", scope=\"train\"",
        REALM ", error=\"insufficient_scope\", scope=\"admin\"",
    };
    Reply reply = reply_status(request, STATUS_FORBIDDEN,
                               "the token has the scope %s, and this needs %s: ask an "
                               "administrator for one",
                               scope_name(has), scope_name(route->scope));
    reply.asks = asks[route->scope];
    return reply;
}

/* Whether the token is good for the route. */
static bool takes_token(Access *access, const Request *request, const Route *route,
                        char who[ID_SIZE], Reply *refusal)
{
    const char *header = request_header(request, "Authorization");
    const char *token = "";
    char digest[DIGEST_SIZE];
    size_t n = 0;
    Bearer bearer = header ? auth_bearer(header, &token, &n) : BEARER_OTHER;
    if (bearer == BEARER_BROKEN || count_of(request, "Authorization") > 1) {
        *refusal = refuse_header(request);
        return false;
    }
    if (bearer == BEARER_OTHER) {
        *refusal = refuse_without(request, route, token, n);
        return false;
    }
    if (!digest_of(token, n, digest)) {
        *refusal = reply_store(request, STATUS_NO_MEMORY, "token", "");
        return false;
    }
    Scope has = access_scope(access, digest, who);
    if (has == SCOPE_NONE)
        *refusal = refuse_unknown(request);
    else if (has < route->scope)
        *refusal = refuse_scope(request, route, has);
    return has != SCOPE_NONE && has >= route->scope;
}

bool auth_takes(Access *access, const Request *request, const Route *route, char who[ID_SIZE],
                Reply *refusal)
{
    who[0] = '\0';
    if (request->method != METHOD_GET && is_foreign(access, request)) {
        *refusal = refuse_page(request);
        return false;
    }
    return route->scope == SCOPE_NONE || access_is_open(access) ||
           takes_token(access, request, route, who, refusal);
}

bool auth_still_takes(Access *access, const Route *route, const char *who)
{
    return route->scope == SCOPE_NONE || access_is_open(access) || access_knows(access, who);
}

const char *auth_origin(const Access *access, const Request *request)
{
    const char *origin = request_header(request, "Origin");
    return origin && access_takes_origin(access, origin) ? origin : NULL;
}
