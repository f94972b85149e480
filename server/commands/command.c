/* The table of commands. What a command gives goes to standard output, all that is for people only
 * to standard error. */
#include "commands/command.h"

#include <stdarg.h>
#include <string.h>

#include "commands/backup_command.h"
#include "commands/check_command.h"
#include "commands/token_command.h"
#include "tools/healthcheck.h"
#include "tools/nearest.h"

static const char healthcheck_usage[] =
    "usage: backpropd healthcheck [--listen=HOST:PORT] [--tls-cert=FILE]\n\n"
    "Exit status: 0 if the daemon there is ready, 1 if not, 2 wrong words. With\n"
    "--tls-cert, or its name in the environment, it asks in TLS; the file is not read.\n";

static int run_healthcheck(const Conf *conf, size_t count, char *const *words)
{
    (void)words; /* there is none */
    if (count > 0)
        return command_misuse("healthcheck", "it takes options only");
    return healthcheck(conf) ? 0 : COMMAND_FAILED;
}

static const Command commands[] = {
    {"token", "...", "make, list and revoke tokens; alone it says how", token_usage, token_command},
    {"backup", "FILE", "write a copy of the store, beside a daemon or without", backup_usage,
     backup_command},
    {"check", "[FILE]", "look through the store, or a copy, for damage", check_usage,
     check_command},
    {"healthcheck", "", "exit 0 if the daemon at --listen is ready", healthcheck_usage,
     run_healthcheck},
};
#define COMMANDS (sizeof commands / sizeof *commands)

const Command *command_find(const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].word, word) == 0)
            return &commands[i];
    return NULL;
}

int command_unknown(const char *word)
{
    const char *words[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        words[i] = commands[i].word;
    const char *nearest = nearest_name(word, words, COMMANDS);
    fprintf(stderr, "backpropd: there is no command '%s'; ", word);
    if (nearest)
        fprintf(stderr, "did you mean '%s'?\n", nearest);
    else
        fprintf(stderr, "--help shows all, and options begin with --\n");
    return COMMAND_MISUSE;
}

void command_help(FILE *out)
{
    char words[40];
    for (size_t i = 0; i < COMMANDS; i++) {
        snprintf(words, sizeof words, "%s %s", commands[i].word, commands[i].takes);
        fprintf(out, "  backpropd %-20s %s\n", words, commands[i].help);
    }
}

int command_fail(const char *word, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "backpropd %s: ", word);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return COMMAND_FAILED;
}

int command_misuse(const char *word, const char *what)
{
    fprintf(stderr, "backpropd %s: %s\n\n%s", word, what, command_find(word)->usage);
    return COMMAND_MISUSE;
}
