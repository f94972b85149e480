/* The network: the only room that knows libmicrohttpd. It takes requests in through the gate, calls
 * their handlers, and sends the replies.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "http/listener.h"
#include "services.h"
#include "tools/conf.h"

typedef struct Http Http;

/* Begins to answer at conf->listen; address gets "host:port" as it really is. conf and services are
 * borrowed. On failure *why is a sentence for the operator. */
typedef struct HttpStart {
    const Conf *conf;
    Services *services;
    char address[LISTENER_ADDRESS];
    const char *scheme; /* "http" or "https" */
    char why[512];
} HttpStart;
Http *http_start(HttpStart *start) MUST_USE;

/* Reads certificate and key again, where TLS is spoken. */
void http_reload(Http *http);

/* Stops accepting, and answers who waits for a job as it stands. */
void http_quiesce(Http *http);

/* Lets the requests that are there finish for at most that many seconds, and closes. After
 * http_quiesce, and when nothing rings services->ended any more. */
void http_stop(Http *http, double seconds);

#endif
