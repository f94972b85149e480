/* The network: the only room that knows libmicrohttpd. It takes requests in through the gate, calls
 * their handlers, and sends the replies.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "services.h"
#include "tools/conf.h"

typedef struct Http Http;

/* Takes the address at conf->listen and reads certificate and key, so that what is wrong with these
 * is known before anything is made; nobody is let in yet. conf is borrowed. NULL: why is a sentence
 * for the operator. */
Http *http_open(const Conf *conf, char *why, size_t size) MUST_USE;

/* Begins to answer. services are borrowed. On failure why is a sentence for the operator. */
Status http_start(Http *http, Services *services, char *why, size_t size) MUST_USE;

/* "http" or "https", and "host:port" as it really is. Borrowed. */
const char *http_scheme(const Http *http);
const char *http_address(const Http *http);

/* Reads certificate and key again, where TLS is spoken. */
void http_reload(Http *http);

/* Stops accepting, and answers who waits for a job as it stands. */
void http_quiesce(Http *http);

/* Lets the requests that are there finish for at most that many seconds, and closes; where it was
 * only opened, it closes. After http_quiesce, and when nothing rings services->ended any more. */
void http_stop(Http *http, double seconds);

#endif
