/* Connections that read: a pool, opened as they are needed, each lent to one thread at a time.
 *
 * Thread rule: readers_run may be called from any thread.
 */
#ifndef STORE_DB_READER_H
#define STORE_DB_READER_H

#include "store/db/db.h"

/* A piece of reading; all its statements see one moment of the database. */
typedef Status ReaderWork(Db *db, void *arg);

typedef struct Readers Readers;

/* For the database of that path; NULL where there is no memory. */
Readers *readers_new(const char *path) MUST_USE;

/* No readers_run may be under way. */
void readers_free(Readers *readers);

Status readers_run(Readers *readers, ReaderWork *work, void *arg) MUST_USE;

/* Whether a read has met an I/O error or damage of the file; *why is then what SQLite said. */
bool readers_broken(Readers *readers, char why[DB_MESSAGE]);

#endif
