/* Eight bytes of text looked at together, as one whole number (SIMD within a register; the tests
 * are those of Anderson, "Bit Twiddling Hacks").
 */
#ifndef TOOLS_SWAR_H
#define TOOLS_SWAR_H

#include <stdint.h>
#include <string.h>

#define SWAR_BYTES sizeof(uint64_t)
#define SWAR_ONES 0x0101010101010101u /* a 1 in each byte */
#define SWAR_TOPS 0x8080808080808080u /* the top bit of each byte */

static inline uint64_t swar_load(const char *bytes)
{
    uint64_t eight;
    memcpy(&eight, bytes, sizeof eight);
    return eight;
}

/* Not 0 where a byte is less than `limit`, which is at most 128. */
static inline uint64_t swar_less(uint64_t eight, unsigned limit)
{
    return (eight - SWAR_ONES * limit) & ~eight & SWAR_TOPS;
}

/* Not 0 where a byte is this one. */
static inline uint64_t swar_equal(uint64_t eight, unsigned char byte)
{
    return swar_less(eight ^ SWAR_ONES * byte, 1);
}

#endif
