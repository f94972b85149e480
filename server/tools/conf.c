/* The option table and its readers. Weak sources are read first; stronger ones overwrite. */
#include "tools/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/log.h"
#include "tools/problem.h"

typedef enum Kind { KIND_ADDRESS, KIND_PATH, KIND_COUNT, KIND_BYTES, KIND_LEVEL, KIND_FLAG } Kind;

typedef struct Option {
    const char *name;
    Kind kind;
    size_t offset, size;   /* of the member of Conf */
    const char *otherwise; /* the default, as text */
    int64_t min, max;
    const char *help;
} Option;

#define MEMBER(member) offsetof(Conf, member), sizeof(((Conf *)0)->member)
#define GIB ((int64_t)1 << 30)

static const Option options[] = {
    {"listen", KIND_ADDRESS, MEMBER(listen), "127.0.0.1:8080", 0, 0,
     "HOST:PORT to answer on; [::1]:8080 for IPv6; port 0 takes any free one"},
    {"data-dir", KIND_PATH, MEMBER(data_dir), "backpropd-data", 0, 0,
     "folder of the store; made where it is missing"},
    {"workers", KIND_COUNT, MEMBER(workers), "0", 0, 256,
     "jobs that train at the same time; 0 is one a processor"},
    {"max-body", KIND_BYTES, MEMBER(max_body), "64MiB", 1024, 1024 * GIB,
     "largest body of a request, also once inflated: bytes, or a number with KiB, MiB or GiB"},
    {"connections", KIND_COUNT, MEMBER(connections), "1000", 1, 100000,
     "open connections, at most; more wait to be accepted"},
    {"log-level", KIND_LEVEL, MEMBER(log_level), "info", 0, 0,
     "least severe event to log: debug, info, warning or error"},
    {"access-log", KIND_FLAG, MEMBER(access_log), "on", 0, 0,
     "on: a line for each request, at info; off: none"},
    {"config", KIND_PATH, MEMBER(config), "", 0, 0,
     "file of `name = value` lines, # begins a comment"},
};
#define OPTIONS (sizeof options / sizeof *options)

/* Where a value comes from and where a complaint about it goes. */
typedef struct Source {
    const char *origin;
    char *why;
    size_t size;
} Source;

static const Option *find(const char *name)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static Status complain(const Source *source, const char *what, const char *given)
{
    snprintf(source->why, source->size, "%s %s, got '%s'", source->origin, what, given);
    return STATUS_INVALID;
}

static Status set_text(void *member, const Option *option, const char *value, const Source *source)
{
    if (strlen(value) >= option->size)
        return complain(source, "is too long", value);
    memcpy(member, value, strlen(value) + 1);
    return STATUS_OK;
}

static Status set_address(void *member, const Option *option, const char *value,
                          const Source *source)
{
    Conf trial = {0};
    char host[256], port[8];
    snprintf(trial.listen, sizeof trial.listen, "%s", value);
    if (conf_address(&trial, host, port) != STATUS_OK)
        return complain(source, "must be HOST:PORT, such as 127.0.0.1:8080", value);
    return set_text(member, option, value, source);
}

static bool unit_factor(const char *unit, int64_t *factor)
{
    static const char *const names[] = {"", "B", "KiB", "MiB", "GiB"};
    static const int64_t factors[] = {1, 1, 1024, 1024 * 1024, GIB};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(unit, names[i]) == 0) {
            *factor = factors[i];
            return true;
        }
    return false;
}

static Status set_count(void *member, const Option *option, const char *value, const Source *source)
{
    char what[128];
    char *end = NULL;
    int64_t factor = 1;
    snprintf(what, sizeof what, "must be %s from %" PRId64 " to %" PRId64,
             option->kind == KIND_BYTES ? "bytes (or with KiB, MiB, GiB)" : "a whole number",
             option->min, option->max);
    errno = 0;
    int64_t number = strtoll(value, &end, 10);
    while (option->kind == KIND_BYTES && *end == ' ')
        end++;
    bool unit = option->kind == KIND_BYTES ? unit_factor(end, &factor) : *end == '\0';
    if (!isdigit((unsigned char)value[0]) || errno || !unit || number > option->max / factor ||
        number * factor < option->min)
        return complain(source, what, value);
    number *= factor;
    memcpy(member, &number, sizeof number);
    return STATUS_OK;
}

/* The words of an option that takes one of a few, by number; NULL past the end. */
static const char *word(Kind kind, size_t i)
{
    static const char *const flags[] = {"off", "on", NULL};
    return kind == KIND_FLAG ? flags[i] : log_level_name(i);
}

