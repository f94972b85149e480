/* SHA-256 by GnuTLS, which libmicrohttpd brings along. */
#include "tools/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#define SHA256_BYTES 32

struct Digest {
    gnutls_hash_hd_t hash;
};

Digest *digest_new(void)
{
    Digest *digest = calloc(1, sizeof *digest);
    if (!digest || gnutls_hash_init(&digest->hash, GNUTLS_DIG_SHA256) >= 0)
        return digest;
    gnutls_free(digest->hash); /* GnuTLS 3.7 leaves its first part where the second has no memory */
    free(digest);
    return NULL;
}

void digest_add(Digest *digest, const void *bytes, size_t n)
{
    gnutls_hash(digest->hash, bytes, n);
}

static void to_hex(const unsigned char *bytes, char hex[DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[DIGEST_SIZE - 1] = '\0';
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
    unsigned char digest[SHA256_BYTES];
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, n, digest) < 0)
        return false;
    to_hex(digest, hex);
    return true;
}

bool digest_equal(const char a[DIGEST_SIZE], const char b[DIGEST_SIZE])
{
    return gnutls_memcmp(a, b, DIGEST_SIZE) == 0;
}
