/* One connection as the daemon keeps it beside the library: who has it, and the certificate that it
 * began with.
 */
#ifndef HTTP_LINK_H
#define HTTP_LINK_H

#include <microhttpd.h>

#include "http/peers.h"
#include "http/tls.h"

/* What all connections have in common; both are borrowed. */
typedef struct LinkOwner {
    Peers *peers;
    Tls *tls; /* NULL: plain HTTP */
} LinkOwner;

/* The library's notice that a connection begins or ends. */
void link_note(const LinkOwner *owner, struct MHD_Connection *connection, void **state,
               enum MHD_ConnectionNotificationCode code);

/* Who has it; NULL where there was no memory for it. */
Peer *link_peer(struct MHD_Connection *connection);

/* Whether the client of a suspended connection has closed it; the library would not notice. What it
 * sent before does not matter: with TLS it takes its leave in words. */
bool link_is_closed(struct MHD_Connection *connection);

#endif
