/* The store: one SQLite file with all that is kept. The only SQL of the daemon is in this folder.
 *
 * One connection writes. It belongs to one thread, which groups the writes that wait into one
 * commit and answers each when it is durable; a call that writes returns only then. Readers are
 * read-only connections, each used by one thread at a time. No lock of ours is held across SQL.
 *
 * Thread rule: every function may be called from any thread. A write blocks for a disk sync.
 * Errors of all: STATUS_NO_MEMORY; STATUS_STORE (an I/O error or a damaged file: once seen, every
 * later write fails so too); STATUS_DAMAGED (what is asked for is not what was written; the rest
 * is as good as before); STATUS_STORE_FULL (nothing was changed; it may work later).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "core/model.h"
#include "state/dataset.h"
#include "state/job.h"

typedef struct Store Store;

/* Opens or makes DIR/backpropd.db, brings its schema up to date, and puts jobs that a crash left
 * running back into the queue. On failure *why is a sentence for the operator: a second daemon on
 * the directory (STATUS_BUSY), a file of another program, a newer schema, a damaged file. */
Status store_open(const char *dir, Store **store, char *why, size_t size) MUST_USE;

/* Opens DIR/backpropd.db, or a file, to be read only, beside a daemon or without one.
 * STATUS_NOT_FOUND: there is none; STATUS_STORE: it is of another schema or program, or damaged.
 * *why as above. */
Status store_peek(const char *dir, Store **store, char *why, size_t size) MUST_USE;
Status store_peek_file(const char *path, Store **store, char *why, size_t size) MUST_USE;

/* It will be closed soon: from now on a lock of another program is waited for a moment only. */
void store_hurry(Store *store);

/* Waits for the writes that are queued, and closes. */
void store_close(Store *store);

/* Its directory and its file. */
const char *store_dir(const Store *store);
const char *store_path(const Store *store);

/* "wal", or "delete" where the file system cannot do it; NULL of a store that is only read. */
const char *store_journal_mode(const Store *store);

/* Whether the store can be read and written; why not, as a sentence, where it cannot. */
Status store_ready(Store *store, char *why, size_t size) MUST_USE;

/* Whether it has failed for good: nothing is written to it any more. */
bool store_is_broken(Store *store);

/* Bytes of the store's files, and those that the disk under them has left (-1: unknown). */
long long store_size(const Store *store);
long long store_room(const Store *store);

/* A page of a list, newest first: entries after (older than) the one with id `after`. */
typedef struct StorePage {
    const char *after; /* NULL: from the newest */
    size_t limit;
} StorePage;

#endif
