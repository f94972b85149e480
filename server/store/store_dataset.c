/* Adds and removes datasets. The rows are written in chunks of whole rows, so that a part of them
 * can be read alone; one chunk is held in memory beside the dataset. Everything here runs in the
 * writing thread but the public functions, which hand it their work and fill in its results.
 */
#include "store/store_dataset.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/store_dataset_rows.h"
#include "store/store_private.h"
#include "tools/clock.h"

static Status put_rows(Db *db, int64_t blob, const Data *data, unsigned char *chunk)
{
    size_t columns = data->inputs + data->outputs;
    size_t step = dataset_rows_per_chunk(columns);
    Status status = STATUS_OK;
    int64_t position = 0;
    for (size_t at = 0; at < data->rows && status == STATUS_OK; at += step) {
        size_t rows = data->rows - at < step ? data->rows - at : step;
        dataset_to_bytes(data->v + at * columns, rows * columns, chunk);
        status = bytes_put(db, blob, position++, chunk, rows * columns * 8);
    }
    return status;
}

static Status add_rows(Db *db, const Data *data, int64_t *blob)
{
    size_t columns = data->inputs + data->outputs;
    assert(data->rows > 0 && columns > 0);
    size_t step = dataset_rows_per_chunk(columns);
    size_t rows = step < data->rows ? step : data->rows;
    unsigned char *chunk = malloc(rows * columns * 8);
    if (!chunk)
        return STATUS_NO_MEMORY;
    Status status = bytes_begin(db, data->rows * columns * 8, blob);
    if (status == STATUS_OK)
        status = put_rows(db, *blob, data, chunk);
    free(chunk);
    return status;
}

static Status add_description(Db *db, const Dataset *dataset, const DatasetStamp *stamp,
                              int64_t blob, int64_t *seq)
{
    static const char sql[] = "INSERT INTO datasets (id, name, rows, features, targets, digest,"
                              " created_at, blob) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                              " RETURNING seq";
    Query query = query_new(db, sql);
    query_bind_text(&query, stamp->id);
    query_bind_text(&query, dataset->name);
    query_bind_int(&query, (int64_t)dataset->rows);
    query_bind_int(&query, (int64_t)dataset->features);
    query_bind_int(&query, (int64_t)dataset->targets);
    query_bind_text(&query, dataset->digest);
    query_bind_int(&query, stamp->created_at);
    query_bind_int(&query, blob);
    query_find(&query);
    *seq = query_int(&query);
    return query_end(&query);
}

static Status add_column(Db *db, int64_t dataset, size_t position, const Column *column)
{
    static const char sql[] = "INSERT INTO dataset_columns"
                              " (dataset, position, name, min, max, mean, std)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    Query query = query_new(db, sql);
    query_bind_int(&query, dataset);
    query_bind_int(&query, (int64_t)position);
    query_bind_text(&query, column->name);
    query_bind_real(&query, column->min);
    query_bind_real(&query, column->max);
    query_bind_real(&query, column->mean);
    query_bind_real(&query, column->std);
    return query_run(&query);
}

Status store_dataset_insert(Writer *writer, const Dataset *dataset, DatasetStamp *stamp)
{
    int64_t blob = 0, seq = 0;
    id_make(&writer->ids, "ds", stamp->id);
    stamp->created_at = clock_now_ms();
    Status status = add_rows(writer->db, dataset->data, &blob);
    if (status == STATUS_OK)
        status = add_description(writer->db, dataset, stamp, blob, &seq);
    for (size_t i = 0; i < dataset->features + dataset->targets && status == STATUS_OK; i++)
        status = add_column(writer->db, seq, i, &dataset->column[i]);
    return status;
}

typedef struct AddWork {
    const Dataset *dataset;
    const StoreKey *key;
    DatasetStamp stamp;
} AddWork;

static Status add(Writer *writer, void *arg)
{
    AddWork *work = arg;
    Status status = store_dataset_insert(writer, work->dataset, &work->stamp);
    return status == STATUS_OK ? store_once_insert(writer->db, work->key, work->stamp.id) : status;
}

Status store_dataset_add(Store *store, Dataset *dataset)
{
    return store_dataset_add_once(store, dataset, NULL);
}

Status store_dataset_add_once(Store *store, Dataset *dataset, const StoreKey *key)
{
    AddWork work = {.dataset = dataset, .key = key};
    Status status = store_look_for_room(store, dataset_bytes(dataset));
    if (status == STATUS_OK)
        status = store_write(store, add, &work);
    if (status != STATUS_OK)
        return status;
    snprintf(dataset->id, sizeof dataset->id, "%s", work.stamp.id);
    dataset->created_at = work.stamp.created_at;
    return STATUS_OK;
}

Status store_dataset_find(Db *db, const char *id)
{
    static const char sql[] = "SELECT 1 FROM datasets WHERE id = ?1";
    Query query = query_new(db, sql);
    query_bind_text(&query, id);
    query_find(&query);
    return query_end(&query);
}

typedef struct DropWork {
    const char *id;
} DropWork;

/* The guard stands in the statement itself, so no job can slip in between. */
static Status drop(Writer *writer, void *arg)
{
    static const char sql[] = "DELETE FROM datasets WHERE id = ?1 AND NOT EXISTS (SELECT 1"
                              " FROM jobs WHERE dataset = ?1 AND state IN ('queued', 'running'))"
                              " RETURNING seq";
    const DropWork *work = arg;
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, work->id);
    query_find(&query);
    Status status = query_end(&query);
    if (status != STATUS_NOT_FOUND)
        return status;
    status = store_dataset_find(writer->db, work->id);
    return status == STATUS_OK ? STATUS_CONFLICT : status;
}

Status store_dataset_delete(Store *store, const char *id)
{
    DropWork work = {.id = id};
    return store_write_freeing(store, drop, &work);
}
