/* One connection to the database, its prepared statements, and what SQLite's errors mean to us.
 *
 * Thread rule: a connection is used by one thread at a time.
 */
#ifndef STORE_DB_DB_H
#define STORE_DB_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

#define DB_STATEMENTS 128 /* slots; a connection has about 50 different statements */
#define DB_MESSAGE 200

typedef struct DbPrepared {
    const char *sql; /* the address is the key; NULL where the slot is free */
    sqlite3_stmt *statement;
} DbPrepared;

typedef struct Db {
    sqlite3 *handle;
    bool broken;              /* an I/O error or damage was seen: nothing may be written any more */
    bool locked;              /* the last failure was another program's lock */
    Status said;              /* a failure that may pass and was logged already, or STATUS_OK */
    char message[DB_MESSAGE]; /* of the last failure, for people */
    DbPrepared prepared[DB_STATEMENTS];
} Db;

/* Opens the file. *db is there to be closed after a failure too, NULL only where there is no memory
 * for it. A connection that is not for writing is opened read-only. */
Status db_open(const char *path, bool writing, Db **db) MUST_USE;
void db_close(Db *db);

/* Puts a writing connection into WAL mode with a sync at each commit; *mode is "wal", or "delete"
 * where the file system cannot do it. */
Status db_set_journal(Db *db, const char **mode) MUST_USE;

/* The statement for a text of static storage, prepared at its first use; borrowed. */
Status db_prepare(Db *db, const char *sql, sqlite3_stmt **statement) MUST_USE;

/* Runs a statement that has no parameters and whose rows do not matter. */
Status db_run(Db *db, const char *sql) MUST_USE;

/* Runs several statements once. */
Status db_script(Db *db, const char *script) MUST_USE;

/* The only column of the only row of a statement without parameters. */
Status db_number(Db *db, const char *sql, long long *number) MUST_USE;

/* What a result code means; a failure is logged here, and noted in db->broken and db->message. A
 * full disk or a lock is logged once, until db_works. */
Status db_status(Db *db, int code, const char *sql);

/* A commit succeeded. */
void db_works(Db *db);

/* STATUS_STORE where the file is no longer where it was opened: the connection is broken then. */
Status db_check_place(Db *db) MUST_USE;

#endif
