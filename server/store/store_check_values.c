/* Reads all datasets, models, jobs and tokens by the very functions that the daemon reads them by,
 * which hold chunks against their checksums and bytes against their form; digests are taken anew.
 * What is gone when it is its turn was deleted meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "core/fit_checkpoint.h"
#include "store/store_check_private.h"
#include "store/store_checkpoint.h"
#include "store/store_dataset.h"
#include "store/store_job.h"
#include "store/store_model.h"
#include "store/store_run.h"
#include "store/store_token.h"

/* What a kind of value is found by. */
typedef struct ValueName {
    char text[MODEL_NAME];       /* an id, or the name of a model */
    int64_t version;             /* of a model; else 0 */
    char label[MODEL_NAME + 32]; /* for people */
} ValueName;

static void compare(Check *check, const char *label, const char *stored, const char *taken)
{
    if (strcmp(stored, taken) != 0)
        check_tell(check, "%s: its digest is %s, but what is stored gives %s", label, stored,
                   taken);
}

static Status check_dataset(Check *check, const ValueName *name)
{
    Dataset *dataset;
    char digest[DIGEST_SIZE];
    Status status = store_dataset_load(check->store, name->text, &dataset);
    if (status != STATUS_OK)
        return status;
    memcpy(digest, dataset->digest, sizeof digest);
    status = dataset_describe(dataset);
    if (status == STATUS_OK)
        compare(check, name->label, digest, dataset->digest);
    dataset_free(dataset);
    check->census->datasets++;
    return status;
}

static Status check_model(Check *check, const ValueName *name)
{
    ModelRecord *record;
    ModelDraft draft;
    Status status = store_model_get(check->store, name->text, name->version, true, &record);
    if (status != STATUS_OK)
        return status;
    status = store_model_draft(record->model, &draft);
    if (status == STATUS_OK) {
        compare(check, name->label, record->digest, draft.digest);
        free(draft.bytes);
    }
    model_record_free(record);
    check->census->models++;
    return status;
}

static Status check_checkpoint(Check *check, const ValueName *name)
{
    Checkpoint checkpoint;
    Status status = store_checkpoint_get(check->store, name->text, &checkpoint);
    if (status != STATUS_OK)
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    if (!fit_state_is_whole(checkpoint.state, checkpoint.size))
        check_tell(check, "%s: the bytes of its checkpoint are no state of a training",
                   name->label);
    free(checkpoint.state);
    check->census->checkpoints++;
    return STATUS_OK;
}

static Status check_job(Check *check, const ValueName *name)
{
    Job *job;
    JobStart start;
    FitRun *runs;
    size_t count;
    Status status = store_job_get(check->store, name->text, &job);
    if (status != STATUS_OK)
        return status;
    job_free(job);
    check->census->jobs++;
    status = store_job_runs(check->store, name->text, &runs, &count);
    if (status != STATUS_OK)
        return status;
    free(runs);
    status = store_job_initial(check->store, name->text, &start);
    if (status != STATUS_OK)
        return status;
    job_start_free(&start);
    return check_checkpoint(check, name);
}

static Status check_token(Check *check, const ValueName *name)
{
    Token token;
    return store_token_get(check->store, name->text, &token);
}

typedef struct ValueKind {
    const char *table; /* for people */
    const char *sql;   /* selects what ValueName has */
    Status (*check)(Check *check, const ValueName *name);
} ValueKind;

static const char datasets_sql[] = "SELECT id, 0, 'dataset ' || id FROM datasets ORDER BY seq";
static const char models_sql[] = "SELECT name, version, 'model ' || name || '/' || version"
                                 " FROM models ORDER BY seq";
static const char jobs_sql[] = "SELECT id, 0, 'job ' || id FROM jobs ORDER BY seq";
static const char tokens_sql[] = "SELECT id, 0, 'token ' || id FROM tokens ORDER BY seq";

static const ValueKind kinds[] = {
    {"the table of datasets", datasets_sql, check_dataset},
    {"the table of models", models_sql, check_model},
    {"the table of jobs", jobs_sql, check_job},
    {"the table of tokens", tokens_sql, check_token},
};

typedef struct ListWork {
    const char *sql;
    ValueName *names; /* owned */
    size_t count;
} ListWork;

static Status list(Db *db, void *arg)
{
    ListWork *work = arg;
    Query query = query_new(db, work->sql);
    while (query_step(&query)) {
        ValueName *grown = store_grow(&query, work->names, work->count, sizeof *grown);
        if (!grown)
            break;
        work->names = grown;
        ValueName *name = &grown[work->count];
        query_text(&query, name->text, sizeof name->text);
        name->version = query_int(&query);
        query_text(&query, name->label, sizeof name->label);
        work->count += query.status == STATUS_OK;
    }
    return query_end(&query);
}

static Status check_one(Check *check, const ValueKind *kind, const ValueName *name)
{
    check->heard.text[0] = '\0';
    Status status = kind->check(check, name);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        check_tell(check, "%s: %s", name->label,
                   check->heard.text[0] ? check->heard.text : status_title(status));
    return STATUS_OK;
}

/* A table that cannot be read to its end is told, and what was read of it is looked at. */
static Status check_kind(Check *check, const ValueKind *kind)
{
    ListWork work = {.sql = kind->sql};
    Status status = check_read(check, list, &work, kind->table);
    for (size_t i = 0; i < work.count && status == STATUS_OK; i++)
        status = check_one(check, kind, &work.names[i]);
    free(work.names);
    return status;
}

Status check_values(Check *check)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == STATUS_OK; i++)
        status = check_kind(check, &kinds[i]);
    return status;
}
