/* `backpropd token create|list|revoke`: tokens by hand, with a daemon on the store or without one.
 */
#ifndef TOKENS_TOKEN_COMMAND_H
#define TOKENS_TOKEN_COMMAND_H

#include "tools/conf.h"

/* Does what the words behind `token` say in conf->data_dir; the exit status: 0 done, 1 it cannot be
 * done, 2 wrong words. Says on standard error why not. */
int token_command(const Conf *conf, size_t count, char *const *words);

#endif
