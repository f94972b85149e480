/* Who the daemon says it is, to clients that speak TLS: a certificate and its key. They may be
 * exchanged while it runs: a connection keeps those that it began with.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <microhttpd.h>

#include "tools/conf.h"

typedef struct Tls Tls;
typedef struct TlsIdentity TlsIdentity;

/* Reads the files that --tls-cert and --tls-key name; *tls is NULL where neither is given. On
 * failure why is a sentence for the operator. STATUS_INVALID, STATUS_NO_MEMORY. */
Status tls_open(const Conf *conf, Tls **tls, char *why, size_t size) MUST_USE;

/* After the last connection has ended. */
void tls_free(Tls *tls);

/* What the library is started with: certificate, key and GnuTLS' priorities, borrowed until
 * tls_started, and an end; where tls is NULL only that. */
#define TLS_OPTIONS 4
void tls_options(const Tls *tls, struct MHD_OptionItem options[TLS_OPTIONS]);

/* The library has read certificate and key: the log says which, and their texts are forgotten. */
void tls_started(Tls *tls);

/* Reads the files again, for connections that begin from now on. What cannot be used changes
 * nothing; the log says either. */
void tls_reload(Tls *tls);

/* A connection begins, whose gnutls_session_t this is: it takes what is current. */
TlsIdentity *tls_begin(Tls *tls, void *session);
void tls_end(Tls *tls, TlsIdentity *identity);

#endif
