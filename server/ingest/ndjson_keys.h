/* The keys of the first object of an NDJSON text, and where their numbers stand in a row.
 */
#ifndef INGEST_NDJSON_KEYS_H
#define INGEST_NDJSON_KEYS_H

#include "tools/problem.h"
#include "tools/text.h"

typedef struct NdjsonKey {
    const char *name; /* decoded; in the names, once sealed */
    size_t at, length;
    size_t first, count; /* its numbers are [first, first + count) of a row */
    bool array;          /* [1] rather than 1 */
    bool plain;          /* in JSON it is written as it is: without escapes */
    bool twin;           /* of a key before it; a mistake */
    size_t line;         /* where it was met last */
} NdjsonKey;

typedef struct NdjsonKeys {
    Text names;
    NdjsonKey *key; /* in the order of the first object; owned */
    size_t count, room;
    const char **sorted; /* (count) names; owned; NULL until sealed */
    size_t *order;       /* (count) the keys of sorted; owned */
} NdjsonKeys;

void ndjson_keys_free(NdjsonKeys *keys);

/* Forgets all of them. */
void ndjson_keys_clear(NdjsonKeys *keys);

/* Adds a key by what stands between its quotes, and returns it; it may move with the next one.
 * NULL, with *malformed set, where it is no JSON string, or else where there is no memory. */
NdjsonKey *ndjson_keys_add(NdjsonKeys *keys, const char *raw, size_t n, bool *malformed) MUST_USE;

/* The first object is complete: finds keys that are there twice, and makes the index. False where
 * there is no memory. */
bool ndjson_keys_seal(NdjsonKeys *keys) MUST_USE;

/* Of sealed keys the one of that decoded name; NULL where there is none. */
NdjsonKey *ndjson_keys_find(const NdjsonKeys *keys, const char *name);

/* Whether p begins with this key and its closing quote. */
bool ndjson_key_is_at(const NdjsonKey *key, const char *p, const char *end);

#endif
