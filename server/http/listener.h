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

/* Takes HOST:PORT, as --listen has it; nobody is let in yet. STATUS_INVALID, with a sentence for
 * the operator in why. */
Status listener_open(Listener *listener, const char *at, char *why, size_t size) MUST_USE;

/* Lets clients in. Errors as there. */
Status listener_listen(const Listener *listener, char *why, size_t size) MUST_USE;

#endif
