/* The library gives each connection the credentials that it was started with; tls_begin replaces
 * them, before the handshake, by those that are current. Connections and the current place each
 * hold one count of an identity; the last who lets go frees it.
 */
#include "http/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/clock.h"
#include "tools/log.h"

struct TlsIdentity {
    gnutls_certificate_credentials_t credentials;
    size_t holders;
};

/* What the files hold, as PEM, each with a NUL behind it. */
typedef struct Pem {
    gnutls_datum_t cert, key;
} Pem;

struct Tls {
    const char *cert_path, *key_path; /* of the options, which outlive this */
    Pem first;                        /* until tls_started */
    pthread_mutex_t lock;             /* guards current, and the holders of all identities */
    TlsIdentity *current;
};

/* Where a sentence for the operator goes. */
typedef struct Why {
    char *text;
    size_t size;
} Why;

static Status read_file(const char *option, const char *path, gnutls_datum_t *bytes, Why why)
{
    errno = 0;
    int code = gnutls_load_file(path, bytes);
    if (code == 0)
        return STATUS_OK;
    snprintf(why.text, why.size, "%s: %s cannot be read: %s", option, path,
             errno ? strerror(errno) : gnutls_strerror(code));
    return code == GNUTLS_E_MEMORY_ERROR ? STATUS_NO_MEMORY : STATUS_INVALID;
}

static void forget(Pem *pem)
{
    if (pem->key.data)
        explicit_bzero(pem->key.data, pem->key.size);
    gnutls_free(pem->key.data);
    gnutls_free(pem->cert.data);
    *pem = (Pem){{NULL, 0}, {NULL, 0}};
}

/* When the certificate ends, in seconds since 1970; -1 where the bytes hold none. */
static time_t expiry(const gnutls_datum_t *cert)
{
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    time_t ends = -1;
    if (gnutls_x509_crt_list_import2(&chain, &count, cert, GNUTLS_X509_FMT_PEM, 0) < 0)
        return -1;
    for (unsigned i = 0; i < count; i++) {
        if (i == 0) /* the server's own; those of its issuers follow */
            ends = gnutls_x509_crt_get_expiration_time(chain[i]);
        gnutls_x509_crt_deinit(chain[i]);
    }
    gnutls_free(chain);
    return ends;
}

/* Why GnuTLS, with this code, did not take certificate and key. */
static Status explain(const Tls *tls, const Pem *pem, int code, Why why)
{
    if (code == GNUTLS_E_MEMORY_ERROR) {
        snprintf(why.text, why.size, "there is not enough memory");
        return STATUS_NO_MEMORY;
    }
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        snprintf(why.text, why.size, "--tls-key: %s is not the key of the certificate in %s",
                 tls->key_path, tls->cert_path);
    else if (expiry(&pem->cert) < 0)
        snprintf(why.text, why.size, "--tls-cert: %s must hold a certificate as PEM",
                 tls->cert_path);
    else
        snprintf(why.text, why.size,
                 "--tls-key: %s must hold a private key as PEM, not encrypted: %s", tls->key_path,
                 gnutls_strerror(code));
    return STATUS_INVALID;
}

static TlsIdentity *identity_new(const Pem *pem, int *code)
{
    TlsIdentity *identity = malloc(sizeof *identity);
    *code = GNUTLS_E_MEMORY_ERROR;
    if (!identity)
        return NULL;
    identity->holders = 1;
    *code = gnutls_certificate_allocate_credentials(&identity->credentials);
    if (*code < 0)
        goto failed;
    *code = gnutls_certificate_set_x509_key_mem2(identity->credentials, &pem->cert, &pem->key,
                                                 GNUTLS_X509_FMT_PEM, NULL, 0);
    if (*code >= 0)
        return identity;
    gnutls_certificate_free_credentials(identity->credentials);
failed:
    free(identity);
    return NULL;
}

