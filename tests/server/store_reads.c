/* The questions, each with what it adds to the sum of its answer. They need no memory but what the
 * store takes.
 */
#include "store_reads_private.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "store/backup.h"
#include "store/cache.h"
#include "store/store_check.h"
#include "store/store_checkpoint.h"
#include "store/store_dataset.h"
#include "store/store_loss.h"
#include "store/store_private.h"
#include "store/store_token.h"

static Status list_datasets(Store *store, uint64_t *sum)
{
    Dataset **all;
    size_t count;
    bool more;
    Status status = store_dataset_list(store, (StorePage){.limit = 10}, &all, &count, &more);
    for (size_t i = 0; i < count; i++)
        sum_add_dataset(sum, all[i]);
    store_datasets_free(all, count);
    return status;
}

static Status add_dataset(uint64_t *sum, Status status, Dataset *dataset)
{
    if (dataset)
        sum_add_dataset(sum, dataset);
    dataset_free(dataset);
    return status;
}

static Status get_rows(Store *store, uint64_t *sum)
{
    Dataset *dataset;
    Status status = store_dataset_rows(store, reads_made.dataset, 400, 50, &dataset);
    return add_dataset(sum, status, dataset);
}

static Status load_dataset(Store *store, uint64_t *sum)
{
    Dataset *dataset;
    Status status = store_dataset_load(store, reads_made.dataset, &dataset);
    return add_dataset(sum, status, dataset);
}

static Status list_of_jobs(Store *store, JobState state, uint64_t *sum)
{
    Job **all;
    size_t count;
    bool more;
    StoreJobFilter filter = {.state = state, .model = "m", .page = {.limit = 10}};
    Status status = store_job_list(store, filter, &all, &count, &more);
    for (size_t i = 0; i < count; i++)
        sum_add_job(sum, all[i]);
    store_jobs_free(all, count);
    return status;
}

static Status list_jobs(Store *store, uint64_t *sum)
{
    return list_of_jobs(store, JOB_STATES, sum);
}

static Status list_queued(Store *store, uint64_t *sum)
{
    return list_of_jobs(store, JOB_QUEUED, sum);
}

static Status get_job(Store *store, uint64_t *sum)
{
    Job *job;
    Status status = store_job_get(store, reads_made.left, &job);
    if (job)
        sum_add_job(sum, job);
    job_free(job);
    return status;
}

static Status get_start(Store *store, const char *id, uint64_t *sum)
{
    JobStart start;
    Status status = store_job_initial(store, id, &start);
    if (start.net)
        sum_add(sum, start.net->parameters, start.net->parameter_count * sizeof(real));
    if (start.model)
        sum_add_model(sum, start.model);
    job_start_free(&start);
    return status;
}

static Status get_start_net(Store *store, uint64_t *sum)
{
    return get_start(store, reads_made.from_net, sum);
}

static Status get_start_model(Store *store, uint64_t *sum)
{
    return get_start(store, reads_made.from_model, sum);
}

static Status count_jobs(Store *store, uint64_t *sum)
{
    int64_t counts[JOB_STATES];
    Status status = store_job_counts(store, counts);
    if (status == STATUS_OK)
        sum_add(sum, counts, sizeof counts);
    return status;
}

static Status get_runs(Store *store, uint64_t *sum)
{
    FitRun *runs;
    size_t count;
    Status status = store_job_runs(store, reads_made.ended, &runs, &count);
    for (size_t i = 0; i < count; i++)
        sum_add_real(sum, (double)runs[i].member);
    free(runs);
    return status;
}

static const StoreEpochs all_epochs = {0, INT64_MAX, 0};

static Status get_run_lengths(Store *store, uint64_t *sum)
{
    RunLength *lengths;
    size_t count;
    Status status = store_job_run_lengths(store, reads_made.ended, all_epochs, &lengths, &count);
    for (size_t i = 0; i < count; i++)
        sum_add_real(sum, (double)lengths[i].rows);
    free(lengths);
    return status;
}

static Status get_losses(Store *store, uint64_t *sum)
{
    Loss *losses;
    size_t count;
    StoreLosses page = {.epochs = all_epochs, .limit = 10};
    Status status = store_job_losses(store, reads_made.ended, &page, &losses, &count);
    for (size_t i = 0; i < count; i++)
        sum_add_real(sum, losses[i].train);
    free(losses);
    return status;
}

static Status get_checkpoint(Store *store, uint64_t *sum)
{
    Checkpoint checkpoint;
    Status status = store_checkpoint_get(store, reads_made.left, &checkpoint);
    if (checkpoint.state)
        sum_add(sum, checkpoint.state, checkpoint.size);
    free(checkpoint.state);
    return status;
}

static Status load_model(Store *store, uint64_t *sum)
{
    ModelRecord *record;
    Status status = store_model_get(store, "m", 0, true, &record);
    if (record)
        sum_add_record(sum, record);
    model_record_free(record);
    return status;
}

static Status add_models(uint64_t *sum, Status status, ModelRecord **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum_add_record(sum, all[i]);
    store_models_free(all, count);
    return status;
}

static Status list_models(Store *store, uint64_t *sum)
{
    ModelRecord **all;
    size_t count;
    bool more;
    Status status = store_model_list(store, (StorePage){.limit = 10}, &all, &count, &more);
    return add_models(sum, status, all, count);
}

