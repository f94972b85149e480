/* Two jobs, three datasets, a model that is trained and one that comes from elsewhere, a token.
 * What is kept is made by formulas, so that whatever comes back can be told from anything else. All
 * memory that the story needs itself it takes at its beginning, so that only the store can be short
 * of it.
 */
#include "store_story_private.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_checkpoint.h"
#include "store/store_loss.h"
#include "store/store_once.h"
#include "store/store_private.h"

/* Datasets are made once, for stories of one size, which change nothing of them but what a store
 * gives them. */
static Dataset *dataset_for(size_t which, size_t rows)
{
    static Dataset *made[DATASETS];
    if (!made[which])
        made[which] = fixture_dataset(rows, 3, 1);
    made[which]->id[0] = '\0';
    return made[which];
}

Story *story_new(size_t rows)
{
    const size_t of[DATASETS] = {200, rows, 50};
    Story *story = calloc(1, sizeof *story);
    cr_assert_not_null(story);
    for (size_t i = 0; i < DATASETS; i++)
        story->dataset[i] = dataset_for(i, of[i]);
    story->first = (ToldJob){.asked = fixture_job(NULL, "m"), .whole = ENDED};
    story->second = (ToldJob){.asked = fixture_job(NULL, "n"), .whole = LEFT};
    story->first.asked->runs = 2;
    story->trained = fixture_model(1);
    story->foreign = fixture_model(7);
    return story;
}

static void free_told(ToldJob *one)
{
    job_free(one->asked);
    job_free(one->job);
}

void story_free(Story *story)
{
    free_told(&story->first);
    free_told(&story->second);
    model_free(story->trained);
    model_free(story->foreign);
    free(story);
}

static Status tell(Fate *fate, Status status)
{
    *fate = status == STATUS_OK ? FATE_SURE : FATE_MAYBE;
    return status;
}

static StoreRecord told(Job *job, int64_t from, int64_t to)
{
    static Loss losses[ENDED];
    for (int64_t i = from; i < to; i++)
        losses[i - from] = (Loss){1, i, loss_at(i), NAN};
    job->run = 1;
    job->progress = (TrainProgress){(size_t)(to - 1), loss_at(to - 1), NAN, 0};
    return (StoreRecord){.losses = losses, .loss_count = (size_t)(to - from)};
}

static Checkpoint checkpoint_at(int64_t epoch)
{
    static unsigned char state[STATE];
    for (size_t i = 0; i < STATE; i++)
        state[i] = state_at(epoch, i);
    return (Checkpoint){.run = 1, .epoch = epoch, .state = state, .size = STATE};
}

typedef Status Keep(Store *, const Job *, const StoreRecord *, const Checkpoint *);

static Status keep(Store *store, ToldJob *one, int64_t from, int64_t to, Keep *how)
{
    StoreRecord record = told(one->job, from, to);
    Checkpoint checkpoint = checkpoint_at(to - 1);
    one->tried = to;
    Status status = how(store, one->job, &record, &checkpoint);
    if (status == STATUS_OK)
        one->kept = to;
    return status;
}

static Status progress(Store *store, ToldJob *one, int64_t from, int64_t to)
{
    StoreRecord record = told(one->job, from, to);
    return store_job_progress(store, one->job, &record);
}

static Status claim(Store *store, ToldJob *one)
{
    Job *job;
    Status status = store_job_claim(store, &job);
    if (status != STATUS_OK)
        return status;
    cr_assert(job && strcmp(job->id, one->id) == 0);
    job_free(one->job);
    one->job = job;
    return STATUS_OK;
}

/* The steps. */

static Status add_small(Story *story, Store *store)
{
    return tell(&story->added[SMALL], store_dataset_add(store, story->dataset[SMALL]));
}

static Status add_large(Story *story, Store *store)
{
    return tell(&story->added[LARGE], store_dataset_add(store, story->dataset[LARGE]));
}

static StoreKey key(void)
{
    StoreKey made = {.text = KEY};
    memset(made.digest, 'k', DIGEST_SIZE - 1);
    return made;
}

static Status add_first(Story *story, Store *store)
{
    StoreKey once = key();
    Job *job = story->first.asked;
    snprintf(job->dataset, ID_SIZE, "%s", story->dataset[SMALL]->id);
    Status status = store_job_add_once(store, job, NULL, NULL, &once);
    snprintf(story->first.id, ID_SIZE, "%s", job->id);
    return tell(&story->first.added, status);
}

static Status note_answer(Story *story, Store *store)
{
    return tell(&story->noted, store_once_answer(store, KEY, 202, "{}"));
}

static Status add_token(Story *story, Store *store)
{
    story->made = (Token){.name = "t", .scope = SCOPE_TRAIN};
    memset(story->made.digest, 't', DIGEST_SIZE - 1);
    return tell(&story->token, store_token_add(store, &story->made));
}

static Status claim_first(Story *story, Store *store)
{
    return claim(store, &story->first);
}

