/* Copies of the store that are to be sent away, one at a time: each takes as much of the disk as
 * the store itself, until it is sent.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

typedef struct Backups Backups;
typedef struct Backup Backup;

/* The store is borrowed. NULL where there is no memory. */
Backups *backups_new(Store *store) MUST_USE;

/* Gives up the copy that is being made, and makes no further one. NULL is nothing. */
void backups_stop(Backups *backups);

/* No backup may be left. NULL is nothing. */
void backups_free(Backups *backups);

/* Makes a copy, which takes a second or so for some hundred MB. Errors: those of store_copy, with
 * *why a sentence; STATUS_BUSY where there is one that is not freed yet. By any thread that may
 * block. */
Status backup_make(Backups *backups, Backup **backup, char *why, size_t size) MUST_USE;

/* Bytes of the whole copy. */
size_t backup_size(const Backup *backup);

/* Up to n bytes that follow on what was read before; how many, 0 where it cannot be read on. */
size_t backup_read(Backup *backup, char *bytes, size_t n);

void backup_free(Backup *backup);

#endif
