/* Keeps models that come from elsewhere. The bytes and the digest are made in the calling thread;
 * one piece of writing then keeps them with row and columns, all or nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "store/store_model.h"
#include "store/store_private.h"
#include "tools/clock.h"

typedef struct ImportWork {
    const ModelRecord *record;
    const ModelDraft *draft;
    int64_t created_at, version, blob, seq;
} ImportWork;

static Status insert_row(Db *db, ImportWork *work)
{
    static const char sql[] =
        "INSERT INTO models (name, version, job, dataset, dataset_digest, features, targets,"
        " digest, members, parameters, training_mse, training_mae, training_r2, validation_mse,"
        " validation_mae, validation_r2, created_at, blob)"
        " VALUES (?1, ?2, '', '', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " RETURNING seq";
    const ModelRecord *record = work->record;
    Query query = query_new(db, sql);
    query_bind_text(&query, record->name);
    query_bind_int(&query, work->version);
    query_bind_text(&query, record->dataset_digest);
    query_bind_int(&query, (int64_t)record->features);
    query_bind_int(&query, (int64_t)record->targets);
    query_bind_text(&query, work->draft->digest);
    query_bind_int(&query, work->draft->members);
    query_bind_int(&query, work->draft->parameters);
    store_bind_score(&query, record->has_training, &record->training);
    store_bind_score(&query, record->has_validation, &record->validation);
    query_bind_int(&query, work->created_at);
    query_bind_int(&query, work->blob);
    query_find(&query);
    work->seq = query_int(&query);
    return query_end(&query);
}

static Status insert_column(Db *db, const ImportWork *work, size_t i)
{
    static const char sql[] = "INSERT INTO model_columns"
                              " (model, position, name, min, max, mean, std)"
                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    const Column *column = &work->record->column[i];
    Query query = query_new(db, sql);
    query_bind_int(&query, work->seq);
    query_bind_int(&query, (int64_t)i);
    query_bind_text(&query, column->name);
    query_bind_real(&query, column->min);
    query_bind_real(&query, column->max);
    query_bind_real(&query, column->mean);
    query_bind_real(&query, column->std);
    return query_run(&query);
}

static Status keep(Writer *writer, void *arg)
{
    ImportWork *work = arg;
    const ModelRecord *record = work->record;
    Db *db = writer->db;
    work->created_at = clock_now_ms();
    Status status = store_model_next_version(db, record->name, &work->version);
    if (status == STATUS_OK)
        status = bytes_add(db, work->draft->bytes, work->draft->size, &work->blob);
    if (status == STATUS_OK)
        status = insert_row(db, work);
    for (size_t i = 0; status == STATUS_OK && i < record->features + record->targets; i++)
        status = insert_column(db, work, i);
    if (status == STATUS_OK)
        status = store_model_note_newest(db, record->name, work->seq);
    return status;
}

Status store_model_import(Store *store, ModelRecord *record)
{
    ModelDraft draft;
    ImportWork work = {.record = record, .draft = &draft};
    Status status = store_model_draft(record->model, &draft);
    if (status == STATUS_OK && record->digest[0] && strcmp(record->digest, draft.digest) != 0)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = store_look_for_room(store, draft.size);
    if (status == STATUS_OK)
        status = store_write(store, keep, &work);
    free(draft.bytes);
    if (status != STATUS_OK)
        return status;
    memcpy(record->digest, draft.digest, sizeof record->digest);
    record->version = work.version;
    record->members = draft.members;
    record->parameters = draft.parameters;
    record->created_at = work.created_at;
    return STATUS_OK;
}
