/* Reads the columns of datasets and of models, which look alike. The caller owns what is returned.
 */
#include <stdlib.h>

#include "store/store_private.h"

void store_columns_free(Column *columns, size_t count)
{
    for (size_t i = 0; columns && i < count; i++)
        free(columns[i].name);
    free(columns);
}

static Column read_column(Query *query)
{
    Column column = {.name = query_string(query)};
    column.min = query_real(query);
    column.max = query_real(query);
    column.mean = query_real(query);
    column.std = query_real(query);
    return column;
}

/* Adds a column to the array; false where that failed. */
static bool add_column(Query *query, Column **columns, size_t *count)
{
    Column *grown = store_grow(query, *columns, *count, sizeof *grown);
    if (!grown)
        return false;
    *columns = grown;
    grown[*count] = read_column(query);
    (*count)++;
    return query->status == STATUS_OK;
}

Status store_columns(Db *db, const char *sql, const ColumnOwner *owner, size_t count,
                     Column **columns)
{
    Column *found = NULL;
    size_t found_count = 0;
    Query query = query_new(db, sql);
    query.table = owner->table;
    query.id = owner->id;
    query_bind_int(&query, owner->seq);
    while (query_step(&query) && add_column(&query, &found, &found_count))
        continue;
    if (found_count != count)
        query_damaged(&query, "it has not as many columns as it should");
    Status status = query_end(&query);
    if (status != STATUS_OK) {
        store_columns_free(found, found_count);
        found = NULL;
    }
    *columns = found;
    return status;
}
