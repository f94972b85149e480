/* `backpropd token create|list|revoke`: tokens by hand, with a daemon on the store or without one.
 */
#ifndef COMMANDS_TOKEN_COMMAND_H
#define COMMANDS_TOKEN_COMMAND_H

#include "tools/conf.h"

extern const char token_usage[]; /* its words, for people */

/* See Command.run; the store is that in conf->data_dir. */
int token_command(const Conf *conf, size_t count, char *const *words);

#endif
