/* Binds and reads with an error that stays. A query owns nothing but the use of its statement; two
 * uses of one statement at a time are a mistake. Used by the thread that has the connection.
 */
#include "store/db/query.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/db/trouble.h"

Query query_new(Db *db, const char *sql)
{
    Query query = {.db = db, .sql = sql};
    query.status = db_prepare(db, sql, &query.statement);
    assert(!query.statement || !sqlite3_stmt_busy(query.statement));
    return query;
}

static void bound(Query *query, int code)
{
    query->status = db_status(query->db, code, query->sql);
}

void query_bind_int(Query *query, int64_t value)
{
    if (query->status == STATUS_OK)
        bound(query, sqlite3_bind_int64(query->statement, ++query->column, value));
}

static void bind_null(Query *query)
{
    if (query->status == STATUS_OK)
        bound(query, sqlite3_bind_null(query->statement, ++query->column));
}

void query_bind_known(Query *query, int64_t value)
{
    if (value == 0)
        bind_null(query);
    else
        query_bind_int(query, value);
}

void query_bind_real(Query *query, double value)
{
    /* SQLite itself makes NULL of a NAN. */
    if (query->status == STATUS_OK)
        bound(query, sqlite3_bind_double(query->statement, ++query->column, value));
}

void query_bind_text(Query *query, const char *value)
{
    if (query->status == STATUS_OK)
        bound(query, sqlite3_bind_text64(query->statement, ++query->column, value,
                                         value ? strlen(value) : 0, SQLITE_STATIC, SQLITE_UTF8));
}

void query_bind_bytes(Query *query, const void *bytes, size_t size)
{
    if (query->status == STATUS_OK)
        bound(query,
              sqlite3_bind_blob64(query->statement, ++query->column, bytes, size, SQLITE_STATIC));
}

bool query_step(Query *query)
{
    if (query->status != STATUS_OK)
        return false;
    int code = sqlite3_step(query->statement);
    query->status = db_status(query->db, code, query->sql);
    query->column = 0;
    return code == SQLITE_ROW;
}

bool query_find(Query *query)
{
    bool found = query_step(query);
    if (!found)
        query_fail(query, STATUS_NOT_FOUND);
    return found;
}

bool query_is_null(const Query *query)
{
    return query->status != STATUS_OK ||
           sqlite3_column_type(query->statement, query->column) == SQLITE_NULL;
}

int64_t query_int(Query *query)
{
    return query->status == STATUS_OK ? sqlite3_column_int64(query->statement, query->column++) : 0;
}

size_t query_size(Query *query)
{
    int64_t value = query_int(query);
    if (value < 0 || (uint64_t)value > SIZE_MAX / 2) {
        query_damaged(query, "a size is out of range");
        return 0;
    }
    return (size_t)value;
}

double query_real(Query *query)
{
    if (query_is_null(query)) {
        query->column++;
        return (double)NAN;
    }
    return sqlite3_column_double(query->statement, query->column++);
}

/* The text of the next column, borrowed; "" for NULL; NULL where the query has failed. */
static const char *text_of(Query *query, size_t *length)
{
    *length = 0;
    if (query->status != STATUS_OK)
        return NULL;
    int column = query->column++;
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    if (!text && sqlite3_column_type(query->statement, column) == SQLITE_NULL)
        return "";
    if (!text)
        query_fail(query, STATUS_NO_MEMORY);
    else
        *length = (size_t)sqlite3_column_bytes(query->statement, column);
    return text;
}

void query_text(Query *query, char *to, size_t size)
{
    size_t length;
    const char *text = text_of(query, &length);
    to[0] = '\0';
    if (!text)
        return;
    if (length >= size || memchr(text, '\0', length))
        query_damaged(query, "a text is too long or has a 0 in it");
    else
        memcpy(to, text, length + 1);
}

char *query_string(Query *query)
{
    size_t length;
    const char *text = text_of(query, &length);
    char *copy = text ? malloc(length + 1) : NULL;
    if (copy)
        memcpy(copy, text, length + 1);
    else
        query_fail(query, STATUS_NO_MEMORY);
    return copy;
}

const void *query_bytes(Query *query, size_t *size)
{
    *size = 0;
    if (query->status != STATUS_OK)
        return NULL;
    int column = query->column++;
    /* Of what is stored the step had all the memory that it takes. */
    const void *bytes = sqlite3_column_blob(query->statement, column);
    *size = (size_t)sqlite3_column_bytes(query->statement, column);
    return bytes;
}

void query_fail(Query *query, Status status)
{
    if (query->status == STATUS_OK)
        query->status = status;
}

void query_damaged(Query *query, const char *what)
{
    if (query->status != STATUS_OK)
        return;
    query->status = trouble_damage(query->table ? query->table : query->sql, query->id, what);
}

Status query_end(Query *query)
{
    if (!query->statement)
        return query->status;
    /* A statement with RETURNING has done its work at the first row, but checks its foreign keys
     * only when it is through. */
    bool writes = !sqlite3_stmt_readonly(query->statement);
    while (writes && query->status == STATUS_OK && sqlite3_stmt_busy(query->statement))
        query_step(query);
    sqlite3_reset(query->statement);
    sqlite3_clear_bindings(query->statement);
    query->statement = NULL;
    return query->status;
}

Status query_run(Query *query)
{
    while (query_step(query))
        continue;
    return query_end(query);
}
