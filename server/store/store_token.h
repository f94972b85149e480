/* Tokens in the store: their digests only. Errors beside those of store.h are named at each.
 */
#ifndef STORE_STORE_TOKEN_H
#define STORE_STORE_TOKEN_H

#include "state/token.h"
#include "store/store.h"

/* Adds a token with its name, digest and scope; fills in the rest. A digest that is there already
 * is the token that has it. STATUS_CONFLICT: TOKENS_MAX are there that are not revoked. */
Status store_token_add(Store *store, Token *token) MUST_USE;

/* Revokes a token. STATUS_NOT_FOUND: there is none, or it is revoked. */
Status store_token_revoke(Store *store, const char *id) MUST_USE;

/* A token, revoked or not. STATUS_NOT_FOUND. */
Status store_token_get(Store *store, const char *id, Token *token) MUST_USE;

/* A page of the tokens that are not revoked; *tokens is to be freed with free(). */
Status store_token_list(Store *store, StorePage page, Token **tokens, size_t *count,
                        bool *more) MUST_USE;

/* Whether there is a token of that digest. */
Status store_token_has(Store *store, const char *digest, bool *has) MUST_USE;

/* All tokens that there ever were, newest first, to be freed with free(). */
Status store_token_all(Store *store, Token **tokens, size_t *count) MUST_USE;

#endif
