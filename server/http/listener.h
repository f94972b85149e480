/* The socket that clients connect to.
 */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include <stddef.h>

#include "tools/status.h"

#define LISTENER_ADDRESS 300

typedef struct Listener {
    int fd;                         /* the caller's to close */
    char address[LISTENER_ADDRESS]; /* "host:port" as it really is */
} Listener;

/* Listens at HOST:PORT, as --listen has it. STATUS_INVALID, with a sentence for the operator in
 * why. */
Status listener_open(Listener *listener, const char *at, char *why, size_t size) MUST_USE;

/* Whether it could, with nobody let in and nothing kept. Errors as there. */
Status listener_check(const char *at, char *why, size_t size) MUST_USE;

#endif
