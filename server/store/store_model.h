/* Models in the store: a name with versions 1, 2, ... A version's number is never used again.
 * Errors beside those of store.h are named at each function.
 */
#ifndef STORE_STORE_MODEL_H
#define STORE_STORE_MODEL_H

#include "store/store.h"

/* One version of a model. */
typedef struct ModelRecord {
    char name[MODEL_NAME];
    int64_t version;
    char job[ID_SIZE];     /* that made it; "" where it was imported */
    char dataset[ID_SIZE]; /* it was trained on; likewise */
    char dataset_digest[DIGEST_SIZE];
    char digest[DIGEST_SIZE]; /* SHA-256 of the weights in their plain form (blob.h) */
    int64_t members;          /* networks, whose mean it is */
    int64_t parameters;       /* of all of them */
    bool has_training, has_validation;
    Score training, validation; /* meaningful where has_... */
    int64_t created_at;         /* ms since 1970 */
    size_t features, targets;
    Column *column; /* (features + targets), as in the dataset it was trained on; owned */
    Model *model;   /* owned; NULL where only the description was read */
} ModelRecord;

void model_record_free(ModelRecord *record);

/* version 0 is the newest. With the network where load is true. STATUS_NOT_FOUND. */
Status store_model_get(Store *store, const char *name, int64_t version, bool load,
                       ModelRecord **record) MUST_USE;

/* The newest version of each name, newest first; StorePage.after is the name of a model. */
Status store_model_list(Store *store, StorePage page, ModelRecord ***records, size_t *count,
                        bool *more) MUST_USE;

/* All versions of one name, newest first. STATUS_NOT_FOUND. */
Status store_model_versions(Store *store, const char *name, ModelRecord ***records,
                            size_t *count) MUST_USE;
void store_models_free(ModelRecord **records, size_t count);

/* Keeps a model that comes from elsewhere as the next version of record->name: of the record are
 * taken the columns, scores, dataset_digest and the model, which fits the columns; version, digest,
 * members, parameters and created_at are set. STATUS_INVALID: record->digest is neither "" nor that
 * of the weights. */
Status store_model_import(Store *store, ModelRecord *record) MUST_USE;

/* version 0 is all of them. STATUS_NOT_FOUND. */
Status store_model_delete(Store *store, const char *name, int64_t version) MUST_USE;

#endif
