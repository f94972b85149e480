/* The first address of a host that can be listened on is taken.
 */
#include "http/listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/address.h"

#define BACKLOG 1024

/* A socket bound to one address; -1, with errno, where that cannot be. */
static int bind_to(const struct addrinfo *address)
{
    int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* A socket bound to host:port; -1 where that cannot be, and *why says it. */
static int bind_at(const char *host, const char *port, char *why, size_t size)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int fd = -1;
    int failed = getaddrinfo(host[0] ? host : NULL, port, &hints, &found);
    if (failed) {
        snprintf(why, size, "--listen: there is no address '%s': %s", host, gai_strerror(failed));
        return -1;
    }
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
        fd = bind_to(at);
    if (fd < 0)
        snprintf(why, size, "--listen: %s:%s cannot be listened on: %s", host, port,
                 strerror(errno));
    freeaddrinfo(found);
    return fd;
}

/* The address that the socket really has: the port may have been chosen by the system. */
static void name_address(int fd, const char *host, char *address, size_t size)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char port[16] = "?";
    if (getsockname(fd, (struct sockaddr *)&name, &length) == 0)
        getnameinfo((struct sockaddr *)&name, length, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV | NI_NUMERICHOST);
    snprintf(address, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host[0] ? host : "0.0.0.0",
             port);
}

Status listener_open(Listener *listener, const char *at, char *why, size_t size)
{
    char host[ADDRESS_HOST], port[8];
    if (address_split(at, host, port) != STATUS_OK) {
        snprintf(why, size, "--listen must be HOST:PORT");
        return STATUS_INVALID;
    }
    listener->fd = bind_at(host, port, why, size);
    if (listener->fd < 0)
        return STATUS_INVALID;
    name_address(listener->fd, host, listener->address, sizeof listener->address);
    return STATUS_OK;
}

Status listener_listen(const Listener *listener, char *why, size_t size)
{
    if (listen(listener->fd, BACKLOG) == 0)
        return STATUS_OK;
    snprintf(why, size, "--listen: %s cannot be listened on: %s", listener->address,
             strerror(errno));
    return STATUS_INVALID;
}
