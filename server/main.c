/* From the command line to an exit code. Signals are taken by one sigwait, in every thread else
 * they are blocked; so the daemon works as process 1 of a container too. SIGHUP reads certificate
 * and key again; the others stop, and a second one of these leaves at once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "commands/command.h"
#include "core/build.h"
#include "tools/log.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define LARGE (4 << 20) /* bytes of an allocation that gets pages of its own */

static void leave_now(int signal_number)
{
    _exit(128 + signal_number);
}

/* A large array then grows by moving pages, without a second copy, and its memory goes back to the
 * system when it is freed. glibc does so by itself at first, but raises the bound as it goes. */
static void give_large_arrays_their_own_pages(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

static int run(const Conf *conf)
{
    char why[512] = "";
    int signal_number = 0;
    sigset_t stops, signals;
    struct sigaction second = {.sa_handler = leave_now};
    give_large_arrays_their_own_pages();
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    signals = stops;
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* a client that leaves is noticed by the write */
    log_start();
    App *app = app_start(conf, why, sizeof why);
    if (!app) {
        log_stop();
        fprintf(stderr, "backpropd: %s\n", why);
        return 1;
    }
    while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP)
        app_reload(app);
    log_info("stopping", LOG_NUMBER("signal", signal_number));
    sigaction(SIGTERM, &second, NULL);
    sigaction(SIGINT, &second, NULL);
    sigprocmask(SIG_UNBLOCK, &stops, NULL);
    if (!app_stop(app)) {
        log_flush();
        _exit(0); /* without the library's clean-up: a thread is still at work */
    }
    log_info("stopped", LOG_NUMBER("signal", signal_number));
    log_stop();
    return 0;
}

/* The words that follow a command, up to the first option. */
static size_t count_words(char **words)
{
    size_t count = 0;
    while (words[count] && strncmp(words[count], "--", 2) != 0 &&
           strcmp(words[count], "-h") != 0)
        count++;
    return count;
}

/* Of that command, or of all. */
static void help(const Command *command)
{
    if (command) {
        fputs(command->usage, stdout);
        return;
    }
    puts("backpropd: trains small neural networks and serves them over HTTP.\n\n"
         "  backpropd [--name=value ...]   run the daemon in the foreground");
    command_help(stdout);
    puts("  backpropd --print-config       print the options in force and exit\n"
         "  backpropd --version | --help\n");
    conf_help(stdout);
}

int main(int argc, char **argv)
{
    Conf conf;
    char why[512] = "";
    const Command *command = argc > 1 ? command_find(argv[1]) : NULL;
    char **words = argv + 2; /* of a command */
    size_t count = command ? count_words(words) : 0;
    char **options = command ? words + count - 1 : argv; /* what conf reads is behind the first */
    if (argc > 1 && argv[1][0] != '-' && !command)
        return command_unknown(argv[1]);
    switch (conf_read(&conf, argc, options, why, sizeof why)) {
    case CONF_RUN:
        return command ? command->run(&conf, count, words) : run(&conf);
    case CONF_HELP:
        help(command);
        return 0;
    case CONF_VERSION:
        printf("backpropd %s (core: %s)\n", BACKPROPD_VERSION, core_build());
        return 0;
    case CONF_PRINT:
        conf_print(&conf, stdout);
        return 0;
    case CONF_WRONG:
        break;
    }
    fprintf(stderr, "backpropd: %s\n", why);
    return COMMAND_MISUSE;
}
