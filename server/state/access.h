/* Who is let in: the tokens that are good now, whether anybody is asked for one, and the hosts and
 * origins that requests may name. What the store has is the truth; here is what each request needs.
 *
 * Thread rule: any function from any thread.
 */
#ifndef STATE_ACCESS_H
#define STATE_ACCESS_H

#include "state/token.h"

typedef struct Access Access;

/* How the daemon was started; the texts are borrowed for as long as the Access lives. */
typedef struct AccessRules {
    bool loopback;       /* only this machine reaches it */
    bool anonymous;      /* nobody is asked for a token, whatever tokens there are */
    bool asks;           /* else: tokens are asked for from the beginning */
    const char *hosts;   /* names of ours beside those of loopback, with commas between */
    const char *origins; /* whose pages may use it from a browser, with commas between */
} AccessRules;

/* NULL where there is no memory. */
Access *access_new(const AccessRules *rules) MUST_USE;
void access_free(Access *access);

/* The token, unless it is revoked, is good from now on, and tokens are asked for. To add it once
 * more changes nothing. False where there is no room: one more than TOKENS_MAX fit. */
bool access_add(Access *access, const Token *token) MUST_USE;

/* The token of that id is not good any more. */
void access_remove(Access *access, const char *id);

/* Tokens are asked for from now on, even if none is good. */
void access_close(Access *access);

/* Whether nobody is asked for a token; whether nobody will be, whatever tokens there are. */
bool access_is_open(Access *access);
bool access_is_anonymous(const Access *access);

/* What the token of that digest allows; SCOPE_NONE where there is none. Its id goes to `id`, unless
 * that is NULL. It takes as long for each digest, whatever it has in common with good ones. */
Scope access_scope(Access *access, const char digest[DIGEST_SIZE], char id[ID_SIZE]);

/* Whether the token of that id is good. */
bool access_knows(Access *access, const char *id);

/* Whether a request may call us by this host (a header Host). Where nobody is asked for a token, on
 * a loopback address or where names of ours are listed, only these and those of loopback: a page of
 * another site may have its name lead here (DNS rebinding), and a browser would take us for it. */
bool access_takes_host(Access *access, const char *host);

/* Whether pages of this origin may use the daemon from a browser; whether those of any may. */
bool access_takes_origin(const Access *access, const char *origin);
bool access_has_origins(const Access *access);

#endif
