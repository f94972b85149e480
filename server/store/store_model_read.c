/* Reads models: one version, lists, and the networks themselves. Each public function is one
 * transaction of a reader in the calling thread; what it returns is the caller's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/blob.h"
#include "store/store_model.h"
#include "store/store_private.h"

#define MODEL_FIELDS                                                                               \
    "seq, name, version, job, dataset, dataset_digest, digest, members, parameters,"               \
    " training_mse, training_mae, training_r2, validation_mse, validation_mae, validation_r2,"     \
    " created_at, features, targets, blob"

static const char columns_sql[] = "SELECT name, min, max, mean, std FROM model_columns"
                                  " WHERE model = ?1 ORDER BY position";

/* What is known of a row beside its record. */
typedef struct ModelRow {
    ModelRecord *record;
    int64_t seq, blob;
    char label[MODEL_NAME + 24]; /* name/version, for the log */
} ModelRow;

static void read_fields(Query *query, ModelRow *row)
{
    ModelRecord *record = row->record;
    row->seq = query_int(query);
    query_text(query, record->name, sizeof record->name);
    record->version = query_int(query);
    snprintf(row->label, sizeof row->label, "%s/%lld", record->name, (long long)record->version);
    query_text(query, record->job, sizeof record->job);
    query_text(query, record->dataset, sizeof record->dataset);
    query_text(query, record->dataset_digest, sizeof record->dataset_digest);
    query_text(query, record->digest, sizeof record->digest);
    record->members = query_int(query);
    record->parameters = query_int(query);
    record->has_training = store_read_score(query, &record->training);
    record->has_validation = store_read_score(query, &record->validation);
    record->created_at = query_int(query);
}

static void read_columns(Query *query, ModelRow *row)
{
    size_t features = query_size(query), targets = query_size(query);
    row->blob = query_int(query);
    if (query->status != STATUS_OK)
        return;
    ColumnOwner owner = {"models", row->label, row->seq};
    query_fail(query, store_columns(query->db, columns_sql, &owner, features + targets,
                                    &row->record->column));
    row->record->features = row->record->column ? features : 0;
    row->record->targets = row->record->column ? targets : 0;
}

/* Reads MODEL_FIELDS and the columns; row->record is NULL where that failed. */
static void read_row(Query *query, ModelRow *row)
{
    *row = (ModelRow){.record = calloc(1, sizeof *row->record)};
    if (!row->record) {
        query_fail(query, STATUS_NO_MEMORY);
        return;
    }
    query->table = "models";
    query->id = row->label;
    read_fields(query, row);
    read_columns(query, row);
    query->id = NULL;
    if (query->status != STATUS_OK) {
        model_record_free(row->record);
        row->record = NULL;
    }
}

/* Whether a model is what its record says. */
static bool fits(const Model *model, const ModelRecord *record)
{
    const Net *net = model->member[0];
    return net->width[0] == record->features && net->width[net->depth] == record->targets &&
           (int64_t)model->members == record->members;
}

static Status load_network(Db *db, ModelRow *row)
{
    Bytes bytes = {.blob = row->blob, .table = "models", .id = row->label};
    unsigned char *value;
    size_t size;
    Status status = bytes_get(db, &bytes, &value, &size);
    if (status != STATUS_OK)
        return status;
    Outcome outcome = blob_to_model(value, size, &row->record->model);
    free(value);
    if (outcome == OUTCOME_BAD_BYTES)
        return trouble_damage("models", row->label, "its bytes are no model");
    if (outcome != OUTCOME_OK)
        return store_outcome(outcome);
    if (!fits(row->record->model, row->record))
        return trouble_damage("models", row->label, "its network is of another shape");
    return STATUS_OK;
}

typedef struct GetWork {
    const char *name;
    int64_t version;
    bool load;
    ModelRecord *record;
} GetWork;

