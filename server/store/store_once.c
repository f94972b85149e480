/* Idempotency-Keys. A key is added in the transaction that makes what its request asked for, so a
 * crash leaves both or neither; the reply follows when it is known. What is older than a day goes
 * when the next key comes.
 */
#include "store/store_once.h"

#include <stdlib.h>

#include "store/store_private.h"
#include "tools/clock.h"

static Status forget_old(Db *db, int64_t now)
{
    static const char sql[] = "DELETE FROM idempotency WHERE created_at <= ?1";
    Query query = query_new(db, sql);
    query_bind_int(&query, now - STORE_ONCE_MS);
    return query_run(&query);
}

Status store_once_insert(Db *db, const StoreKey *key, const char *made)
{
    static const char sql[] = "INSERT INTO idempotency (key, digest, made, created_at)"
                              " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING RETURNING 1";
    int64_t now = clock_now_ms();
    if (!key || !key->text)
        return STATUS_OK;
    if (!key->digest[0])
        return STATUS_NO_MEMORY;
    Status status = forget_old(db, now);
    if (status != STATUS_OK)
        return status;
    Query query = query_new(db, sql);
    query_bind_text(&query, key->text);
    query_bind_text(&query, key->digest);
    query_bind_text(&query, made);
    query_bind_int(&query, now);
    query_find(&query);
    status = query_end(&query);
    return status == STATUS_NOT_FOUND ? STATUS_CONFLICT : status;
}

typedef struct FindWork {
    const char *key;
    StoreOnce *once;
} FindWork;

static Status find(Db *db, void *arg)
{
    static const char sql[] = "SELECT digest, made, status, body FROM idempotency"
                              " WHERE key = ?1 AND created_at > ?2";
    const FindWork *work = arg;
    StoreOnce *once = work->once;
    Query query = query_new(db, sql);
    query.table = "idempotency";
    query.id = work->key;
    query_bind_text(&query, work->key);
    query_bind_int(&query, clock_now_ms() - STORE_ONCE_MS);
    if (query_find(&query)) {
        query_text(&query, once->digest, sizeof once->digest);
        query_text(&query, once->made, sizeof once->made);
        once->code = (int)query_int(&query);
        if (!query_is_null(&query))
            once->body = query_string(&query);
    }
    return query_end(&query);
}

Status store_once_find(Store *store, const char *key, StoreOnce *once)
{
    FindWork work = {key, once};
    *once = (StoreOnce){0};
    Status status = store_read(store, find, &work);
    if (status != STATUS_OK) {
        free(once->body);
        once->body = NULL;
    }
    return status;
}

typedef struct AnswerWork {
    const char *key, *body;
    int code;
} AnswerWork;

static Status answer(Writer *writer, void *arg)
{
    static const char sql[] = "UPDATE idempotency SET status = ?2, body = ?3 WHERE key = ?1";
    const AnswerWork *work = arg;
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, work->key);
    query_bind_int(&query, work->code);
    query_bind_text(&query, work->body);
    return query_run(&query);
}

Status store_once_answer(Store *store, const char *key, int code, const char *body)
{
    AnswerWork work = {key, body, code};
    return store_write(store, answer, &work);
}
