/* A hash table with chains. The hash is seeded, so that nobody can choose addresses that share a
 * chain. An entry is freed with its last connection. */
#include "http/tally.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CHAINS 1024 /* a power of two */

typedef struct Key {
    uint64_t high, low;
} Key;

struct TallyEntry {
    TallyEntry *next;
    Key key;
    size_t count;
};

struct Tally {
    uint64_t seed;
    TallyEntry *chain[CHAINS];
};

Tally *tally_new(void)
{
    Tally *tally = calloc(1, sizeof *tally);
    if (tally && getrandom(&tally->seed, sizeof tally->seed, GRND_NONBLOCK) < 0)
        tally->seed = (uint64_t)(uintptr_t)tally;
    return tally;
}

void tally_free(Tally *tally)
{
    for (size_t i = 0; tally && i < CHAINS; i++) {
        while (tally->chain[i])
            tally_remove(tally, tally->chain[i]);
    }
    free(tally);
}

/* An IPv4 address, also as IPv6 writes it (::ffff:1.2.3.4), or the network part of an IPv6 one. */
static Key key_of(const struct sockaddr *address)
{
    Key key = {0};
    if (address && address->sa_family == AF_INET) {
        key.low = ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
    } else if (address && address->sa_family == AF_INET6) {
        const struct in6_addr *in6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(in6)) {
            memcpy(&key.low, in6->s6_addr + 12, 4);
        } else {
            memcpy(&key.high, in6->s6_addr, sizeof key.high);
            key.low = UINT64_MAX; /* no IPv4 address */
        }
    }
    return key;
}

static TallyEntry **chain_of(Tally *tally, Key key)
{
    uint64_t hash = (key.high ^ tally->seed) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 32 ^ key.low) * 0x9E3779B97F4A7C15u;
    return &tally->chain[hash >> 40 & (CHAINS - 1)];
}

TallyEntry *tally_add(Tally *tally, const struct sockaddr *address)
{
    Key key = key_of(address);
    TallyEntry **chain = chain_of(tally, key);
    TallyEntry *entry = *chain;
    while (entry && (entry->key.high != key.high || entry->key.low != key.low))
        entry = entry->next;
    if (!entry) {
        entry = malloc(sizeof *entry);
        if (!entry)
            return NULL;
        *entry = (TallyEntry){*chain, key, 0};
        *chain = entry;
    }
    entry->count++;
    return entry;
}

size_t tally_count(const TallyEntry *entry)
{
    return entry->count;
}

void tally_remove(Tally *tally, TallyEntry *entry)
{
    if (--entry->count > 0)
        return;
    TallyEntry **at = chain_of(tally, entry->key);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    free(entry);
}
