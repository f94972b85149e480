/* A HTTP/1.0 request over a plain socket, with a deadline on each step. */
#include "tools/healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools/address.h"

#define STEP_SECONDS 3

static int connect_at(const struct addrinfo *address)
{
    struct timeval step = {.tv_sec = STEP_SECONDS};
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &step, sizeof step);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &step, sizeof step);
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
        fd = connect_at(at);
    freeaddrinfo(found);
    return fd;
}

static bool ask(int fd)
{
    static const char request[] = "GET /readyz HTTP/1.0\r\n\r\n";
    char reply[16] = {0};
    size_t got = 0;
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1)
        return false;
    while (got < sizeof reply - 1) {
        ssize_t n = recv(fd, reply + got, sizeof reply - 1 - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return strncmp(reply, "HTTP/1.", 7) == 0 && strncmp(reply + 8, " 200", 4) == 0;
}

bool healthcheck(const Conf *conf)
{
    char host[ADDRESS_HOST], port[8];
    if (address_split(conf->listen, host, port) != STATUS_OK)
        return false;
    bool everywhere = !host[0] || strcmp(host, "0.0.0.0") == 0;
    int fd = connect_to(everywhere ? "127.0.0.1" : strcmp(host, "::") == 0 ? "::1" : host, port);
    if (fd < 0) {
        fprintf(stderr, "backpropd: nothing answers at %s: %s\n", conf->listen, strerror(errno));
        return false;
    }
    bool ready = ask(fd);
    close(fd);
    if (!ready)
        fprintf(stderr, "backpropd: what answers at %s is not ready\n", conf->listen);
    return ready;
}
