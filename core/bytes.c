/* Numbers as bytes, by shifts, so that neither the order of bytes nor the alignment of a machine
 * matters. Owns nothing.
 */
#include "core/bytes.h"

#include <string.h>

uint64_t bytes_load(const unsigned char *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

void bytes_store(unsigned char *at, size_t n, uint64_t value)
{
    for (size_t i = 0; i < n; i++) {
        at[i] = (unsigned char)(value >> (8 * i) & 0xff);
    }
}

real bytes_load_real(const unsigned char *at)
{
    const uint64_t bits = bytes_load(at, 8);
    real value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void bytes_store_real(unsigned char *at, real value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_store(at, 8, bits);
}
