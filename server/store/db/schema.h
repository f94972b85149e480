/* Whose database a file is, and bringing its tables up to date.
 */
#ifndef STORE_DB_SCHEMA_H
#define STORE_DB_SCHEMA_H

#include "store/db/db.h"
#include "store/db/file.h"

/* Refuses a file that is not a database, another program's, or made by a newer backpropd. Changes
 * nothing. */
Status schema_check(Db *db, const char *path, Why why) MUST_USE;

/* Looks through the whole file for damage. */
Status schema_look_through(Db *db, const char *path, Why why) MUST_USE;

/* Whether a line of SQLite's check, which takes a page that it had no memory for as a damaged one,
 * says that this was so. Of pages of long values it does not say it. */
bool schema_lacked_memory(const char *found);

/* Applies the steps that are missing, each in one transaction with its number. Where it fails, the
 * connection has to be closed. */
Status schema_update(Db *db, const char *path, Why why) MUST_USE;

/* The number of the newest step that there is. */
long long schema_newest(void);

/* Refuses a file with steps missing. */
Status schema_check_newest(Db *db, const char *path, Why why) MUST_USE;

#endif
