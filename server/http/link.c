/* The library gives the notice of the end while the descriptor is still open, which peers need.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "http/link.h"

#include <poll.h>
#include <stdlib.h>

#include "tools/metrics.h"

typedef struct Link {
    Peer *peer;
    TlsIdentity *identity; /* NULL: plain HTTP */
} Link;

static void *begin(const LinkOwner *owner, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    Link *link = calloc(1, sizeof *link);
    if (!link || !fd)
        goto failed;
    link->peer = peers_enter(owner->peers, fd->connect_fd, address ? address->client_addr : NULL);
    if (!link->peer)
        goto failed;
    if (owner->tls)
        link->identity = tls_begin(
            owner->tls,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    return link;
failed:
    free(link);
    return NULL;
}

void link_note(const LinkOwner *owner, struct MHD_Connection *connection, void **state,
               enum MHD_ConnectionNotificationCode code)
{
    metric_add(METRIC_CONNECTIONS, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = begin(owner, connection);
        return;
    }
    Link *link = *state;
    if (!link)
        return;
    if (owner->tls)
        tls_end(owner->tls, link->identity);
    peers_leave(owner->peers, link->peer);
    free(link);
}

Peer *link_peer(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const Link *link = info ? info->socket_context : NULL;
    return link ? link->peer : NULL;
}

bool link_is_closed(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd fd = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};
    return poll(&fd, 1, 0) > 0;
}
