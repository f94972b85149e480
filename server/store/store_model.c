/* Adds and removes versions of models. The writing is done within the job's end, so model, last
 * losses and state become visible in one moment. Everything but store_model_draft and
 * store_model_delete runs in the writing thread.
 */
#include "store/store_model.h"

#include <stdlib.h>

#include "core/blob.h"
#include "store/store_private.h"
#include "tools/clock.h"

void model_record_free(ModelRecord *record)
{
    if (!record)
        return;
    store_columns_free(record->column, record->features + record->targets);
    model_free(record->model);
    free(record);
}

/* Of all members' weights, one after the other. */
static Status digest_weights(const Model *model, char digest[DIGEST_SIZE])
{
    size_t bytes = model->member[0]->parameter_count * 8;
    unsigned char *weights = malloc(model->members * bytes);
    if (!weights)
        return STATUS_NO_MEMORY;
    for (size_t m = 0; m < model->members; m++)
        blob_plain_weights(model->member[m], weights + m * bytes);
    bool done = digest_of(weights, model->members * bytes, digest);
    free(weights);
    return done ? STATUS_OK : STATUS_NO_MEMORY;
}

Status store_model_draft(const Model *model, ModelDraft *draft)
{
    size_t parameters = model->members * model->member[0]->parameter_count;
    *draft = (ModelDraft){.parameters = (int64_t)parameters, .members = (int64_t)model->members};
    Status status = digest_weights(model, draft->digest);
    if (status == STATUS_OK)
        status = store_outcome(blob_from_model(model, &draft->bytes, &draft->size));
    return status;
}

/* The number counts on from the greatest ever given, also where that version was deleted. */
Status store_model_next_version(Db *db, const char *name, int64_t *version)
{
    static const char sql[] = "INSERT INTO model_names (name, last_version, last_seq)"
                              " VALUES (?1, 1, 0) ON CONFLICT (name) DO UPDATE"
                              " SET last_version = last_version + 1 RETURNING last_version";
    Query query = query_new(db, sql);
    query_bind_text(&query, name);
    query_find(&query);
    *version = query_int(&query);
    return query_end(&query);
}

/* What an insertion has come by. */
typedef struct NewModel {
    const Job *job;
    const ModelDraft *draft;
    int64_t version, blob, seq;
} NewModel;

static Status insert_row(Db *db, NewModel *new)
{
    static const char sql[] =
        "INSERT INTO models (name, version, job, digest, parameters, training_mse, training_mae,"
        " training_r2, validation_mse, validation_mae, validation_r2, created_at, blob,"
        " members, dataset, dataset_digest, features, targets)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " id, digest, features, targets FROM datasets WHERE id = ?15 RETURNING seq";
    const Job *job = new->job;
    Query query = query_new(db, sql);
    query_bind_text(&query, job->model_name);
    query_bind_int(&query, new->version);
    query_bind_text(&query, job->id);
    query_bind_text(&query, new->draft->digest);
    query_bind_int(&query, new->draft->parameters);
    store_bind_score(&query, job->has_training, &job->training);
    store_bind_score(&query, job->has_validation, &job->validation);
    query_bind_int(&query, clock_now_ms());
    query_bind_int(&query, new->blob);
    query_bind_int(&query, new->draft->members);
    query_bind_text(&query, job->dataset);
    query_find(&query);
    new->seq = query_int(&query);
    return query_end(&query);
}

static Status copy_columns(Db *db, const NewModel *new)
{
    static const char sql[] = "INSERT INTO model_columns"
                              " (model, position, name, min, max, mean, std)"
                              " SELECT ?1, position, name, min, max, mean, std"
                              " FROM dataset_columns WHERE dataset ="
                              " (SELECT seq FROM datasets WHERE id = ?2)";
    Query query = query_new(db, sql);
    query_bind_int(&query, new->seq);
    query_bind_text(&query, new->job->dataset);
    return query_run(&query);
}

Status store_model_note_newest(Db *db, const char *name, int64_t seq)
{
    static const char sql[] = "UPDATE model_names SET last_seq = ?1 WHERE name = ?2";
    Query query = query_new(db, sql);
    query_bind_int(&query, seq);
    query_bind_text(&query, name);
    return query_run(&query);
}

Status store_model_insert(Db *db, const Job *job, const ModelDraft *draft, int64_t *version)
{
    NewModel new = {.job = job, .draft = draft};
    Status status = store_model_next_version(db, job->model_name, &new.version);
    if (status == STATUS_OK)
        status = bytes_add(db, draft->bytes, draft->size, &new.blob);
    if (status == STATUS_OK)
        status = insert_row(db, &new);
    if (status == STATUS_OK)
        status = copy_columns(db, &new);
    if (status == STATUS_OK)
        status = store_model_note_newest(db, job->model_name, new.seq);
    *version = new.version;
    return status;
}

typedef struct DropWork {
    const char *name;
    int64_t version; /* 0: all */
} DropWork;

static Status drop(Writer *writer, void *arg)
{
    static const char one_sql[] = "DELETE FROM models WHERE name = ?1 AND version = ?2"
                                  " RETURNING seq";
    static const char all_sql[] = "DELETE FROM models WHERE name = ?1 RETURNING seq";
    const DropWork *work = arg;
    Query query = query_new(writer->db, work->version == 0 ? all_sql : one_sql);
    query_bind_text(&query, work->name);
    if (work->version != 0)
        query_bind_int(&query, work->version);
    query_find(&query);
    return query_end(&query);
}

Status store_model_delete(Store *store, const char *name, int64_t version)
{
    DropWork work = {.name = name, .version = version};
    return store_write_freeing(store, drop, &work);
}
