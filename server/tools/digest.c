/* SHA-256 by GnuTLS, which libmicrohttpd brings along. */
#include "tools/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>

#define SHA256_BYTES 32

struct Digest {
    gnutls_hash_hd_t hash;
};

Digest *digest_new(void)
{
    Digest *digest = malloc(sizeof *digest);
    if (digest && gnutls_hash_init(&digest->hash, GNUTLS_DIG_SHA256) < 0) {
        free(digest);
        return NULL;
    }
    return digest;
}

void digest_add(Digest *digest, const void *bytes, size_t n)
{
    gnutls_hash(digest->hash, bytes, n);
}

static void to_hex(const unsigned char *bytes, char hex[DIGEST_SIZE])
{
    for (size_t i = 0; i < SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

void digest_finish_take(char hex[DIGEST_SIZE], Digest *digest)
{
    unsigned char bytes[SHA256_BYTES];
    gnutls_hash_deinit(digest->hash, bytes);
    free(digest);
    to_hex(bytes, hex);
}

bool digest_of(const void *bytes, size_t n, char hex[DIGEST_SIZE])
{
    Digest *digest = digest_new();
    if (!digest)
        return false;
    digest_add(digest, bytes, n);
    digest_finish_take(hex, digest);
    return true;
}
