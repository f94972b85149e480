/* Numbers as bytes, little-endian whatever the machine.
 */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include "core/real.h"

/* The whole number in n <= 8 bytes. */
uint64_t bytes_load(const unsigned char *at, size_t n);
void bytes_store(unsigned char *at, size_t n, uint64_t value);

/* A binary64, bit by bit, in 8 bytes. */
real bytes_load_real(const unsigned char *at);
void bytes_store_real(unsigned char *at, real value);

#endif
