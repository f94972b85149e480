/* Opens, closes and judges connections to SQLite.
 *
 * Order: db_open, for a writer db_set_journal, then statements, db_close. A Db owns its handle and
 * its statements. After an I/O error the next commit may succeed as if nothing had been, though
 * pages were lost, so such an error marks the connection as broken for good.
 */
#include "store/db/db.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db/trouble.h"
#include "tools/log.h"

#define BUSY_MS 5000
#define SHARED_PAGE (32 << 10) /* bytes, as SQLite itself asks for */

/* SHMSIZE: there is no room for the index of the log. Of IOERR_NOMEM SQLite itself makes NOMEM. */
static Status meaning(int code)
{
    if (code == SQLITE_IOERR_SHMSIZE)
        return STATUS_STORE_FULL;
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return STATUS_OK;
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_FULL:
        return STATUS_STORE_FULL;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
        return STATUS_INTERNAL;
    default:
        return STATUS_STORE;
    }
}

static bool breaks(int code)
{
    int primary = code & 0xFF;
    return code != SQLITE_IOERR_SHMSIZE &&
           (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB);
}

/* A quota that is used up is a full disk as well; SQLite tells a disk alone from other trouble. */
static int see_quota(int code)
{
    return code == SQLITE_IOERR_WRITE && errno == EDQUOT ? SQLITE_FULL : code;
}

Status db_status(Db *db, int result, const char *sql)
{
    int code = see_quota(result);
    Status status = meaning(code);
    if (status == STATUS_OK)
        return status;
    const char *advice =
        (code & 0xFF) == SQLITE_BUSY ? " (another program holds a lock on it)" : "";
    snprintf(db->message, sizeof db->message, "%s%s", sqlite3_errmsg(db->handle), advice);
    db->broken = db->broken || breaks(code);
    db->locked = (code & 0xFF) == SQLITE_BUSY;
    if (status == db->said)
        return status;
    db->said = status == STATUS_STORE_FULL || db->locked ? status : STATUS_OK;
    trouble_error(db->message, code, sql);
    return status;
}

void db_works(Db *db)
{
    if (db->said != STATUS_OK)
        log_info("store-works-again", LOG_TEXT("after", status_slug(db->said)));
    db->said = STATUS_OK;
    db->locked = false;
}

Status db_check_place(Db *db)
{
    int moved = 0;
    int code = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK || !moved)
        return STATUS_OK; /* where it cannot be told, it is taken for unmoved */
    snprintf(db->message, sizeof db->message,
             "its file was moved or deleted, so what is written would be lost");
    db->broken = true;
    log_error("store-error", LOG_TEXT("error", db->message));
    return STATUS_STORE;
}

/* What holds for every connection: a file may be damaged or made by someone else. */
static Status configure(Db *db)
{
    static const char script[] = "PRAGMA foreign_keys = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA mmap_size = 0;";
    /* None of these can fail: they set a field. */
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)NULL);
    return db_script(db, script);
}

Status db_open(const char *path, bool writing, Db **db)
{
    *db = calloc(1, sizeof **db);
    if (!*db)
        return STATUS_NO_MEMORY;
    int flags = writing ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(path, &(*db)->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return db_status(*db, code, "open");
    return configure(*db);
}

void db_close(Db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < DB_STATEMENTS; i++)
        sqlite3_finalize(db->prepared[i].statement);
    int code = sqlite3_close(db->handle);
    assert(code == SQLITE_OK); /* no statement is left */
    (void)code;
    free(db);
}

/* The answer, not the success, tells whether the mode was taken. */
static Status ask_mode(Db *db, const char *sql, bool *wal)
{
    sqlite3_stmt *statement;
    Status status = db_prepare(db, sql, &statement);
    if (status != STATUS_OK)
        return status;
    int code = sqlite3_step(statement);
    const unsigned char *mode = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    *wal = mode && strcmp((const char *)mode, "wal") == 0;
    status = db_status(db, code, sql);
    sqlite3_reset(statement);
    return status;
}

/* Whether the file system lets processes share memory, as the index of a log needs it. Asked of the
 * file itself, before it has a log: SQLite would find out only once the file cannot be read any
 * more without. That there is no room or no memory for it now is another matter. */
static bool can_share_memory(Db *db)
{
    sqlite3_file *file = NULL;
    void volatile *page;
    int code = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap)
        return false;
    code = file->pMethods->xShmMap(file, 0, SHARED_PAGE, 1, &page);
    file->pMethods->xShmUnmap(file, 1);
    return code != SQLITE_CANTOPEN && code != SQLITE_IOERR_SHMOPEN && code != SQLITE_IOERR_SHMMAP &&
           code != SQLITE_IOERR_SHMLOCK && code != SQLITE_IOERR_LOCK && code != SQLITE_READONLY;
}

/* EXTRA is FULL, and where there is no WAL it keeps a power cut from bringing a journal back that
 * would undo what was answered. What is deleted is not overwritten: Debian's SQLite would do that,
 * and write as much into the log as was in a dataset. */
Status db_set_journal(Db *db, const char **mode)
{
    static const char mode_sql[] = "PRAGMA journal_mode";
    static const char wal_sql[] = "PRAGMA journal_mode = WAL";
    static const char script[] = "PRAGMA synchronous = EXTRA;"
                                 "PRAGMA secure_delete = FAST;"
                                 "PRAGMA journal_size_limit = 67108864;";
    bool wal = false;
    Status status = db_script(db, script);
    if (status == STATUS_OK)
        status = ask_mode(db, mode_sql, &wal);
    if (status == STATUS_OK && !wal && can_share_memory(db))
        status = ask_mode(db, wal_sql, &wal);
    *mode = wal ? "wal" : "delete";
    if (status == STATUS_OK && !wal)
        log_warning("store-without-wal", LOG_TEXT("journal_mode", *mode));
    return status;
}

/* The slot of a text, by its address; an open hash table that is never near full. */
static DbPrepared *slot_of(Db *db, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9E3779B1u % DB_STATEMENTS;
    for (size_t tries = 0; tries < DB_STATEMENTS; tries++) {
        DbPrepared *slot = &db->prepared[(i + tries) % DB_STATEMENTS];
        if (!slot->sql || slot->sql == sql)
            return slot;
    }
    return NULL; /* more statements than slots: a mistake that the first test shows */
}

Status db_prepare(Db *db, const char *sql, sqlite3_stmt **statement)
{
    *statement = NULL;
    DbPrepared *slot = slot_of(db, sql);
    if (!slot)
        return STATUS_INTERNAL;
    if (!slot->statement) {
        int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &slot->statement, NULL);
        if (code != SQLITE_OK)
            return db_status(db, code, sql);
        slot->sql = sql;
    }
    *statement = slot->statement;
    return STATUS_OK;
}

Status db_run(Db *db, const char *sql)
{
    sqlite3_stmt *statement;
    Status status = db_prepare(db, sql, &statement);
    if (status != STATUS_OK)
        return status;
    status = db_status(db, sqlite3_step(statement), sql);
    sqlite3_reset(statement);
    return status;
}

Status db_script(Db *db, const char *script)
{
    return db_status(db, sqlite3_exec(db->handle, script, NULL, NULL, NULL), script);
}

Status db_number(Db *db, const char *sql, long long *number)
{
    sqlite3_stmt *statement;
    *number = 0;
    Status status = db_prepare(db, sql, &statement);
    if (status != STATUS_OK)
        return status;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    status = db_status(db, code, sql);
    sqlite3_reset(statement);
    return status;
}
