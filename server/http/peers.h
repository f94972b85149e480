/* Who is connected, and for how long each may take. A peer's connection is closed when its request
 * or its taking of a reply is overdue, when its address has too many, or when the places run out
 * and it has been idle for the longest.
 */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "tools/status.h"

#define PEERS_RATE 8192 /* bytes a second, the least that a body has to move at in the long run */

typedef struct Peers Peers;
typedef struct Peer Peer; /* one connection */

typedef struct PeersLimits {
    size_t all;     /* connections; a part of them is kept free by closing idle ones */
    size_t each;    /* of one address; 0 is no limit */
    double seconds; /* for a request's header, or for PEERS_RATE * seconds bytes of a body */
    bool silent;    /* the connections are encrypted: they are closed without a word */
} PeersLimits;

/* Starts a thread that looks after them. NULL where there is no memory or no thread. */
Peers *peers_new(const PeersLimits *limits) MUST_USE;

/* When all have left. */
void peers_free(Peers *peers);

/* Seconds of silence between requests after which the network is to close a connection. */
double peers_idle_seconds(const Peers *peers);

/* A connection is there. NULL where there is no memory: it is to be closed. It may be cut already,
 * and has been told why. */
Peer *peers_enter(Peers *peers, int fd, const struct sockaddr *address) MUST_USE;

/* It is about to be closed; before its descriptor is. */
void peers_leave(Peers *peers, Peer *peer);

/* What a peer does, told by the one thread that has its connection at the time. False where it was
 * cut before: nothing more is to be read or answered, and the connection is to be closed. */
bool peer_begins(Peer *peer) MUST_USE;                /* a request line has come */
bool peer_sends_body(Peer *peer, size_t n) MUST_USE;  /* n bytes more have come, or 0 at first */
bool peer_waits(Peer *peer) MUST_USE;                 /* for us */
bool peer_takes_reply(Peer *peer, size_t n) MUST_USE; /* n bytes that it has not taken yet */
void peer_idles(Peer *peer);                          /* between requests */

/* Why it was cut; PEER_KEPT where it was not. */
typedef enum PeerCut {
    PEER_KEPT,
    PEER_LATE,    /* its request did not come in time; it was told 408 */
    PEER_UNREAD,  /* it did not take its reply in time */
    PEER_CROWDED, /* its address had too many; it was told 429 */
    PEER_EVICTED, /* idle while others needed the place */
} PeerCut;
PeerCut peer_cut(const Peer *peer);

#endif
