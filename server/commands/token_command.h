/* `backpropd token create|list|revoke`: tokens by hand, with a daemon on the store or without one.
 */
#ifndef COMMANDS_TOKEN_COMMAND_H
#define COMMANDS_TOKEN_COMMAND_H

#include "tools/conf.h"

/* See Command.run; the store is that in conf->data_dir. */
int token_command(const Conf *conf, size_t count, char *const *words);

#endif
