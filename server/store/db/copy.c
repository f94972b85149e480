/* VACUUM INTO, on a connection of its own that only reads: it neither writes to the database nor
 * copies its log back, which is for the writing thread alone, and that one goes on meanwhile. Until
 * the copy is done the log cannot begin anew, so it grows by what is written. Damage on the way is
 * an error, and not copied.
 *
 * Runs in the calling thread, which must not have a connection of the writer's.
 */
#include "store/db/copy.h"

#include <stdint.h>

#include "store/db/db.h"

#define LEFT_FREE (16LL << 20) /* bytes that a copy leaves on the disk */
#define STEPS 50 /* of SQLite's machine between looks at *stop; a MiB of a value takes about four */

static int is_stopped(void *stop)
{
    return atomic_load((const atomic_bool *)stop);
}

/* Bytes that the copy will take, at most. */
static Status measure(Db *db, long long *bytes)
{
    static const char pages_sql[] = "PRAGMA page_count";
    static const char free_sql[] = "PRAGMA freelist_count";
    static const char size_sql[] = "PRAGMA page_size";
    long long pages, free, size;
    Status status = db_number(db, pages_sql, &pages);
    if (status == STATUS_OK)
        status = db_number(db, free_sql, &free);
    if (status == STATUS_OK)
        status = db_number(db, size_sql, &size);
    *bytes = status == STATUS_OK ? (pages - free) * size : 0;
    return status;
}

static Status check_room(Db *db, const char *to, Why why)
{
    long long bytes, room = file_room(to);
    Status status = measure(db, &bytes);
    if (status == STATUS_OK && room >= 0 && room < bytes + LEFT_FREE)
        return why_set(why, STATUS_STORE_FULL,
                       "a copy takes up to %lld bytes, and %lld more have to stay free; the disk "
                       "has %lld",
                       bytes, LEFT_FREE, room);
    return status;
}

static Status vacuum_into(Db *db, const char *to, const atomic_bool *stop)
{
    static const char sql[] = "VACUUM INTO ?1";
    sqlite3_stmt *statement;
    Status status = db_prepare(db, sql, &statement);
    if (status != STATUS_OK)
        return status;
    sqlite3_progress_handler(db->handle, STEPS, is_stopped, (void *)(uintptr_t)stop);
    int code = sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    status = code == SQLITE_INTERRUPT ? STATUS_STOPPING : db_status(db, code, sql);
    sqlite3_reset(statement);
    return status;
}

static Status explain(const Db *db, Status status, const char *to, Why why)
{
    if (status == STATUS_STOPPING)
        return why_set(why, status, "it was stopped");
    if (status == STATUS_STORE_FULL)
        return why_set(why, status, "the disk under %s was full before the copy was whole", to);
    return why_set(why, status, "the store cannot be copied: %s",
                   db ? db->message : status_title(status));
}

Status copy_database(const char *from, const char *to, const atomic_bool *stop, Why why)
{
    Db *db = NULL;
    bool explained = false;
    Status status = db_open(from, false, &db);
    if (status == STATUS_OK) {
        status = check_room(db, to, why);
        explained = status == STATUS_STORE_FULL;
    }
    if (status == STATUS_OK)
        status = atomic_load(stop) ? STATUS_STOPPING : vacuum_into(db, to, stop);
    if (status != STATUS_OK && !explained)
        explain(db, status, to, why);
    db_close(db);
    return status;
}
