/* The options, and how they are shown. To add one: a member of Conf, and a row here. */
#include "tools/conf_table.h"

#include <inttypes.h>
#include <string.h>

#include "tools/log.h"

#define MEMBER(member) offsetof(Conf, member), sizeof(((Conf *)0)->member)
#define GIB ((int64_t)1 << 30)

const ConfOption conf_options[] = {
    {"listen", KIND_ADDRESS, MEMBER(listen), "127.0.0.1:8080", 0, 0,
     "HOST:PORT to answer on; [::1]:8080 for IPv6; port 0 takes any free one"},
    {"data-dir", KIND_PATH, MEMBER(data_dir), "backpropd-data", 0, 0,
     "folder of the store; made where it is missing"},
    {"workers", KIND_COUNT, MEMBER(workers), "0", 0, 256,
     "jobs that train at the same time; 0 is one a processor"},
    {"max-body", KIND_BYTES, MEMBER(max_body), "64MiB", 1024, 1024 * GIB,
     "largest body of a request, also once inflated: bytes, or a number with KiB, MiB or GiB"},
    {"connections", KIND_COUNT, MEMBER(connections), "4000", 1, 100000,
     "open connections, at most; where it gets tight, the longest idle ones are closed"},
    {"connections-per-address", KIND_COUNT, MEMBER(connections_per_address), "3000", 0, 100000,
     "of them, those of one address (IPv6: of 64 bits of it), at most; 0 is no limit"},
    {"request-timeout", KIND_COUNT, MEMBER(request_timeout), "10", 1, 3600,
     "seconds in which a request's header has to come, and 8 KiB a second of its body"},
    {"queue", KIND_COUNT, MEMBER(queue), "10000", 1, 1000000, "jobs that wait, at most"},
    {"job-memory", KIND_BYTES, MEMBER(job_memory), "0", 0, 1024 * GIB,
     "memory of all trainings together; 0 is three quarters of the machine's, or the container's"},
    {"log-level", KIND_LEVEL, MEMBER(log_level), "info", 0, 0,
     "least severe event to log: debug, info, warning or error"},
    {"access-log", KIND_FLAG, MEMBER(access_log), "on", 0, 0,
     "on: a line for each request, at info; off: none"},
    {"tls-cert", KIND_FILE, MEMBER(tls_cert), "", 0, 0,
     "file with a certificate, and those of its issuers behind it, as PEM: TLS is spoken"},
    {"tls-key", KIND_FILE, MEMBER(tls_key), "", 0, 0,
     "file with the key of --tls-cert, as PEM; SIGHUP reads both again"},
    {"token-file", KIND_FILE, MEMBER(token_file), "", 0, 0,
     "file with the token of an administrator, which clients then have to send"},
    {"allow-anonymous", KIND_FLAG, MEMBER(allow_anonymous), "off", 0, 0,
     "on: who reaches the port may do everything, whatever tokens there are"},
    {"host-name", KIND_HOSTS, MEMBER(host_name), "", 0, 0,
     "further names, with commas between, that requests may call this host by"},
    {"cors-origin", KIND_ORIGINS, MEMBER(cors_origin), "", 0, 0,
     "origins, with commas between, whose pages a browser lets use the daemon"},
    {"config", KIND_PATH, MEMBER(config), "", 0, 0,
     "file of lines `name = value`; a line that begins with # is a comment"},
};
const size_t conf_option_count = sizeof conf_options / sizeof *conf_options;

_Static_assert(sizeof conf_options / sizeof *conf_options <= CONF_OPTIONS_MAX, "room for all");

const char *conf_word(ConfKind kind, size_t i)
{
    static const char *const flags[] = {"off", "on", NULL};
    return kind == KIND_FLAG ? flags[i] : log_level_name(i);
}

static void print_value(const Conf *conf, const ConfOption *option, FILE *out)
{
    const void *member = (const char *)conf + option->offset;
    int64_t number; /* means nothing for a text */
    memcpy(&number, member, sizeof number);
    switch (option->kind) {
    case KIND_ADDRESS:
    case KIND_PATH:
    case KIND_FILE:
    case KIND_HOSTS:
    case KIND_ORIGINS:
        fputs(member, out);
        break;
    case KIND_COUNT:
    case KIND_BYTES:
        fprintf(out, "%" PRId64, number);
        break;
    case KIND_LEVEL:
    case KIND_FLAG:
        fputs(conf_word(option->kind, (size_t)number), out);
        break;
    }
}

void conf_print(const Conf *conf, FILE *out)
{
    for (size_t i = 0; i < conf_option_count; i++) {
        if (strcmp(conf_options[i].name, "config") == 0)
            continue; /* a file cannot name another */
        fprintf(out, "%s = ", conf_options[i].name);
        print_value(conf, &conf_options[i], out);
        fputc('\n', out);
    }
}

void conf_help(FILE *out)
{
    fputs("Options, each also as an environment variable (BACKPROPD_DATA_DIR) and as a line\n"
          "`name = value` of the --config file; the command line wins, then the environment:\n\n",
          out);
    for (size_t i = 0; i < conf_option_count; i++) {
        const ConfOption *option = &conf_options[i];
        fprintf(out, "  --%-23s %s", option->name, option->help);
        if (option->otherwise[0])
            fprintf(out, " (default %s)", option->otherwise);
        fputc('\n', out);
    }
    fputs("\nBACKPROPD_TOKEN in the environment is the token itself, instead of --token-file.\n"
          "Listening on loopback, the daemon asks for tokens once one was made; listening\n"
          "elsewhere always: it makes the first one by itself, and prints it.\n"
          "\nSIGTERM or SIGINT stops the daemon: requests are finished, running jobs go back into\n"
          "the queue. A second signal leaves at once. SIGHUP reads the files of --tls-cert and\n"
          "--tls-key again. Exit status: 0 stopped, 1 could not start, 2 wrong usage.\n",
          out);
}
