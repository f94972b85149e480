/* `backpropd backup FILE`: a copy of the store, with a daemon on it or without one.
 */
#ifndef COMMANDS_BACKUP_COMMAND_H
#define COMMANDS_BACKUP_COMMAND_H

#include "tools/conf.h"

extern const char backup_usage[]; /* its words, for people */

/* See Command.run; the store is that in conf->data_dir. */
int backup_command(const Conf *conf, size_t count, char *const *words);

#endif