static Status set_word(void *member, const Option *option, const char *value, const Source *source)
{
    static const char *must[] = {"must be debug, info, warning or error", "must be on or off"};
    int64_t i = 0;
    while (word(option->kind, (size_t)i) && strcmp(word(option->kind, (size_t)i), value) != 0)
        i++;
    if (!word(option->kind, (size_t)i))
        return complain(source, must[option->kind == KIND_FLAG], value);
    memcpy(member, &i, sizeof i);
    return STATUS_OK;
}

static Status unknown(const char *name, const Source *source)
{
    const char *names[OPTIONS];
    for (size_t i = 0; i < OPTIONS; i++)
        names[i] = options[i].name;
    const char *nearest = problem_nearest(name, names, OPTIONS);
    const char *colon = source->origin[strlen(source->origin) - 1] == ':' ? "" : ":";
    if (nearest)
        snprintf(source->why, source->size, "%s%s there is no option '%s'; did you mean '%s'?",
                 source->origin, colon, name, nearest);
    else
        snprintf(source->why, source->size, "%s%s there is no option '%s'; --help lists them",
                 source->origin, colon, name);
    return STATUS_INVALID;
}

static Status set(Conf *conf, const char *name, const char *value, const Source *source)
{
    const Option *option = find(name);
    if (!option)
        return unknown(name, source);
    void *member = (char *)conf + option->offset;
    switch (option->kind) {
    case KIND_ADDRESS:
        return set_address(member, option, value, source);
    case KIND_PATH:
        if (!*value)
            return complain(source, "must name a file or folder", value);
        return set_text(member, option, value, source);
    case KIND_COUNT:
    case KIND_BYTES:
        return set_count(member, option, value, source);
    case KIND_LEVEL:
    case KIND_FLAG:
        return set_word(member, option, value, source);
    }
    return STATUS_INTERNAL;
}

/* BACKPROPD_DATA_DIR for data-dir. */
static void environment_name(const char *name, char *variable, size_t size)
{
    snprintf(variable, size, "BACKPROPD_%s", name);
    for (char *at = variable; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
}

static Status read_environment(Conf *conf, Source source)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        char variable[64];
        environment_name(options[i].name, variable, sizeof variable);
        const char *value = getenv(variable);
        source.origin = variable;
        if (value && set(conf, options[i].name, value, &source) != STATUS_OK)
            return STATUS_INVALID;
    }
    return STATUS_OK;
}

/* Cuts the blanks around text, in place. */
static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}

static Status read_line(Conf *conf, char *line, const Source *source)
{
    char *name = trimmed(line);
    if (*name == '\0' || *name == '#')
        return STATUS_OK;
    char *value = strchr(name, '=');
    if (!value)
        return complain(source, "must be `name = value`", name);
    *value = '\0';
    name = trimmed(name);
    if (strcmp(name, "config") == 0)
        return complain(source, "cannot name another file", name);
    return set(conf, name, trimmed(value + 1), source);
}

static Status read_file(Conf *conf, const char *path, Source source)
{
    char line[CONF_PATH + 64], origin[CONF_PATH + 32];
    Status status = STATUS_OK;
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(source.why, source.size, "--config: %s cannot be read: %s", path, strerror(errno));
        return STATUS_INVALID;
    }
    for (int number = 1; status == STATUS_OK && fgets(line, sizeof line, file); number++) {
        snprintf(origin, sizeof origin, "line %d of %s:", number, path);
        source.origin = origin;
        status = read_line(conf, line, &source);
    }
    if (ferror(file)) {
        snprintf(source.why, source.size, "--config: %s cannot be read: %s", path, strerror(errno));
        status = STATUS_INVALID;
    }
    fclose(file);
    return status;
}

/* `--name=value`, or `--name value`; *at is moved over what it takes. */
static Status read_argument(Conf *conf, char **argv, int *at, Source source)
{
    char name[64], origin[68];
    const char *argument = argv[*at];
    if (strncmp(argument, "--", 2) != 0) {
        source.origin = "the command line:";
        return complain(&source, "takes --name=value, --name value and healthcheck", argument);
    }
    const char *value = strchr(argument, '=');
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    snprintf(origin, sizeof origin, "--%s", name);
    source.origin = origin;
    if (!find(name))
        return unknown(name, &source);
    if (value)
        return set(conf, name, value + 1, &source);
    if (!argv[*at + 1])
        return complain(&source, "needs a value: --name=value", "nothing");
    return set(conf, name, argv[++*at], &source);
}

