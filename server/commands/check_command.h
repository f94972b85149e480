/* `backpropd check [FILE]`: whether a store, or a copy of one, is sound.
 */
#ifndef COMMANDS_CHECK_COMMAND_H
#define COMMANDS_CHECK_COMMAND_H

#include "tools/conf.h"

extern const char check_usage[]; /* its words, for people */

/* See Command.run; the store is that in conf->data_dir where no file is named. */
int check_command(const Conf *conf, size_t count, char *const *words);

#endif
