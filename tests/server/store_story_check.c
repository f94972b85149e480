/* Looks at a store for what a story told it. Whatever is there was told, and whole. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_checkpoint.h"
#include "store/store_loss.h"
#include "store/store_once.h"
#include "store_story_private.h"

static bool may_be(Fate added, Fate gone, bool there)
{
    return there ? added != FATE_NEVER && gone != FATE_SURE
                 : added != FATE_SURE || gone != FATE_NEVER;
}

static bool is_whole(Store *store, const char *id, const Dataset *told)
{
    Dataset *back;
    cr_assert_eq(store_dataset_load(store, id, &back), STATUS_OK, "%s", id);
    size_t size = told->data->rows * (told->features + told->targets) * sizeof(double);
    bool same = strcmp(back->digest, told->digest) == 0 && back->rows == told->rows &&
                memcmp(back->data->v, told->data->v, size) == 0;
    dataset_free(back);
    return same;
}

static void check_datasets(const Story *story, Store *store, const char *what)
{
    Dataset **all;
    size_t count;
    bool more, there[DATASETS] = {0};
    StorePage page = {.limit = 100};
    cr_assert_eq(store_dataset_list(store, page, &all, &count, &more), STATUS_OK, "%s", what);
    for (size_t i = 0; i < count; i++) {
        size_t which = 0;
        while (which < DATASETS && strcmp(all[i]->digest, story->dataset[which]->digest) != 0)
            which++;
        cr_assert(which < DATASETS && !there[which], "%s: a dataset that nobody told", what);
        cr_expect(is_whole(store, all[i]->id, story->dataset[which]), "%s: in part", what);
        there[which] = true;
    }
    for (size_t i = 0; i < DATASETS; i++)
        cr_expect(may_be(story->added[i], story->gone[i], there[i]), "%s: dataset %zu", what, i);
    store_datasets_free(all, count);
}

/* The history holds the epochs before `end` and no others. */
static void check_losses(Store *store, const Job *job, int64_t end, const char *what)
{
    Loss *losses;
    size_t count;
    const StoreLosses all = {.epochs = {0, INT64_MAX, 0}, .limit = 1000000};
    cr_assert_eq(store_job_losses(store, job->id, &all, &losses, &count), STATUS_OK, "%s", what);
    cr_expect_eq((int64_t)count, end, "%s: %zu losses, not %lld", what, count, (long long)end);
    for (size_t i = 0; i < count; i++)
        cr_expect(losses[i].epoch == (int64_t)i && losses[i].train == loss_at((int64_t)i), "%s",
                  what);
    free(losses);
}

/* The epochs that the checkpoint stands for; 0: there is none. */
static int64_t checkpointed(Store *store, const Job *job, const char *what)
{
    Checkpoint back;
    Status status = store_checkpoint_get(store, job->id, &back);
    if (status == STATUS_NOT_FOUND)
        return 0;
    cr_assert_eq(status, STATUS_OK, "%s: the checkpoint is damaged", what);
    bool same = back.size == STATE;
    for (size_t i = 0; i < STATE && same; i++)
        same = back.state[i] == state_at(back.epoch, i);
    cr_expect(same, "%s: the checkpoint is of another epoch", what);
    free(back.state);
    return back.epoch + 1;
}

static void check_job(Store *store, const ToldJob *told, const Job *job, const char *what)
{
    int64_t epochs = checkpointed(store, job, what);
    bool ended = job_state_ended(job->state);
    cr_expect(ended || job->state == JOB_QUEUED, "%s: %s", what, job_state_name(job->state));
    cr_expect(ended ? told->ended != FATE_NEVER : told->ended != FATE_SURE, "%s", what);
    if (ended)
        cr_expect_eq(epochs, 0, "%s: a checkpoint is left", what);
    else
        cr_expect(epochs >= told->kept && epochs <= told->tried, "%s: at epoch %lld", what,
                  (long long)epochs);
    check_losses(store, job, ended ? told->whole : epochs, what);
    cr_expect_eq(job->model_version, job->state == JOB_SUCCEEDED ? 1 : 0, "%s", what);
}

static void check_jobs(const Story *story, Store *store, const char *what)
{
    Job **all;
    size_t count;
    bool more, there[2] = {0};
    StoreJobFilter any = {.state = JOB_STATES, .page = {.limit = 100}};
    const ToldJob *told[] = {&story->first, &story->second};
    cr_assert_eq(store_job_list(store, any, &all, &count, &more), STATUS_OK, "%s", what);
    for (size_t i = 0; i < count; i++) {
        size_t which = strcmp(all[i]->model_name, "m") == 0 ? 0 : 1;
        cr_expect(!there[which], "%s: a job twice", what);
        there[which] = true;
        check_job(store, told[which], all[i], what);
    }
    for (size_t i = 0; i < 2; i++)
        cr_expect(may_be(told[i]->added, told[i]->gone, there[i]), "%s: job %zu", what, i);
    store_jobs_free(all, count);
}

static void check_model(Store *store, const char *name, uint64_t seed, bool *there)
{
    ModelRecord *back;
    Status status = store_model_get(store, name, 0, true, &back);
    *there = status == STATUS_OK;
    if (status == STATUS_NOT_FOUND)
        return;
    cr_assert_eq(status, STATUS_OK, "model %s", name);
    Model *told = fixture_model(seed);
    const Net *a = told->member[0], *b = back->model->member[0];
    cr_expect_eq(memcmp(a->parameters, b->parameters, a->parameter_count * sizeof(double)), 0);
    model_free(told);
    model_record_free(back);
}

static void check_rest(const Story *story, Store *store, const char *what)
{
    StoreOnce once;
    Token token;
    bool there;
    check_model(store, "m", 1, &there);
    cr_expect(may_be(story->first.ended, FATE_NEVER, there), "%s: the model", what);
    check_model(store, "foreign", 7, &there);
    cr_expect(may_be(story->imported, story->dropped, there), "%s: the imported model", what);
    Status status = store_once_find(store, KEY, &once);
    cr_expect(may_be(story->first.added, FATE_NEVER, status == STATUS_OK), "%s: the key", what);
    if (status == STATUS_OK) {
        cr_expect(may_be(story->noted, FATE_NEVER, once.code == 202), "%s: its answer", what);
        free(once.body);
    }
    status = store_token_get(store, story->made.id, &token);
    cr_expect(may_be(story->token, FATE_NEVER, status == STATUS_OK), "%s: the token", what);
    if (status == STATUS_OK)
        cr_expect(may_be(story->revoked, FATE_NEVER, token.revoked_at != 0), "%s", what);
}

static void check_file(Store *store, const char *what)
{
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM pragma_integrity_check"
                                       " WHERE integrity_check <> 'ok'"),
                 0, "%s: the file is damaged", what);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0,
                 "%s: a row points nowhere", what);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs WHERE id NOT IN"
                                       " (SELECT blob FROM datasets UNION SELECT blob FROM models"
                                       " UNION SELECT blob FROM checkpoints UNION SELECT initial"
                                       " FROM jobs WHERE initial IS NOT NULL)"),
                 0, "%s: bytes that nobody owns", what);
}

void story_check(const Story *story, Store *store, const char *what)
{
    check_file(store, what);
    check_datasets(story, store, what);
    check_jobs(story, store, what);
    check_rest(story, store, what);
}
