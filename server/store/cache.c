/* Entries by name and asked version, in chains by a hash of the name. The mutex guards the table
 * and generation; it is never held across a read of the store. A read that began before a model was
 * renewed or forgotten must not bring the old one back: generation tells. */
#include "store/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS 512

struct Served {
    atomic_size_t references;
    ModelRecord *record;
};

typedef struct Entry {
    char name[MODEL_NAME];
    int64_t asked;  /* version; 0 is the newest */
    Served *served; /* one reference is the entry's */
    uint64_t used;  /* tick of the last use */
    struct Entry *next;
} Entry;

struct Cache {
    Store *store;
    CacheUse limit;
    pthread_mutex_t mutex;
    Entry *chain[CHAINS];
    CacheUse use;
    uint64_t tick;
    uint64_t generation; /* goes up when something cached may not be true any more */
    size_t renewals;     /* under way: what is read meanwhile is not kept */
};

Cache *cache_new(Store *store, CacheUse limit)
{
    Cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->store = store;
    cache->limit = limit;
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

/* Bytes of a model's numbers: what it takes beside a few hundred. */
static size_t bytes_of(const Served *served)
{
    const Residuals *residuals = served->record->model->residuals;
    size_t kept = residuals ? residuals->outputs * residuals->points : 0;
    return ((size_t)served->record->parameters + kept) * sizeof(real);
}

static void remove_entry(Cache *cache, Entry **at)
{
    Entry *entry = *at;
    *at = entry->next;
    cache->use.models--;
    cache->use.bytes -= bytes_of(entry->served);
    served_drop(entry->served);
    free(entry);
}

void cache_free(Cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < CHAINS; i++)
        while (cache->chain[i])
            remove_entry(cache, &cache->chain[i]);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

static Entry **chain_of(Cache *cache, const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return &cache->chain[hash % CHAINS];
}

/* With the mutex held: where the entry hangs; NULL where there is none. */
static Entry **find(Cache *cache, const char *name, int64_t asked)
{
    for (Entry **at = chain_of(cache, name); *at; at = &(*at)->next)
        if ((*at)->asked == asked && strcmp((*at)->name, name) == 0)
            return at;
    return NULL;
}

/* With the mutex held; there is an entry. */
static void evict_one(Cache *cache)
{
    Entry **oldest = NULL;
    for (size_t i = 0; i < CHAINS; i++)
        for (Entry **at = &cache->chain[i]; *at; at = &(*at)->next)
            if (!oldest || (*at)->used < (*oldest)->used)
                oldest = at;
    remove_entry(cache, oldest);
}

static Served *hold(Served *served)
{
    atomic_fetch_add(&served->references, 1);
    return served;
}

/* With the mutex held. */
static void make_room(Cache *cache, size_t bytes)
{
    const CacheUse *use = &cache->use, *limit = &cache->limit;
    while (use->models > 0 && (use->models >= limit->models || use->bytes + bytes > limit->bytes))
        evict_one(cache);
}

/* With the mutex held. Where there is no memory for an entry, the model is served uncached. */
static void put(Cache *cache, int64_t asked, Served *served)
{
    const ModelRecord *record = served->record;
    Entry **old = find(cache, record->name, asked);
    if (old)
        remove_entry(cache, old);
    Entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return;
    make_room(cache, bytes_of(served));
    Entry **chain = chain_of(cache, record->name);
    snprintf(entry->name, sizeof entry->name, "%s", record->name);
    entry->asked = asked;
    entry->served = hold(served);
    entry->used = ++cache->tick;
    entry->next = *chain;
    *chain = entry;
    cache->use.models++;
    cache->use.bytes += bytes_of(served);
}

static Status load(Cache *cache, const char *name, int64_t version, Served **served)
{
    Served *fresh = malloc(sizeof *fresh);
    if (!fresh)
        return STATUS_NO_MEMORY;
    Status status = store_model_get(cache->store, name, version, true, &fresh->record);
    if (status != STATUS_OK) {
        free(fresh);
        return status;
    }
    atomic_init(&fresh->references, 1);
    *served = fresh;
    return STATUS_OK;
}

Status cache_get(Cache *cache, const char *name, int64_t version, bool may_read, Served **served)
{
    *served = NULL;
    pthread_mutex_lock(&cache->mutex);
    Entry **found = find(cache, name, version);
    if (found) {
        (*found)->used = ++cache->tick;
        *served = hold((*found)->served);
    }
    uint64_t generation = cache->generation;
    pthread_mutex_unlock(&cache->mutex);
    if (*served || !may_read)
        return STATUS_OK;
    Status status = load(cache, name, version, served);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&cache->mutex);
    if (cache->generation == generation && cache->renewals == 0)
        put(cache, version, *served);
    pthread_mutex_unlock(&cache->mutex);
    return STATUS_OK;
}

/* With the mutex held: drops the entries of a name, of all versions or just of the newest. */
static void drop(Cache *cache, const char *name, bool all)
{
    cache->generation++;
    Entry **at = chain_of(cache, name);
    while (*at) {
        if (strcmp((*at)->name, name) == 0 && (all || (*at)->asked == 0))
            remove_entry(cache, at);
        else
            at = &(*at)->next;
    }
}

void cache_forget(Cache *cache, const char *name)
{
    pthread_mutex_lock(&cache->mutex);
    drop(cache, name, true);
    pthread_mutex_unlock(&cache->mutex);
}

void cache_renew_begin(Cache *cache, const char *name)
{
    pthread_mutex_lock(&cache->mutex);
    cache->renewals++;
    drop(cache, name, false);
    pthread_mutex_unlock(&cache->mutex);
}

void cache_renew_end(Cache *cache, const char *name)
{
    Served *newest = NULL;
    pthread_mutex_lock(&cache->mutex);
    cache->renewals--;
    drop(cache, name, false);
    pthread_mutex_unlock(&cache->mutex);
    if (cache_get(cache, name, 0, true, &newest) == STATUS_OK) /* the first client need not wait */
        served_drop(newest);
}

CacheUse cache_use(Cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    CacheUse use = cache->use;
    pthread_mutex_unlock(&cache->mutex);
    return use;
}

const ModelRecord *served_record(const Served *served)
{
    return served->record;
}

void served_drop(Served *served)
{
    if (!served || atomic_fetch_sub(&served->references, 1) != 1)
        return;
    model_record_free(served->record);
    free(served);
}
