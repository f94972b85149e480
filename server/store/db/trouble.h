/* What is wrong with the store: told to the log, or on a thread that listens, to that one.
 */
#ifndef STORE_DB_TROUBLE_H
#define STORE_DB_TROUBLE_H

#include "store/db/file.h"

/* A row, or what belongs to it, is not what was written: STATUS_DAMAGED. id may be NULL. */
Status trouble_damage(const char *table, const char *id, const char *what);

/* SQLite says an error. */
void trouble_error(const char *error, int code, const char *sql);

/* From here on the first sentence about trouble on this thread goes into *why, which begins as "",
 * and none to the log; until it is NULL. It is borrowed. */
void trouble_listen(const Why *why);

#endif
