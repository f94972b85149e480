/* Keys mostly come in the order of the first line, where one comparison finds them; the others are
 * looked up by halves.
 */
#include "ingest/ndjson_keys.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/json_token.h"

void ndjson_keys_free(NdjsonKeys *keys)
{
    text_free(&keys->names);
    free(keys->key);
    free(keys->sorted);
    free(keys->order);
    *keys = (NdjsonKeys){0};
}

void ndjson_keys_clear(NdjsonKeys *keys)
{
    keys->names.length = 0;
    keys->count = 0;
}

static bool reserve(NdjsonKeys *keys)
{
    if (keys->count < keys->room)
        return true;
    size_t room = keys->room + keys->room / 2 + 16;
    NdjsonKey *key = realloc(keys->key, room * sizeof *key);
    if (!key)
        return false;
    keys->key = key;
    keys->room = room;
    return true;
}

NdjsonKey *ndjson_keys_add(NdjsonKeys *keys, const char *raw, size_t n, bool *malformed)
{
    size_t at = keys->names.length;
    *malformed = !json_string_decode(raw, n, &keys->names) && !keys->names.failed;
    size_t length = keys->names.length - at;
    text_add(&keys->names, "", 1);
    if (*malformed || keys->names.failed || !reserve(keys))
        return NULL;
    NdjsonKey *key = &keys->key[keys->count++];
    *key = (NdjsonKey){.at = at, .length = length};
    key->plain = !memchr(keys->names.bytes + at, '"', length) &&
                 !memchr(keys->names.bytes + at, '\\', length);
    return key;
}

typedef struct Named {
    const char *name;
    size_t key;
} Named;

static int compare(const void *a, const void *b)
{
    const Named *one = a, *other = b;
    int order = strcmp(one->name, other->name);
    return order != 0 ? order : (one->key > other->key) - (one->key < other->key);
}

bool ndjson_keys_seal(NdjsonKeys *keys)
{
    size_t count = keys->count;
    Named *named = malloc((count + 1) * sizeof *named);
    keys->sorted = malloc((count + 1) * sizeof *keys->sorted);
    keys->order = malloc((count + 1) * sizeof *keys->order);
    if (!named || !keys->sorted || !keys->order) {
        free(named);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        keys->key[i].name = keys->names.bytes + keys->key[i].at;
        named[i] = (Named){keys->key[i].name, i};
    }
    qsort(named, count, sizeof *named, compare);
    for (size_t i = 0; i < count; i++) {
        keys->sorted[i] = named[i].name;
        keys->order[i] = named[i].key;
        keys->key[named[i].key].twin = i > 0 && strcmp(named[i - 1].name, named[i].name) == 0;
    }
    free(named);
    return true;
}

NdjsonKey *ndjson_keys_find(const NdjsonKeys *keys, const char *name)
{
    size_t low = 0, high = keys->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(keys->sorted[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < keys->count && strcmp(keys->sorted[low], name) == 0;
    return found ? &keys->key[keys->order[low]] : NULL;
}

bool ndjson_key_is_at(const NdjsonKey *key, const char *p, const char *end)
{
    return key->plain && (size_t)(end - p) > key->length && p[key->length] == '"' &&
           memcmp(p, key->name, key->length) == 0;
}
