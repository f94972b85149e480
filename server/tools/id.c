/* Ids as ULIDs have it (time, then randomness), made shorter. */
#include "tools/id.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "tools/clock.h"

#define RANDOM_BITS 50

static uint64_t random_part(void)
{
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        bits = (uint64_t)(clock_seconds() * 1e9); /* unique by last_ms all the same */
    return bits >> (64 - RANDOM_BITS + 1);        /* the top bit is 0: room to count up */
}

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void base32(uint64_t value, char *digits)
{
    for (int i = 9; i >= 0; i--, value >>= 5)
        digits[i] = alphabet[value & 31];
}

void id_make(IdMaker *maker, const char *prefix, char id[ID_SIZE])
{
    uint64_t ms = (uint64_t)clock_now_ms();
    if (ms > maker->last_ms) {
        maker->last_ms = ms;
        maker->last_random = random_part();
    } else {
        maker->last_random++;
    }
    char digits[21] = {0};
    base32(maker->last_ms, digits);
    base32(maker->last_random, digits + 10);
    snprintf(id, ID_SIZE, "%.8s_%s", prefix, digits);
}

bool id_has_form(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 && text[length] == '_' &&
           strlen(text + length + 1) == 20 && strspn(text + length + 1, alphabet) == 20;
}
