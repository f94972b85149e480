/* What `backpropd token` asks of a daemon that runs. Only one process may write to the store, so
 * the other leaves a file in its directory, which the daemon takes away when it is done: whoever
 * may write there may do everything anyway. The file holds a digest, never a token.
 */
#ifndef TOKENS_TOKEN_ASK_H
#define TOKENS_TOKEN_ASK_H

#include "state/token.h"

#define ASK_PATH 4200

/* A token with an id is to be revoked, another one to be added. */

/* Leaves the file; *path is where. False, with errno, where that cannot be. */
bool token_ask_leave(const char *dir, const Token *token, char path[ASK_PATH]) MUST_USE;

/* Reads a file; false where it is none that token_ask_leave wrote. */
bool token_ask_read(const char *path, Token *token) MUST_USE;

/* The same for its text. */
bool token_ask_parse(const char *text, Token *token) MUST_USE;

/* Whether a file of that name is one. */
bool token_ask_is(const char *name);

#endif
