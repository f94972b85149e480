/* The readers of options. Weak sources are read first; stronger ones overwrite. */
#define _GNU_SOURCE /* environ */
#include "tools/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tools/address.h"
#include "tools/conf_table.h"
#include "tools/nearest.h"

/* Where a value comes from and where a complaint about it goes. */
typedef struct Source {
    const char *origin;
    char *why;
    size_t size;
} Source;

static const ConfOption *find(const char *name)
{
    for (size_t i = 0; i < conf_option_count; i++)
        if (strcmp(conf_options[i].name, name) == 0)
            return &conf_options[i];
    return NULL;
}

static Status complain(const Source *source, const char *what, const char *given)
{
    snprintf(source->why, source->size, "%s %s, got '%s'", source->origin, what, given);
    return STATUS_INVALID;
}

static Status set_text(void *member, const ConfOption *option, const char *value,
                       const Source *source)
{
    if (strlen(value) >= option->size)
        return complain(source, "is too long", value);
    memcpy(member, value, strlen(value) + 1);
    return STATUS_OK;
}

/* Whether what is wrong with HOST:PORT is only the size of the port. */
static bool has_large_port(const char *value)
{
    const char *colon = strrchr(value, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    return digits > 0 && colon[1 + digits] == '\0' && strtoll(colon + 1, NULL, 10) > 65535;
}

static Status set_address(void *member, const ConfOption *option, const char *value,
                          const Source *source)
{
    char host[ADDRESS_HOST], port[8];
    if (address_split(value, host, port) != STATUS_OK)
        return complain(source,
                        has_large_port(value) ? "must have a port from 0 to 65535"
                                              : "must be HOST:PORT, such as 127.0.0.1:8080",
                        value);
    return set_text(member, option, value, source);
}

static bool unit_factor(const char *unit, int64_t *factor)
{
    static const char *const names[] = {"", "B", "KiB", "MiB", "GiB"};
    static const int64_t factors[] = {1, 1, 1024, 1024 * 1024, ((int64_t)1 << 30)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(unit, names[i]) == 0) {
            *factor = factors[i];
            return true;
        }
    return false;
}

static Status set_count(void *member, const ConfOption *option, const char *value,
                        const Source *source)
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

static Status set_word(void *member, const ConfOption *option, const char *value,
                       const Source *source)
{
    static const char *must[] = {"must be debug, info, warning or error", "must be on or off"};
    int64_t i = 0;
    while (conf_word(option->kind, (size_t)i) &&
           strcmp(conf_word(option->kind, (size_t)i), value) != 0)
        i++;
    if (!conf_word(option->kind, (size_t)i))
        return complain(source, must[option->kind == KIND_FLAG], value);
    memcpy(member, &i, sizeof i);
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

/* Entries with commas between; blanks around them are left out. */
static Status set_list(void *member, const ConfOption *option, const char *value,
                       const Source *source)
{
    bool hosts = option->kind == KIND_HOSTS;
    char *list = member, entry[ADDRESS_HOST + 16];
    size_t length = 0;
    if (strlen(value) >= option->size)
        return complain(source, "is too long", value);
    list[0] = '\0';
    while (*value) {
        size_t n = strcspn(value, ",");
        snprintf(entry, sizeof entry, "%.*s", (int)n, value);
        const char *text = trimmed(entry);
        if (n >= sizeof entry || !(hosts ? address_is_host(text) : address_is_origin(text)))
            return complain(source,
                            hosts ? "must be names of hosts such as net.example.org, with commas "
                                    "between and without ports"
                                  : "must be origins such as https://example.org or "
                                    "http://localhost:3000, with commas between",
                            text);
        length +=
            (size_t)snprintf(list + length, option->size - length, "%s%s", length ? "," : "", text);
        value += n + (value[n] == ',');
    }
    return STATUS_OK;
}

/* The option that is called nearly so; NULL where none is. */
static const char *nearest_to(const char *name)
{
    const char *names[CONF_OPTIONS_MAX];
    for (size_t i = 0; i < conf_option_count; i++)
        names[i] = conf_options[i].name;
    return nearest_name(name, names, conf_option_count);
}

static Status unknown(const char *name, const Source *source)
{
    const char *nearest = nearest_to(name);
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
    const ConfOption *option = find(name);
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
    case KIND_FILE:
        return set_text(member, option, value, source);
    case KIND_HOSTS:
    case KIND_ORIGINS:
        return set_list(member, option, value, source);
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

/* wrokers for BACKPROPD_WROKERS=3; false for a variable that is not called so. */
static bool name_of(const char *entry, char *name, size_t size)
{
    static const char prefix[] = "BACKPROPD_";
    if (strncmp(entry, prefix, sizeof prefix - 1) != 0)
        return false;
    entry += sizeof prefix - 1;
    snprintf(name, size, "%.*s", (int)strcspn(entry, "="), entry);
    for (char *at = name; *at; at++)
        *at = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
    return true;
}

/* A variable that is called nearly as an option is a mistake; another may be another program's, as
 * that of the token is. */
static Status look_for_mistakes(Source source)
{
    char name[64];
    for (char **at = environ; *at; at++)
        if (name_of(*at, name, sizeof name) && strcmp(name, "token") != 0 && !find(name) &&
            nearest_to(name)) {
            source.origin = "the environment:";
            return unknown(name, &source);
        }
    return STATUS_OK;
}

static Status read_environment(Conf *conf, Source source)
{
    for (size_t i = 0; i < conf_option_count; i++) {
        char variable[64];
        environment_name(conf_options[i].name, variable, sizeof variable);
        const char *value = getenv(variable);
        source.origin = variable;
        if (value && set(conf, conf_options[i].name, value, &source) != STATUS_OK)
            return STATUS_INVALID;
    }
    return STATUS_OK;
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
    Source named = *source;
    char origin[CONF_PATH + 100];
    if (find(name)) {
        snprintf(origin, sizeof origin, "%s %s", source->origin, name);
        named.origin = origin;
    }
    return set(conf, name, trimmed(value + 1), &named);
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

static bool is_flag(const char *text)
{
    return text && (strcmp(text, "on") == 0 || strcmp(text, "off") == 0);
}

/* `--name=value`, or `--name value`, or of a flag `--name`; *at is moved over what it takes. */
static Status read_argument(Conf *conf, char **argv, int *at, Source source)
{
    char name[64], origin[68];
    const char *argument = argv[*at];
    if (strncmp(argument, "--", 2) != 0) {
        source.origin = "the command line:";
        return complain(&source,
                        "takes --name=value and --name value, behind a command (see --help) and "
                        "its words",
                        argument);
    }
    const char *value = strchr(argument, '=');
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    snprintf(origin, sizeof origin, "--%s", name);
    source.origin = origin;
    const ConfOption *option = find(name);
    if (!option)
        return unknown(name, &source);
    if (value)
        return set(conf, name, value + 1, &source);
    if (option->kind == KIND_FLAG && !is_flag(argv[*at + 1]))
        return set(conf, name, "on", &source);
    if (!argv[*at + 1]) {
        snprintf(source.why, source.size, "%s needs a value: %s=VALUE", origin, origin);
        return STATUS_INVALID;
    }
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
                 {"--print-config", CONF_PRINT}};
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
    for (size_t i = 0; i < conf_option_count; i++)
        if (conf_options[i].otherwise[0] &&
            set(conf, conf_options[i].name, conf_options[i].otherwise, &source))
            return CONF_WRONG;
    if (argc < 1)
        return action;
    weak = *conf; /* where the file is named: by the environment or the command line */
    if (read_environment(&weak, source) || look_for_mistakes(source) ||
        read_arguments(&weak, argv, &action, source))
        return CONF_WRONG;
    if (action == CONF_HELP || action == CONF_VERSION)
        return action;
    if (weak.config[0] && read_file(conf, weak.config, source))
        return CONF_WRONG;
    if (read_environment(conf, source) || read_arguments(conf, argv, &action, source))
        return CONF_WRONG;
    return action;
}