static Status list_versions(Store *store, uint64_t *sum)
{
    ModelRecord **all;
    size_t count;
    Status status = store_model_versions(store, "m", &all, &count);
    return add_models(sum, status, all, count);
}

static Status serve_model(Store *store, uint64_t *sum)
{
    Served *served = NULL;
    Cache *cache = cache_new(store, (CacheUse){10, 1 << 20});
    Status status = cache ? cache_get(cache, "m", 1, true, &served) : STATUS_NO_MEMORY;
    if (served)
        sum_add_record(sum, served_record(served));
    served_drop(served);
    cache_free(cache);
    return status;
}

static void add_tokens(uint64_t *sum, Token *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum_add_text(sum, tokens[i].id);
    free(tokens);
}

static Status list_tokens(Store *store, uint64_t *sum)
{
    Token *tokens;
    size_t count;
    bool more;
    Status status = store_token_list(store, (StorePage){.limit = 1}, &tokens, &count, &more);
    add_tokens(sum, tokens, count);
    return status;
}

static Status all_tokens(Store *store, uint64_t *sum)
{
    Token *tokens;
    size_t count;
    Status status = store_token_all(store, &tokens, &count);
    add_tokens(sum, tokens, count);
    return status;
}

static Status get_token(Store *store, uint64_t *sum)
{
    Token token;
    Status status = store_token_get(store, reads_made.token_id, &token);
    if (status == STATUS_OK)
        sum_add_text(sum, token.digest);
    return status;
}

static Status has_token(Store *store, uint64_t *sum)
{
    bool there, other;
    Status status = store_token_has(store, reads_made.token_digest, &there);
    if (status == STATUS_OK)
        status = store_token_has(store, "of none", &other);
    if (status == STATUS_OK)
        *sum += there && !other;
    return status;
}

static Status find_once(Store *store, uint64_t *sum)
{
    StoreOnce once;
    Status status = store_once_find(store, READS_KEY, &once);
    if (once.body)
        sum_add_text(sum, once.body);
    free(once.body);
    return status;
}

static Status is_ready(Store *store, uint64_t *sum)
{
    char why[300] = "";
    Status status = store_ready(store, why, sizeof why);
    cr_expect(status == STATUS_OK || why[0], "not ready, without a word");
    (void)sum;
    return status;
}

static Status look_for_room(Store *store, uint64_t *sum)
{
    (void)sum;
    return store_look_for_room(store, 1LL << 62); /* more than there is, so that it looks closely */
}

void reads_tell_nobody(void *arg, const char *finding)
{
    (void)arg;
    (void)finding;
}

static Status check(Store *store, uint64_t *sum)
{
    StoreCensus census;
    Status status = store_check(store, reads_tell_nobody, NULL, &census);
    if (status == STATUS_OK)
        sum_add(sum, &census, sizeof census);
    return status;
}

static Status peek(Store *store, uint64_t *sum)
{
    char why[300] = "";
    Store *peeked;
    Status status = store_peek(store_dir(store), &peeked, why, sizeof why);
    cr_expect(status == STATUS_OK || why[0], "no peek, without a word");
    if (status == STATUS_OK)
        status = get_token(peeked, sum);
    store_close(peeked);
    return status;
}

static Status back_up(Store *store, uint64_t *sum)
{
    char why[300] = "";
    Backup *backup = NULL;
    Backups *backups = backups_new(store);
    Status status = backups ? backup_make(backups, &backup, why, sizeof why) : STATUS_NO_MEMORY;
    cr_expect(status == STATUS_OK || !backups || why[0], "no copy, without a word");
    if (backup)
        sum_add_real(sum, (double)backup_size(backup));
    backup_free(backup);
    backups_free(backups);
    return status;
}

typedef Status Question(Store *, uint64_t *);

static const struct Asked {
    const char *name;
    Question *ask;
} questions[] = {
    {"list datasets", list_datasets},
    {"get rows", get_rows},
    {"load dataset", load_dataset},
    {"list jobs", list_jobs},
    {"list queued", list_queued},
    {"get job", get_job},
    {"get start net", get_start_net},
    {"get start model", get_start_model},
    {"count jobs", count_jobs},
    {"get runs", get_runs},
    {"get run lengths", get_run_lengths},
    {"get losses", get_losses},
    {"get checkpoint", get_checkpoint},
    {"load model", load_model},
    {"list models", list_models},
    {"list versions", list_versions},
    {"serve model", serve_model},
    {"list tokens", list_tokens},
    {"all tokens", all_tokens},
    {"get token", get_token},
    {"has token", has_token},
    {"find once", find_once},
    {"is ready", is_ready},
    {"look for room", look_for_room},
    {"check", check},
    {"peek", peek},
    {"back up", back_up},
};
#define QUESTIONS (sizeof questions / sizeof *questions)
_Static_assert(QUESTIONS <= READS_MAX, "there is room for all");

Readings reads_ask(Store *store)
{
    Readings readings = {.count = QUESTIONS};
    for (size_t i = 0; i < QUESTIONS; i++) {
        Reading *one = &readings.one[i];
        one->name = questions[i].name;
        one->status = questions[i].ask(store, &one->sum);
    }
    return readings;
}
