/* A copy of a database in a file of its own, made beside the connection that writes.
 */
#ifndef STORE_DB_COPY_H
#define STORE_DB_COPY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "store/db/file.h"

/* Makes the copy of `from` in `to`, which is an empty file: one moment of the database, packed, and
 * with nothing in it that was deleted. It is no log's, so it is a single file, but it is not synced
 * to the disk. STATUS_STORE_FULL: it does not fit the disk of `to`, or would leave next to nothing
 * there; STATUS_STOPPING: *stop became true. Where it fails, `to` is still there, and worth
 * nothing. */
Status copy_database(const char *from, const char *to, const atomic_bool *stop, Why why) MUST_USE;

#endif
