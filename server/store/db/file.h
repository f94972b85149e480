/* The store's directory and files: DIR/backpropd.db, and DIR/backpropd.lock, which keeps a second
 * daemon out and remembers how the last one left the store.
 */
#ifndef STORE_DB_FILE_H
#define STORE_DB_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

/* Where a sentence for the operator goes. */
typedef struct Why {
    char *text;
    size_t size;
} Why;

/* Writes the sentence; returns status. */
Status why_set(Why why, Status status, const char *format, ...) PRINTF_LIKE(3, 4);

#define FILE_LOCK_TEXT 80

typedef struct FileLock {
    int descriptor;            /* -1 where it is not held */
    bool tells;                /* its file says by now that there is a store */
    char left[FILE_LOCK_TEXT]; /* what the one before has left in its file */
} FileLock;

/* Makes the directory where it is missing, and locks it. STATUS_BUSY: another daemon has it. */
Status file_lock(const char *dir, FileLock *lock, Why why) MUST_USE;

/* Refuses a database file that is there and holds nothing: a copy that failed, or one that was
 * emptied. What a first start has made that was killed at once is fine. */
Status file_refuse_empty(FileLock *lock, const char *path, Why why) MUST_USE;

/* From here on a start knows that there was a store. */
void file_note_opened(FileLock *lock);

/* Whether the database file is as the daemon before closed it; false after a crash, and of a file
 * that was put there or written to since. An empty one holds nothing to look through. */
bool file_is_as_left(const FileLock *lock, const char *path) MUST_USE;

/* Lets the next daemon in; `closed` is the database file where it was closed in order, or NULL. */
void file_unlock(FileLock *lock, const char *closed);

/* Makes the database file where it is missing, readable for its owner alone; takes one that was put
 * there away from all but owner and group. */
Status file_make(const char *path, Why why) MUST_USE;

/* Takes the file away again if nothing could be put into it. */
void file_take_back(const char *path);

/* DIR/NAME, to be freed with free(); NULL where there is no memory. */
char *file_path(const char *dir, const char *name) MUST_USE;

/* Bytes that an unprivileged writer may still add to the directory's file system; -1: unknown. */
long long file_room(const char *dir);

#endif
