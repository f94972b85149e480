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

/* Makes the Access by the options, the administrator's own token (BACKPROPD_TOKEN or --token-file)
 * and the tokens of the store. *first: there is none, and one has to be made. conf is borrowed for
 * as long as the Access lives. On failure *why is a sentence. STATUS_INVALID for a token that
 * cannot be one, or that is given twice. */
Status token_start(const Conf *conf, Store *store, Access **access, bool *first,
                   StartWhy why) MUST_USE;

/* Makes the first token, an administrator's, and prints it once, with a command that uses it at
 * that URL, "scheme://host:port". Errors as those of the store. */
Status token_first(Store *store, Access *access, const char *url) MUST_USE;

#endif
