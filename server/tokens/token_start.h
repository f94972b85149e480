/* Who is let in when the daemon starts.
 */
#ifndef TOKENS_TOKEN_START_H
#define TOKENS_TOKEN_START_H

#include "state/access.h"
#include "store/store.h"
#include "tools/conf.h"

/* Where a sentence for the operator goes. */
typedef struct StartWhy {
    char *text;
    size_t size;
} StartWhy;

/* The administrator's own token, of BACKPROPD_TOKEN or --token-file; its digest is "" where neither
 * is given. To be read once: what the environment held is wiped out. On failure *why is a sentence.
 * STATUS_INVALID for a token that cannot be one, or that is given twice. */
Status token_given(const Conf *conf, Token *given, StartWhy why) MUST_USE;

/* Who is let in, and whether nobody is, so that a first token has to be made. */
typedef struct TokenStart {
    Access *access;
    bool first;
} TokenStart;

/* Makes the Access by the options, that token and the tokens of the store. conf is borrowed for as
 * long as the Access lives. On failure *why is a sentence. */
Status token_start(const Conf *conf, Store *store, const Token *given, TokenStart *start,
                   StartWhy why) MUST_USE;

/* Makes the first token, an administrator's, and prints it once, with a command that uses it at
 * that URL, "scheme://host:port". Errors as those of the store. */
Status token_first(Store *store, Access *access, const char *url) MUST_USE;

#endif
