/* Large values: a row in blobs, its bytes in blob_chunks, each chunk with a checksum. At most one
 * chunk is held beside the caller's own memory.
 */
#ifndef STORE_DB_BYTES_H
#define STORE_DB_BYTES_H

#include "store/db/query.h"

#define BYTES_CHUNK ((size_t)1 << 20)

/* A stored value, with the table and id of its owner for the log. */
typedef struct Bytes {
    int64_t blob;
    const char *table, *id;
} Bytes;

/* Keeps the row of a value of that size; its chunks follow by bytes_put, in order. */
Status bytes_begin(Db *db, size_t size, int64_t *blob) MUST_USE;
Status bytes_put(Db *db, int64_t blob, int64_t position, const void *bytes, size_t size) MUST_USE;

/* Keeps a whole value, cut into chunks. */
Status bytes_add(Db *db, const void *bytes, size_t size, int64_t *blob) MUST_USE;

/* The size of a value, after a look that its chunks add up to it: no more than is on the disk. */
Status bytes_size(Db *db, const Bytes *bytes, size_t *size) MUST_USE;

/* The whole value, to be freed with free(). */
Status bytes_get(Db *db, const Bytes *bytes, unsigned char **value, size_t *size) MUST_USE;

/* Chunks one after the other, from the one at `position`; each is verified. */
typedef struct BytesReader {
    Bytes bytes;
    Query query;
    int64_t position; /* of the chunk to come */
} BytesReader;

BytesReader bytes_open(Db *db, const Bytes *bytes, int64_t position);

/* The next chunk, borrowed until the call after; false at the end and after a failure. */
bool bytes_next(BytesReader *reader, const unsigned char **chunk, size_t *size);
Status bytes_close(BytesReader *reader) MUST_USE;

#endif
