/* The options of the daemon: one table with name, kind, default, range and help. The command line,
 * the environment (BACKPROPD_DATA_DIR for data-dir) and a file all go through one setter; the
 * stronger source wins in that order.
 */
#ifndef TOOLS_CONF_H
#define TOOLS_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/status.h"

#define CONF_PATH 4096
#define CONF_LIST 1024

typedef struct Conf {
    char listen[256];                /* host:port; port 0 lets the system choose */
    char data_dir[CONF_PATH];        /* where the store lives */
    int64_t workers;                 /* threads that train; 0 is one a processor */
    int64_t max_body;                /* bytes of a request's body, at most */
    int64_t connections;             /* open at a time, at most */
    int64_t connections_per_address; /* of one address; 0 is no limit */
    int64_t request_timeout;         /* seconds for a request's header */
    int64_t queue;                   /* jobs that wait, at most */
    int64_t job_memory;       /* bytes of the jobs that train; 0: three quarters of the machine's */
    int64_t log_level;        /* a LogLevel */
    int64_t access_log;       /* 1: a line for each request */
    int64_t allow_anonymous;  /* 1: nobody is asked for a token */
    char tls_cert[CONF_PATH]; /* has the certificate and its chain; "" for no TLS */
    char tls_key[CONF_PATH];  /* has its key; "" for no TLS */
    char token_file[CONF_PATH];  /* has the admin's token; "" for none */
    char host_name[CONF_LIST];   /* names of ours beside those of loopback, with commas between */
    char cors_origin[CONF_LIST]; /* origins whose pages may ask, with commas between */
    char config[CONF_PATH];      /* the file that was read; "" where none was */
} Conf;

/* What the command line asks for. */
typedef enum ConfAction {
    CONF_RUN,
    CONF_HELP,
    CONF_VERSION,
    CONF_PRINT,
    CONF_WRONG /* `why` says what and what would be right */
} ConfAction;

/* Reads all sources. why: a sentence for the operator where the action is CONF_WRONG. */
ConfAction conf_read(Conf *conf, int argc, char **argv, char *why, size_t size) MUST_USE;

void conf_print(const Conf *conf, FILE *out); /* `name = value` lines, as a file takes them */
void conf_help(FILE *out);                    /* what the options are */

#endif