/* What the operator should know of the files, which can be used. */
static void tell(const Tls *tls, const Pem *pem, const char *event)
{
    char ends[CLOCK_TEXT];
    struct stat about;
    int64_t expires = (int64_t)expiry(&pem->cert) * 1000;
    clock_text(expires, ends);
    log_info(event, LOG_TEXT("certificate", tls->cert_path), LOG_TEXT("expires", ends));
    if (expires < clock_now_ms())
        log_warning("tls-expired", LOG_TEXT("file", tls->cert_path),
                    LOG_TEXT("why", "it has expired: clients will refuse it"));
    if (stat(tls->key_path, &about) == 0 && about.st_mode & S_IROTH)
        log_warning("tls-key-exposed", LOG_TEXT("file", tls->key_path),
                    LOG_TEXT("why", "all users of this machine can read it; chmod o-r helps"));
}

/* The caller forgets the Pem, whatever becomes of it. */
static Status load(const Tls *tls, Pem *pem, TlsIdentity **identity, Why why)
{
    int code = 0;
    Status status = read_file("--tls-cert", tls->cert_path, &pem->cert, why);
    if (status == STATUS_OK)
        status = read_file("--tls-key", tls->key_path, &pem->key, why);
    if (status != STATUS_OK)
        return status;
    *identity = identity_new(pem, &code);
    return *identity ? STATUS_OK : explain(tls, pem, code, why);
}

Status tls_open(const Conf *conf, Tls **tls, char *why, size_t size)
{
    const char *cert = conf->tls_cert, *key = conf->tls_key;
    *tls = NULL;
    if (!cert[0] && !key[0])
        return STATUS_OK;
    if (!cert[0] || !key[0]) {
        snprintf(why, size, "--tls-cert and --tls-key go together: %s is not given",
                 cert[0] ? "--tls-key" : "--tls-cert");
        return STATUS_INVALID;
    }
    Tls *new = calloc(1, sizeof *new);
    if (!new) {
        snprintf(why, size, "there is not enough memory");
        return STATUS_NO_MEMORY;
    }
    new->cert_path = cert;
    new->key_path = key;
    pthread_mutex_init(&new->lock, NULL);
    Status status = load(new, &new->first, &new->current, (Why){why, size});
    if (status != STATUS_OK) {
        tls_free(new);
        return status;
    }
    *tls = new;
    return STATUS_OK;
}

void tls_options(const Tls *tls, struct MHD_OptionItem options[TLS_OPTIONS])
{
    /* TLS 1.2 and 1.3; keys agreed on anew for each connection, ciphers that authenticate. */
    static char priorities[] =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"
        ":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"
        ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE";
    struct MHD_OptionItem *next = options;
    if (tls) {
        *next++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, tls->first.cert.data};
        *next++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, tls->first.key.data};
        *next++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
    }
    *next = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

void tls_started(Tls *tls)
{
    tell(tls, &tls->first, "tls-read");
    forget(&tls->first);
}

void tls_reload(Tls *tls)
{
    char why[512];
    Pem pem = {{NULL, 0}, {NULL, 0}};
    TlsIdentity *identity = NULL;
    if (load(tls, &pem, &identity, (Why){why, sizeof why}) != STATUS_OK) {
        log_warning("tls-kept", LOG_TEXT("why", why));
    } else {
        pthread_mutex_lock(&tls->lock);
        TlsIdentity *old = tls->current;
        tls->current = identity;
        pthread_mutex_unlock(&tls->lock);
        tls_end(tls, old);
        tell(tls, &pem, "tls-reloaded");
    }
    forget(&pem);
}

TlsIdentity *tls_begin(Tls *tls, void *session)
{
    pthread_mutex_lock(&tls->lock);
    TlsIdentity *identity = tls->current;
    identity->holders++;
    pthread_mutex_unlock(&tls->lock);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity->credentials);
    return identity;
}

void tls_end(Tls *tls, TlsIdentity *identity)
{
    if (!identity)
        return;
    pthread_mutex_lock(&tls->lock);
    bool last = --identity->holders == 0;
    pthread_mutex_unlock(&tls->lock);
    if (!last)
        return;
    gnutls_certificate_free_credentials(identity->credentials);
    free(identity);
}

void tls_free(Tls *tls)
{
    if (!tls)
        return;
    tls_end(tls, tls->current);
    forget(&tls->first);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}
