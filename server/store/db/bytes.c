/* Writes and reads large values chunk by chunk. Everything that is read may be damaged, so sizes
 * are held against each other before memory is asked for, and each chunk against its checksum.
 */
#include "store/db/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "store/db/trouble.h"

Status bytes_begin(Db *db, size_t size, int64_t *blob)
{
    static const char sql[] = "INSERT INTO blobs (size) VALUES (?1) RETURNING id";
    Query query = query_new(db, sql);
    query_bind_int(&query, (int64_t)size);
    query_find(&query);
    *blob = query_int(&query);
    return query_end(&query);
}

Status bytes_put(Db *db, int64_t blob, int64_t position, const void *bytes, size_t size)
{
    static const char sql[] = "INSERT INTO blob_chunks (blob, position, checksum, bytes)"
                              " VALUES (?1, ?2, ?3, ?4)";
    Query query = query_new(db, sql);
    query_bind_int(&query, blob);
    query_bind_int(&query, position);
    query_bind_int(&query, (int64_t)blob_checksum(bytes, size));
    query_bind_bytes(&query, bytes, size);
    return query_run(&query);
}

Status bytes_add(Db *db, const void *bytes, size_t size, int64_t *blob)
{
    Status status = bytes_begin(db, size, blob);
    int64_t position = 0;
    for (size_t at = 0; at < size && status == STATUS_OK; at += BYTES_CHUNK) {
        size_t n = size - at < BYTES_CHUNK ? size - at : BYTES_CHUNK;
        status = bytes_put(db, *blob, position++, (const unsigned char *)bytes + at, n);
    }
    return status;
}

Status bytes_size(Db *db, const Bytes *bytes, size_t *size)
{
    static const char sql[] = "SELECT size, (SELECT coalesce(sum(length(bytes)), 0)"
                              " FROM blob_chunks WHERE blob = blobs.id) FROM blobs WHERE id = ?1";
    Query query = query_new(db, sql);
    query.table = bytes->table;
    query.id = bytes->id;
    query_bind_int(&query, bytes->blob);
    if (!query_step(&query))
        query_damaged(&query, "its blob is missing");
    *size = query_size(&query);
    if (query_size(&query) != *size)
        query_damaged(&query, "the chunks of its blob do not add up to its size");
    return query_end(&query);
}

Status bytes_get(Db *db, const Bytes *bytes, unsigned char **value, size_t *size)
{
    *value = NULL;
    Status status = bytes_size(db, bytes, size);
    if (status != STATUS_OK)
        return status;
    unsigned char *all = malloc(*size > 0 ? *size : 1);
    if (!all)
        return STATUS_NO_MEMORY;
    BytesReader reader = bytes_open(db, bytes, 0);
    const unsigned char *chunk;
    size_t n, at = 0;
    while (bytes_next(&reader, &chunk, &n) && n <= *size - at) {
        memcpy(all + at, chunk, n);
        at += n;
    }
    status = bytes_close(&reader);
    if (status == STATUS_OK && at != *size)
        status = trouble_damage(bytes->table, bytes->id, "chunks of its blob are missing");
    if (status == STATUS_OK)
        *value = all;
    else
        free(all);
    return status;
}

BytesReader bytes_open(Db *db, const Bytes *bytes, int64_t position)
{
    static const char sql[] = "SELECT position, checksum, bytes FROM blob_chunks"
                              " WHERE blob = ?1 AND position >= ?2 ORDER BY position";
    BytesReader reader = {.bytes = *bytes, .query = query_new(db, sql), .position = position};
    reader.query.table = bytes->table;
    reader.query.id = bytes->id;
    query_bind_int(&reader.query, bytes->blob);
    query_bind_int(&reader.query, position);
    return reader;
}

bool bytes_next(BytesReader *reader, const unsigned char **chunk, size_t *size)
{
    Query *query = &reader->query;
    if (!query_step(query))
        return false;
    int64_t position = query_int(query);
    int64_t checksum = query_int(query);
    *chunk = query_bytes(query, size);
    if (position != reader->position)
        query_damaged(query, "a chunk of its blob is missing");
    else if (checksum != (int64_t)blob_checksum(*chunk, *size))
        query_damaged(query, "the checksum of a chunk of its blob is wrong");
    reader->position++;
    return query->status == STATUS_OK;
}

Status bytes_close(BytesReader *reader)
{
    return query_end(&reader->query);
}