static Status tell_10(Story *story, Store *store)
{
    return progress(store, &story->first, 0, 10);
}

static Status keep_20(Story *story, Store *store)
{
    return keep(store, &story->first, 10, 20, store_checkpoint_put);
}

static Status tell_25(Story *story, Store *store)
{
    return progress(store, &story->first, 20, 25);
}

static Status keep_30(Story *story, Store *store)
{
    return keep(store, &story->first, 25, 30, store_checkpoint_put);
}

static Status read_back(Story *story, Store *store)
{
    Loss *losses;
    size_t count;
    const StoreLosses all = {.epochs = {0, INT64_MAX, 0}, .limit = 1000000};
    Status status = store_job_losses(store, story->first.id, &all, &losses, &count);
    cr_expect(status != STATUS_OK || count == 30);
    if (status == STATUS_OK)
        free(losses);
    return status;
}

/* With a run that is better than the one before, and the scores of folds. */
static Status finish_first(Story *story, Store *store)
{
    static const FitRun runs[] = {{.number = 1, .member = 1, .restart = 1, .kept = 1},
                                  {.number = 2, .member = 1, .restart = 2, .kept = 1}};
    Score folds[2] = {{.mse = 1}, {.mse = 2}};
    ToldJob *one = &story->first;
    StoreRecord record = told(one->job, 30, ENDED);
    record.runs = runs;
    record.run_count = 2;
    one->job->fold = folds;
    one->job->fold_count = 2;
    one->job->state = JOB_SUCCEEDED;
    one->job->stopped_because = TRAIN_CONVERGED;
    Status status = store_job_finish(store, one->job, &record, story->trained);
    one->job->fold = NULL;
    one->job->fold_count = 0;
    return tell(&one->ended, status);
}

static Status add_second(Story *story, Store *store)
{
    Job *job = story->second.asked;
    JobStart start = {.model = story->foreign};
    Status status = store_job_add(store, job, story->dataset[INLINE], &start);
    snprintf(story->second.id, ID_SIZE, "%s", job->id);
    story->added[INLINE] = status == STATUS_OK ? FATE_SURE : FATE_MAYBE;
    return tell(&story->second.added, status);
}

static Status claim_second(Story *story, Store *store)
{
    return claim(store, &story->second);
}

static Status put_back(Story *story, Store *store)
{
    (void)story;
    return store_jobs_requeue(store);
}

/* As the next start would find it after a crash. */
static Status crash(Story *story, Store *store)
{
    (void)story;
    return store_write_freeing(store, store_jobs_crashed, NULL);
}

static Status keep_second(Story *story, Store *store)
{
    return keep(store, &story->second, 0, 10, store_checkpoint_put);
}

static Status leave_second(Story *story, Store *store)
{
    return keep(store, &story->second, 10, LEFT, store_checkpoint_leave);
}

static Status discard_second(Story *story, Store *store)
{
    ToldJob *one = &story->second;
    StoreRecord nothing = {0};
    one->job->state = JOB_CANCELLED;
    one->job->stopped_because = TRAIN_CANCELLED;
    return tell(&one->ended, store_job_finish(store, one->job, &nothing, NULL));
}

static Status delete_large(Story *story, Store *store)
{
    return tell(&story->gone[LARGE], store_dataset_delete(store, story->dataset[LARGE]->id));
}

static Status delete_second(Story *story, Store *store)
{
    return tell(&story->second.gone, store_job_delete(store, story->second.id));
}

static Status revoke(Story *story, Store *store)
{
    return tell(&story->revoked, store_token_revoke(store, story->made.id));
}

static Status take_in(Story *story, Store *store)
{
    ModelRecord record = {.name = "foreign", .features = 3, .targets = 1};
    record.model = story->foreign;
    record.column = story->dataset[SMALL]->column;
    memset(record.dataset_digest, 'd', DIGEST_SIZE - 1);
    return tell(&story->imported, store_model_import(store, &record));
}

static Status drop(Story *story, Store *store)
{
    return tell(&story->dropped, store_model_delete(store, "foreign", 1));
}

typedef Status Step(Story *, Store *);
static Step *const steps[] = {
    add_small,    add_large,     add_first,   note_answer,  add_token,    claim_first,
    tell_10,      keep_20,       tell_25,     keep_30,      read_back,    finish_first,
    add_second,   claim_second,  put_back,    claim_second, keep_second,  crash,
    claim_second, leave_second,  claim_second, discard_second,
    delete_large, delete_second, revoke,      take_in,      drop};
#define STEPS (sizeof steps / sizeof *steps)

Status story_go_on(Story *story, Store *store)
{
    Status status = STATUS_OK;
    while (story->step < STEPS && status == STATUS_OK) {
        status = steps[story->step](story, store);
        story->step += status == STATUS_OK;
    }
    return status;
}

bool story_is_over(const Story *story)
{
    return story->step == STEPS;
}
