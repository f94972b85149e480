/* A HTTP/1.0 request over a socket, with a deadline on each step. */
#include "tools/healthcheck.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tools/address.h"

#define STEP_SECONDS 3
#define SILENT (-1)

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

/* A socket, with TLS over it where the session is not NULL. */
typedef struct Link {
    int fd;
    gnutls_session_t session;
} Link;

static ssize_t link_send(const Link *link, const char *bytes, size_t n)
{
    return link->session ? gnutls_record_send(link->session, bytes, n)
                         : send(link->fd, bytes, n, MSG_NOSIGNAL);
}

static ssize_t link_receive(const Link *link, char *bytes, size_t n)
{
    return link->session ? gnutls_record_recv(link->session, bytes, n)
                         : recv(link->fd, bytes, n, 0);
}

/* The status that /readyz is answered with; 0 where the answer is no HTTP, SILENT without one. */
static int ask(const Link *link)
{
    static const char request[] = "GET /readyz HTTP/1.0\r\n\r\n";
    char reply[16] = {0};
    size_t got = 0;
    if (link_send(link, request, sizeof request - 1) != (ssize_t)sizeof request - 1)
        return 0;
    while (got < sizeof reply - 1) {
        ssize_t n = link_receive(link, reply + got, sizeof reply - 1 - got);
        if (n < 0 && got == 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return SILENT;
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return strncmp(reply, "HTTP/1.", 7) == 0 ? atoi(reply + 8) : 0;
}

/* The same in TLS. The certificate is for others to check: it does not name the loopback. */
static int ask_in_tls(int fd)
{
    Link link = {.fd = fd};
    gnutls_certificate_credentials_t none = NULL;
    int status = 0;
    if (gnutls_certificate_allocate_credentials(&none) < 0)
        return 0;
    if (gnutls_init(&link.session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL) < 0)
        goto out;
    gnutls_set_default_priority(link.session);
    gnutls_credentials_set(link.session, GNUTLS_CRD_CERTIFICATE, none);
    gnutls_transport_set_int(link.session, fd);
    gnutls_handshake_set_timeout(link.session, STEP_SECONDS * 1000);
    int hands = gnutls_handshake(link.session);
    if (hands == GNUTLS_E_SUCCESS)
        status = ask(&link);
    else if (hands == GNUTLS_E_TIMEDOUT || hands == GNUTLS_E_AGAIN)
        status = SILENT;
    gnutls_deinit(link.session);
out:
    gnutls_certificate_free_credentials(none);
    return status;
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
    bool tls = conf->tls_cert[0];
    int status = tls ? ask_in_tls(fd) : ask(&(Link){.fd = fd});
    close(fd);
    if (status == SILENT)
        fprintf(stderr, "backpropd: what listens at %s does not answer within %d s\n", conf->listen,
                STEP_SECONDS);
    else if (status == 0)
        fprintf(stderr, "backpropd: what answers at %s does not speak HTTP%s\n", conf->listen,
                tls ? " in TLS" : "; if the daemon has TLS, --tls-cert=FILE says so here too");
    else if (status != 200)
        fprintf(stderr, "backpropd: what answers at %s is not ready: /readyz gives %d\n",
                conf->listen, status);
    return status == 200;
}
