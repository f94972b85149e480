/* Whether a request is let in: by the host that it names, the page that it comes from, and its
 * token. Each refusal is a complete reply.
 */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "api/route.h"
#include "state/access.h"

/* Whether the header Host may be answered; STATUS_MISDIRECTED otherwise. */
bool auth_takes_host(Access *access, const Request *request, Reply *refusal);

/* Whether page and token allow the route: STATUS_FORBIDDEN for a change that a page of another
 * origin asks for, and for a token of too small a scope; STATUS_UNAUTHORIZED without a token that
 * is good; STATUS_MALFORMED (RFC 6750, 3.1) for an Authorization that cannot be read. who: the id
 * of the token, "" where none was asked for or is good. */
bool auth_takes(Access *access, const Request *request, const Route *route, char who[ID_SIZE],
                Reply *refusal);

/* Whether who was let in once, and gets a stream, would still be. */
bool auth_still_takes(Access *access, const Route *route, const char *who);

/* The header Origin where it is of a page that may read the reply; NULL otherwise. */
const char *auth_origin(const Access *access, const Request *request);

/* What a header Authorization holds. */
typedef enum Bearer {
    BEARER_TOKEN,  /* a token: *token has n bytes of it, in the header */
    BEARER_BROKEN, /* of this scheme, but no token */
    BEARER_OTHER   /* of another scheme: *token is its name, of n bytes (0: unnamed) */
} Bearer;
Bearer auth_bearer(const char *header, const char **token, size_t *n);

#endif
