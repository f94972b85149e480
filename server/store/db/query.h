/* One use of a prepared statement: bind in the order of its parameters, step, read in the order of
 * its columns, end. The first failure stays in `status`, and nothing is done or read from then on,
 * so that a caller looks once, at query_end. Every query_new needs a query_end (or query_run).
 */
#ifndef STORE_DB_QUERY_H
#define STORE_DB_QUERY_H

#include <stdint.h>

#include "store/db/db.h"

typedef struct Query {
    Db *db;
    const char *sql;
    sqlite3_stmt *statement; /* borrowed from db */
    const char *table, *id;  /* what it reads, for the log where that is damaged; may be NULL */
    int column;              /* the next to bind or to read */
    Status status;
} Query;

Query query_new(Db *db, const char *sql);

/* What is bound is borrowed until query_end. */
void query_bind_int(Query *query, int64_t value);
void query_bind_known(Query *query, int64_t value);    /* 0 becomes NULL */
void query_bind_real(Query *query, double value);      /* NAN becomes NULL */
void query_bind_text(Query *query, const char *value); /* NULL becomes NULL */
void query_bind_bytes(Query *query, const void *bytes, size_t size);

/* Whether there is a (further) row; reading begins at its first column. */
bool query_step(Query *query);

/* The same for a row that has to be there: STATUS_NOT_FOUND where it is not. */
bool query_find(Query *query);

/* Whether the column to be read next is NULL. */
bool query_is_null(const Query *query);

int64_t query_int(Query *query);  /* NULL is 0 */
size_t query_size(Query *query);  /* damaged where negative */
double query_real(Query *query);  /* NULL is NAN */
char *query_string(Query *query); /* the caller's to free; NULL where it failed */
const void *query_bytes(Query *query, size_t *size); /* borrowed until the next step or the end */

/* Copies a text; damaged where it does not fit. */
void query_text(Query *query, char *to, size_t size);

/* Makes it fail: with that status, or as damaged (STATUS_DAMAGED; see trouble.h). */
void query_fail(Query *query, Status status);
void query_damaged(Query *query, const char *what);

/* Frees the statement for its next use. */
Status query_end(Query *query) MUST_USE;

/* Steps through all rows, and ends. */
Status query_run(Query *query) MUST_USE;

#endif
