/* One request and its reply, from the request line to the last byte sent. Made and freed by http;
 * between, it is in one place at a time: with a thread of the network, or with the crew.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "api/route.h"
#include "http/crew.h"
#include "http/gate.h"
#include "http/peers.h"
#include "http/target.h"

#define EXCHANGE_HEADERS_MAX 64
#define EXCHANGE_HEADER_BYTES (16u * 1024) /* of their names and values, at most */

typedef enum ExchangeStep {
    EXCHANGE_NEW,      /* only the request line is there */
    EXCHANGE_BODY,     /* the body arrives */
    EXCHANGE_DRAIN,    /* it is refused; the rest of the body is dropped */
    EXCHANGE_ANSWERED, /* the reply is there */
    EXCHANGE_SENDING,  /* its body is made while it is sent; see sender.h */
} ExchangeStep;

/* Where a body is that is made while it is sent. */
typedef struct Sending {
    Shared *part;      /* being sent; NULL: nothing is */
    size_t taken;      /* bytes of it */
    bool over, broken; /* nothing follows; not all was sent: the connection is to break */
    double spoke, due; /* clock_seconds of the last part, and when to ask for the next one */
} Sending;

typedef struct Exchange {
    CrewItem item; /* first, so that the crew's item is the exchange */
    ExchangeStep step;
    void *connection, *owner; /* the library's, and the Http; opaque here */
    Peer *peer;               /* who has the connection */
    char *raw;           /* target as it stood in the request line, owned; NULL without memory */
    const char *raw_end; /* where it ended in the library's buffer */
    size_t header_count;
    size_t header_bytes;  /* names and values; over the limit where there was no room for all */
    char method[16];      /* as the client wrote it, cut */
    const char *agent;    /* who it says it is; NULL where it does not */
    char who[ID_SIZE];    /* id of the token that it showed and that is good, or "" */
    const char *origin;   /* of the page that may read the reply; NULL where it is of none */
    bool by_origin;       /* the reply depends on the page */
    const char *wrong;    /* a mistake found while the headers were collected */
    long long body_bytes; /* that have come */
    const Route *route;
    Request request;
    Reply reply;
    Sending sending;
    bool parked;   /* it waits, or has waited, for a job, or listens to one */
    bool close;    /* the connection is not to be used again */
    Target target; /* these two last: what has not come is not cleared */
    Pair header[EXCHANGE_HEADERS_MAX];
} Exchange;

/* For a request line; NULL where there is no memory. raw may be NULL. */
Exchange *exchange_new(const char *raw) MUST_USE;
void exchange_free(Exchange *exchange);

/* What the library says of a request once its header is there. */
typedef struct ExchangeHead {
    const char *method, *version;
    long long max_body; /* bytes of a body, at most */
    Access *access;     /* who is let in */
} ExchangeHead;

/* Gate, target, host, route, token, size and type of the body, in this order. Afterwards the step
 * is EXCHANGE_BODY, or EXCHANGE_ANSWERED with the reply that refuses it. */
void exchange_open(Exchange *exchange, const ExchangeHead *head);

/* Whether it is refused, and a body on its way that nobody waits for: the connection closes. */
bool exchange_must_refuse_now(const Exchange *exchange);

/* Takes the next bytes of the body. */
void exchange_feed(Exchange *exchange, const char *bytes, size_t n, long long max_body);

/* The body is complete: refuses what is wrong with it; else the step stays EXCHANGE_BODY and the
 * handler is to be called. */
void exchange_close_body(Exchange *exchange);

/* The daemon is about to stop, and the handler was not called yet. */
void exchange_refuse_stopping(Exchange *exchange);

/* Calls the handler. Afterwards the step is EXCHANGE_ANSWERED, or the reply's must_block or
 * wait_until says when to call again. Who has waited, and is not let in any more, is refused. */
void exchange_handle(Exchange *exchange, Services *services);

#endif