static Status get(Db *db, void *arg)
{
    static const char newest_sql[] = "SELECT " MODEL_FIELDS " FROM models WHERE name = ?1"
                                     " ORDER BY version DESC LIMIT 1";
    static const char one_sql[] = "SELECT " MODEL_FIELDS " FROM models WHERE name = ?1"
                                  " AND version = ?2";
    GetWork *work = arg;
    ModelRow row = {0};
    Query query = query_new(db, work->version == 0 ? newest_sql : one_sql);
    query_bind_text(&query, work->name);
    if (work->version != 0)
        query_bind_int(&query, work->version);
    if (query_find(&query))
        read_row(&query, &row);
    Status status = query_end(&query);
    work->record = row.record;
    return status == STATUS_OK && work->load ? load_network(db, &row) : status;
}

Status store_model_get(Store *store, const char *name, int64_t version, bool load,
                       ModelRecord **record)
{
    GetWork work = {.name = name, .version = version, .load = load};
    Status status = store_read(store, get, &work);
    if (status != STATUS_OK) {
        model_record_free(work.record);
        work.record = NULL;
    }
    *record = work.record;
    return status;
}

typedef struct ListWork {
    StorePage page;
    const char *name; /* of versions */
    ModelRecord **records;
    size_t count;
    bool more;
} ListWork;

static void add_to_list(Query *query, ListWork *work)
{
    ModelRecord **grown = store_grow(query, work->records, work->count, sizeof(ModelRecord *));
    if (!grown)
        return;
    ModelRow row;
    work->records = grown;
    read_row(query, &row);
    if (row.record)
        grown[work->count++] = row.record;
}

/* Goes on after a name whose models were deleted since, too: model_names remembers its place. */
static Status list(Db *db, void *arg)
{
    static const char sql[] =
        "SELECT " MODEL_FIELDS " FROM models AS newest WHERE seq < CASE WHEN ?1 IS NULL"
        " THEN 9223372036854775807 ELSE coalesce((SELECT seq FROM models WHERE name = ?1"
        " ORDER BY version DESC LIMIT 1), (SELECT last_seq FROM model_names WHERE name = ?1), 0)"
        " END AND version = (SELECT max(version) FROM models WHERE name = newest.name)"
        " ORDER BY seq DESC LIMIT ?2";
    ListWork *work = arg;
    Query query = query_new(db, sql);
    store_bind_page(&query, work->page);
    while (work->count < work->page.limit && query_step(&query))
        add_to_list(&query, work);
    work->more = work->count == work->page.limit && query_step(&query);
    return query_end(&query);
}

static Status versions(Db *db, void *arg)
{
    static const char sql[] = "SELECT " MODEL_FIELDS " FROM models WHERE name = ?1"
                              " ORDER BY version DESC";
    ListWork *work = arg;
    Query query = query_new(db, sql);
    query_bind_text(&query, work->name);
    while (query_step(&query))
        add_to_list(&query, work);
    Status status = query_end(&query);
    return status == STATUS_OK && work->count == 0 ? STATUS_NOT_FOUND : status;
}

/* Empties the list where the reading failed. */
static void settle(ListWork *work, Status status)
{
    if (status == STATUS_OK)
        return;
    store_models_free(work->records, work->count);
    *work = (ListWork){0};
}

Status store_model_list(Store *store, StorePage page, ModelRecord ***records, size_t *count,
                        bool *more)
{
    ListWork work = {.page = page};
    Status status = store_read(store, list, &work);
    settle(&work, status);
    *records = work.records;
    *count = work.count;
    *more = work.more;
    return status;
}

Status store_model_versions(Store *store, const char *name, ModelRecord ***records, size_t *count)
{
    ListWork work = {.name = name};
    Status status = store_read(store, versions, &work);
    settle(&work, status);
    *records = work.records;
    *count = work.count;
    return status;
}

void store_models_free(ModelRecord **records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        model_record_free(records[i]);
    free(records);
}
