/* The thread that writes. Calls hand it work and wait; it does all that waits in one transaction
 * and answers each caller when the commit is durable.
 *
 * Thread rule: writer_run may be called from any thread; a Writer is touched by its thread alone.
 */
#ifndef STORE_DB_WRITER_H
#define STORE_DB_WRITER_H

#include "store/db/ballast.h"
#include "store/db/db.h"
#include "tools/id.h"

/* What the writing thread works with. */
typedef struct Writer {
    Db *db;
    IdMaker ids;
} Writer;

/* A piece of writing: all of it happens, or where it returns no STATUS_OK, nothing. It may be run
 * again after its transaction was lost, so it must find its argument as good as new. */
typedef Status WriterWork(Writer *writer, void *arg);

typedef struct WriterThread WriterThread;

/* Starts the thread on a writing connection, which is its own from here on, also where it fails, as
 * is the ballast. NULL where there is no memory for it, or no thread. */
WriterThread *writer_start_take(Db *db, Ballast *ballast) MUST_USE;

/* From now on a lock of another program is waited for a moment only. */
void writer_hurry(WriterThread *thread);

/* Does what waits, ends the thread, and closes the connection. False where the store has failed. */
bool writer_stop(WriterThread *thread);

/* Returns when the work is durable, or what it or the store failed with. */
Status writer_run(WriterThread *thread, WriterWork *work, void *arg) MUST_USE;

/* The same for work that makes room: on a full disk it may use up the ballast. */
Status writer_run_freeing(WriterThread *thread, WriterWork *work, void *arg) MUST_USE;

/* Makes it known that the store is broken, by what a reader has seen. */
void writer_break(WriterThread *thread, const char *why);

bool writer_is_broken(WriterThread *thread);

/* STATUS_STORE once the store is broken, or while another program keeps the writer out; *why says
 * which. */
Status writer_ready(WriterThread *thread, char *why, size_t size) MUST_USE;

#endif
