/* Reads datasets: descriptions, rows, pages. Each public function is one transaction of a reader;
 * what it returns is the caller's. Runs in the calling thread.
 */
#include "store/store_dataset.h"

#include <stdlib.h>

#include "store/store_dataset_rows.h"
#include "store/store_private.h"

#define DATASET_FIELDS "seq, id, name, rows, features, targets, digest, created_at, blob"

/* A dataset's row beside what Dataset has of it. */
typedef struct DatasetRow {
    int64_t seq, blob;
    Dataset *dataset;
} DatasetRow;

static const char columns_sql[] = "SELECT name, min, max, mean, std FROM dataset_columns"
                                  " WHERE dataset = ?1 ORDER BY position";

/* Reads DATASET_FIELDS, then the columns; row->dataset is NULL where it failed. */
static void read_row(Query *query, DatasetRow *row)
{
    Dataset *dataset = dataset_new();
    row->dataset = NULL;
    if (!dataset) {
        query_fail(query, STATUS_NO_MEMORY);
        return;
    }
    query->table = "datasets";
    row->seq = query_int(query);
    query_text(query, dataset->id, sizeof dataset->id);
    query->id = dataset->id;
    query_text(query, dataset->name, sizeof dataset->name);
    dataset->rows = query_size(query);
    size_t features = query_size(query), targets = query_size(query);
    query_text(query, dataset->digest, sizeof dataset->digest);
    dataset->created_at = query_int(query);
    row->blob = query_int(query);
    if (dataset->rows == 0)
        query_damaged(query, "it has no rows");
    ColumnOwner owner = {"datasets", dataset->id, row->seq};
    if (query->status == STATUS_OK)
        query_fail(query, store_columns(query->db, columns_sql, &owner, features + targets,
                                        &dataset->column));
    query->id = NULL;
    if (query->status != STATUS_OK) {
        dataset_free(dataset);
        return;
    }
    dataset->features = features;
    dataset->targets = targets;
    row->dataset = dataset;
}

static Status get_row(Db *db, const char *id, DatasetRow *row)
{
    static const char sql[] = "SELECT " DATASET_FIELDS " FROM datasets WHERE id = ?1";
    *row = (DatasetRow){0};
    Query query = query_new(db, sql);
    query_bind_text(&query, id);
    if (query_find(&query))
        read_row(&query, row);
    return query_end(&query);
}

typedef struct GetWork {
    const char *id;
    RowRange range; /* as much of it as there is */
    Dataset *dataset;
} GetWork;

static Status get(Db *db, void *arg)
{
    GetWork *work = arg;
    DatasetRow row;
    Status status = get_row(db, work->id, &row);
    work->dataset = row.dataset;
    if (status != STATUS_OK)
        return status;
    RowRange range = work->range;
    size_t after = range.offset < row.dataset->rows ? row.dataset->rows - range.offset : 0;
    if (range.rows > after)
        range.rows = after;
    return range.rows == 0 ? STATUS_OK : dataset_rows_read(db, row.blob, range, row.dataset);
}

Status store_dataset_rows(Store *store, const char *id, size_t offset, size_t limit,
                          Dataset **dataset)
{
    GetWork work = {.id = id, .range = {offset, limit}};
    Status status = store_read(store, get, &work);
    if (status != STATUS_OK) {
        dataset_free(work.dataset);
        work.dataset = NULL;
    }
    *dataset = work.dataset;
    return status;
}

Status store_dataset_get(Store *store, const char *id, Dataset **dataset)
{
    return store_dataset_rows(store, id, 0, 0, dataset);
}

Status store_dataset_load(Store *store, const char *id, Dataset **dataset)
{
    return store_dataset_rows(store, id, 0, SIZE_MAX, dataset);
}

typedef struct ListWork {
    StorePage page;
    Dataset **datasets;
    size_t count;
    bool more;
} ListWork;

static void add_to_list(Query *query, ListWork *work)
{
    Dataset **grown = store_grow(query, work->datasets, work->count, sizeof(Dataset *));
    if (!grown)
        return;
    DatasetRow row;
    work->datasets = grown;
    read_row(query, &row);
    if (row.dataset)
        grown[work->count++] = row.dataset;
}

/* Goes on after an entry that was deleted since, too: ids sort by creation. */
static Status list(Db *db, void *arg)
{
    static const char sql[] =
        "SELECT " DATASET_FIELDS " FROM datasets WHERE seq < CASE WHEN ?1 IS NULL"
        " THEN 9223372036854775807 ELSE coalesce((SELECT seq FROM datasets WHERE id = ?1),"
        " (SELECT seq + 1 FROM datasets WHERE id < ?1 ORDER BY id DESC LIMIT 1), 0) END"
        " ORDER BY seq DESC LIMIT ?2";
    ListWork *work = arg;
    Query query = query_new(db, sql);
    store_bind_page(&query, work->page);
    while (work->count < work->page.limit && query_step(&query))
        add_to_list(&query, work);
    work->more = work->count == work->page.limit && query_step(&query);
    return query_end(&query);
}

Status store_dataset_list(Store *store, StorePage page, Dataset ***datasets, size_t *count,
                          bool *more)
{
    ListWork work = {.page = page};
    Status status = store_read(store, list, &work);
    if (status != STATUS_OK) {
        store_datasets_free(work.datasets, work.count);
        work = (ListWork){0};
    }
    *datasets = work.datasets;
    *count = work.count;
    *more = work.more;
    return status;
}

void store_datasets_free(Dataset **datasets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dataset_free(datasets[i]);
    free(datasets);
}