static ConfAction action_of(const char *argument)
{
    static const struct {
        const char *word;
        ConfAction action;
    } words[] = {{"--help", CONF_HELP},
                 {"-h", CONF_HELP},
                 {"--version", CONF_VERSION},
                 {"--print-config", CONF_PRINT},
                 {"healthcheck", CONF_HEALTHCHECK}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, argument) == 0)
            return words[i].action;
    return CONF_RUN;
}

/* Reads the arguments; sets *action where one of them is a word rather than an option. */
static Status read_arguments(Conf *conf, char **argv, ConfAction *action, Source source)
{
    Status status = STATUS_OK;
    for (int i = 1; status == STATUS_OK && argv[i]; i++) {
        ConfAction word = action_of(argv[i]);
        if (word == CONF_RUN)
            status = read_argument(conf, argv, &i, source);
        else if (*action == CONF_RUN)
            *action = word;
    }
    return status;
}

ConfAction conf_read(Conf *conf, int argc, char **argv, char *why, size_t size)
{
    Source source = {"the default", why, size};
    Conf weak;
    ConfAction action = CONF_RUN;
    *conf = (Conf){0};
    for (size_t i = 0; i < OPTIONS; i++)
        if (options[i].otherwise[0] && set(conf, options[i].name, options[i].otherwise, &source))
            return CONF_WRONG;
    if (argc < 1)
        return action;
    weak = *conf; /* where the file is named: by the environment or the command line */
    if (read_environment(&weak, source) || read_arguments(&weak, argv, &action, source))
        return CONF_WRONG;
    if (action == CONF_HELP || action == CONF_VERSION)
        return action;
    if (weak.config[0] && read_file(conf, weak.config, source))
        return CONF_WRONG;
    if (read_environment(conf, source) || read_arguments(conf, argv, &action, source))
        return CONF_WRONG;
    return action;
}

static void print_value(const Conf *conf, const Option *option, FILE *out)
{
    const void *member = (const char *)conf + option->offset;
    int64_t number; /* means nothing for a text */
    memcpy(&number, member, sizeof number);
    switch (option->kind) {
    case KIND_ADDRESS:
    case KIND_PATH:
        fputs(member, out);
        break;
    case KIND_COUNT:
    case KIND_BYTES:
        fprintf(out, "%" PRId64, number);
        break;
    case KIND_LEVEL:
    case KIND_FLAG:
        fputs(word(option->kind, (size_t)number), out);
        break;
    }
}

void conf_print(const Conf *conf, FILE *out)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].name, "config") == 0)
            continue; /* a file cannot name another */
        fprintf(out, "%s = ", options[i].name);
        print_value(conf, &options[i], out);
        fputc('\n', out);
    }
}

void conf_help(FILE *out)
{
    fputs("backpropd: trains small neural networks and serves them over HTTP.\n\n"
          "  backpropd [--name=value ...]   run the daemon in the foreground\n"
          "  backpropd healthcheck          exit 0 if the daemon at --listen is ready\n"
          "  backpropd --print-config       print the options in force and exit\n"
          "  backpropd --version | --help\n\n"
          "Options, each also as an environment variable (BACKPROPD_DATA_DIR) and as a line\n"
          "`name = value` of the --config file; the command line wins, then the environment:\n\n",
          out);
    for (size_t i = 0; i < OPTIONS; i++) {
        const Option *option = &options[i];
        fprintf(out, "  --%-13s %s", option->name, option->help);
        if (option->otherwise[0])
            fprintf(out, " (default %s)", option->otherwise);
        fputc('\n', out);
    }
    fputs("\nSIGTERM or SIGINT stops the daemon: requests are finished, running jobs go back into\n"
          "the queue. A second signal leaves at once. Exit status: 0 stopped, 1 could not start,\n"
          "2 wrong usage.\n",
          out);
}

Status conf_address(const Conf *conf, char host[256], char port[8])
{
    const char *colon = strrchr(conf->listen, ':');
    if (!colon)
        return STATUS_INVALID;
    size_t digits = strlen(colon + 1);
    if (digits < 1 || digits > 5 || strspn(colon + 1, "0123456789") != digits ||
        atol(colon + 1) > 65535)
        return STATUS_INVALID;
    memcpy(port, colon + 1, digits + 1);
    const char *from = conf->listen;
    const char *to = colon;
    if (*from == '[') {
        if (to == from + 1 || to[-1] != ']')
            return STATUS_INVALID;
        from++;
        to--;
    }
    snprintf(host, 256, "%.*s", (int)(to - from), from);
    return STATUS_OK;
}
