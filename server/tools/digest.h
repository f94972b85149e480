/* SHA-256 (FIPS 180-4), by GnuTLS. */
#ifndef TOOLS_DIGEST_H
#define TOOLS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

#define DIGEST_SIZE 65 /* 64 hexadecimal digits and the final 0 */

typedef struct Digest Digest;

/* NULL where there is no memory. */
Digest *digest_new(void) MUST_USE;
void digest_add(Digest *digest, const void *bytes, size_t n);

/* Writes the digest in hexadecimal and frees it. */
void digest_finish_take(char hex[DIGEST_SIZE], Digest *digest);

/* The digest of n bytes in hexadecimal; false where there is no memory. */
bool digest_of(const void *bytes, size_t n, char hex[DIGEST_SIZE]) MUST_USE;

/* Whether two digests are the same, in a time that tells nothing of where they differ. */
bool digest_equal(const char a[DIGEST_SIZE], const char b[DIGEST_SIZE]) MUST_USE;

#endif
