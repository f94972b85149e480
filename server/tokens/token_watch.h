/* The daemon's end of what `backpropd token` asks: a thread that takes the files of token_ask.h and
 * does what they say.
 */
#ifndef TOKENS_TOKEN_WATCH_H
#define TOKENS_TOKEN_WATCH_H

#include "state/access.h"
#include "store/store.h"

typedef struct TokenWatch TokenWatch;

/* Begins; all are borrowed. NULL where there is no memory or no thread. */
TokenWatch *token_watch_start(const char *dir, Store *store, Access *access) MUST_USE;
void token_watch_stop(TokenWatch *watch);

#endif
