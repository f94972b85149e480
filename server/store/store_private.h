/* What the files of this folder share: how to write and read, and rows that several of them need.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "store/store.h"
#include "store/store_once.h"
#include "store/db/bytes.h"
#include "store/db/query.h"
#include "store/db/reader.h"
#include "store/db/trouble.h"
#include "store/db/writer.h"

/* Runs work in the writing thread; see WriterWork. Returns when it is durable. */
Status store_write(Store *store, WriterWork *work, void *arg) MUST_USE;

/* The same for what makes room or cannot wait: on a full disk it may use up the ballast. */
Status store_write_freeing(Store *store, WriterWork *work, void *arg) MUST_USE;

/* STATUS_STORE_FULL where the disk has no room for so many bytes and for pages of the database. */
#define STORE_ROOM_SPARE (2LL << 20) /* bytes of these */
Status store_look_for_room(Store *store, size_t bytes) MUST_USE;

int64_t store_opened_at(const Store *store); /* before jobs were looked for that a crash left */

/* Runs work in this thread on a connection that reads, in one transaction. What work left in arg
 * is the caller's also where this fails. */
Status store_read(Store *store, ReaderWork *work, void *arg) MUST_USE;

/* The status for what the core says. */
Status store_outcome(Outcome outcome);

/* The array with room for one element more than count, for a row of the query: it doubles. NULL
 * where there is no memory: the query has then failed, and the old array is as it was. */
void *store_grow(Query *query, void *array, size_t count, size_t element) MUST_USE;

/* Binds a page: the cursor, and one entry more than its limit, so as to see whether more follow. */
void store_bind_page(Query *query, StorePage page);

/* The three numbers of a score; NULLs where it is not known. */
void store_bind_score(Query *query, bool known, const Score *score);
bool store_read_score(Query *query, Score *score);

/* The daemon went down under all jobs that are running: see job_crashed; arg is NULL. */
Status store_jobs_crashed(Writer *writer, void *arg) MUST_USE;

/* What the store gives a dataset that is added. */
typedef struct DatasetStamp {
    char id[ID_SIZE];
    int64_t created_at;
} DatasetStamp;

/* Adds a dataset within a piece of writing. */
Status store_dataset_insert(Writer *writer, const Dataset *dataset, DatasetStamp *stamp) MUST_USE;

/* Remembers within a piece of writing what a request has made; nothing where key is NULL or has no
 * text. STATUS_CONFLICT: a request of that key was faster. */
Status store_once_insert(Db *db, const StoreKey *key, const char *made) MUST_USE;

/* Whether there is such a dataset: STATUS_OK or STATUS_NOT_FOUND. */
Status store_dataset_find(Db *db, const char *id) MUST_USE;

/* The columns of the dataset or model that `sql` selects by seq ?1 (name, min, max, mean, std, by
 * position); there have to be `count`. The array is the caller's; NULL where it failed. */
typedef struct ColumnOwner {
    const char *table, *id;
    int64_t seq;
} ColumnOwner;
Status store_columns(Db *db, const char *sql, const ColumnOwner *owner, size_t count,
                     Column **columns) MUST_USE;
void store_columns_free(Column *columns, size_t count);

/* A model made by a job, ready to be inserted. */
typedef struct ModelDraft {
    unsigned char *bytes; /* of the model; owned */
    size_t size;
    char digest[DIGEST_SIZE];
    int64_t parameters, members;
} ModelDraft;
Status store_model_draft(const Model *model, ModelDraft *draft) MUST_USE;

/* Counts the name's versions on; and notes which row is the newest of them. */
Status store_model_next_version(Db *db, const char *name, int64_t *version) MUST_USE;
Status store_model_note_newest(Db *db, const char *name, int64_t seq) MUST_USE;

/* Keeps the next version of job->model_name. STATUS_NOT_FOUND: the dataset is gone. */
Status store_model_insert(Db *db, const Job *job, const ModelDraft *draft,
                          int64_t *version) MUST_USE;

#endif
