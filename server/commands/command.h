/* The words that may stand behind `backpropd`: what each does, and how all of them talk to people.
 * To add one: a function in a file of its own, and a row in command.c.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include "tools/conf.h"

#define COMMAND_FAILED 1 /* exit status: it cannot be done */
#define COMMAND_MISUSE 2 /* the words or the options are wrong */

typedef struct Command {
    const char *word;  /* that it is called by */
    const char *takes; /* what follows it, for --help */
    const char *help;  /* what it does, in a line of --help */
    const char *usage; /* its own --help */
    /* Does what the `count` words behind the first say; returns the exit status, 0 where all is
     * well, and has said on standard error why it is not. */
    int (*run)(const Conf *conf, size_t count, char *const *words);
} Command;

/* The command of that word; NULL where there is none. */
const Command *command_find(const char *word);

/* Says that there is no command of that word: COMMAND_MISUSE. */
int command_unknown(const char *word);

/* A line for each. */
void command_help(FILE *out);

/* Says why it cannot be done: COMMAND_FAILED. */
int command_fail(const char *word, const char *format, ...) PRINTF_LIKE(2, 3);

/* Says what is wrong with the words, and how they would be right: COMMAND_MISUSE. */
int command_misuse(const char *word, const char *what);

#endif
