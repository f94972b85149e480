/* The models that are served: read from the store once, kept in memory, shared by counted
 * references and never changed, so that a prediction waits neither for training nor for SQLite.
 * When they are too many or too large, the least recently used leaves; a reload is transparent.
 */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "store/store_model.h"

typedef struct Cache Cache;
typedef struct Served Served;

/* What is in memory: models, and bytes of their numbers. */
typedef struct CacheUse {
    size_t models, bytes;
} CacheUse;

/* Keeps as much as limit says, but always the model that was read last: limit.models >= 1. The
 * store is borrowed. NULL where there is no memory. */
Cache *cache_new(Store *store, CacheUse limit) MUST_USE;
void cache_free(Cache *cache);

/* A model by name; version 0 is the newest. Where it is not in memory: reads the store if may_read,
 * else answers STATUS_OK with *served NULL. Give it back with served_drop.
 * Errors: store_model_get. */
Status cache_get(Cache *cache, const char *name, int64_t version, bool may_read,
                 Served **served) MUST_USE;

/* Around the commit of a new version of the model: between the two calls nothing old is answered
 * from memory, so who has seen the version in the store is never answered by the one before. */
void cache_renew_begin(Cache *cache, const char *name);
void cache_renew_end(Cache *cache, const char *name);

/* Versions of the model were deleted from the store. */
void cache_forget(Cache *cache, const char *name);

CacheUse cache_use(Cache *cache);

/* The record with its model, borrowed for as long as the reference is held. */
const ModelRecord *served_record(const Served *served);
void served_drop(Served *served);

#endif
