/* Tokens that are made and revoked while the daemon runs: in the store, and in what requests are
 * held against.
 */
#ifndef TOKENS_TOKEN_CHANGE_H
#define TOKENS_TOKEN_CHANGE_H

#include "state/access.h"
#include "store/store.h"

/* Keeps the token, whose digest, scope and name are given; it is good when this returns, unless it
 * was revoked meanwhile. Fills the rest in. One whose digest is there already is that one.
 * STATUS_CONFLICT: there are TOKENS_MAX. */
Status token_change_add(Store *store, Access *access, Token *token) MUST_USE;

/* It is not good any more when this returns. STATUS_NOT_FOUND. */
Status token_change_revoke(Store *store, Access *access, const char *id) MUST_USE;

#endif
