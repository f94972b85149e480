/* Makes a store with something of all kinds: a dataset with its key, a job that ended
 * with a model, one that left with a checkpoint, two that begin with something, two tokens, and
 * bytes that belong to nothing.
 */
#include "store_reads_private.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_checkpoint.h"
#include "store/store_token.h"
#include "test_store_fixture.h"

struct ReadsMade reads_made;

static void make_dataset(Store *store)
{
    StoreKey key = {.text = READS_KEY, .digest = "of the request"};
    Dataset *dataset = fixture_dataset(500, 3, 1);
    cr_assert_eq(store_dataset_add_once(store, dataset, &key), STATUS_OK);
    cr_assert_eq(store_once_answer(store, READS_KEY, 201, "{\"made\": true}"), STATUS_OK);
    memcpy(reads_made.dataset, dataset->id, ID_SIZE);
    dataset_free(dataset);
}

static void make_job(Store *store, char id[ID_SIZE], const JobStart *start)
{
    Job *job = fixture_job(reads_made.dataset, "m");
    job->runs = 2;
    cr_assert_eq(store_job_add(store, job, NULL, start), STATUS_OK);
    memcpy(id, job->id, ID_SIZE);
    job_free(job);
}

static void end_job(Store *store)
{
    static const Loss losses[] = {{1, 0, 0.5, NAN}, {1, 1, 0.25, NAN}, {2, 0, 0.5, 1}};
    static const FitRun runs[] = {
        {.number = 1, .member = 1, .restart = 1, .end = TRAIN_CONVERGED, .progress = {.epoch = 1}},
        {.number = 2, .member = 2, .restart = 1, .end = TRAIN_CONVERGED}};
    Job *job = fixture_claimed(store);
    Model *model = fixture_ensemble(2);
    job->state = JOB_SUCCEEDED;
    job->stopped_because = TRAIN_CONVERGED;
    job->fold_count = 2;
    job->fold = calloc(2, sizeof *job->fold);
    job->run = 2;
    StoreRecord record = {losses, 3, runs, 2};
    cr_assert_eq(store_job_finish(store, job, &record, model), STATUS_OK);
    model_free(model);
    job_free(job);
}

static void leave_job(Store *store)
{
    unsigned char state[1000] = "of a training";
    static const Loss losses[] = {{1, 0, 0.5, NAN}};
    StoreRecord record = {.losses = losses, .loss_count = 1};
    Checkpoint checkpoint = {.run = 1, .state = state, .size = sizeof state};
    Job *job = fixture_claimed(store);
    cr_assert_eq(store_checkpoint_leave(store, job, &record, &checkpoint), STATUS_OK);
    job_free(job);
}

static void make_tokens(Store *store)
{
    for (int i = 0; i < 2; i++) {
        Token token = {.name = "t", .scope = SCOPE_TRAIN};
        snprintf(token.digest, DIGEST_SIZE, "%064d", i);
        cr_assert_eq(store_token_add(store, &token), STATUS_OK);
        memcpy(reads_made.token_id, token.id, ID_SIZE);
        memcpy(reads_made.token_digest, token.digest, DIGEST_SIZE);
    }
    cr_assert_eq(store_token_revoke(store, reads_made.token_id), STATUS_OK);
}

void reads_prepare(void)
{
    Store *store = fixture_store();
    Model *model = fixture_model(3);
    make_dataset(store);
    make_job(store, reads_made.ended, NULL);
    end_job(store);
    make_job(store, reads_made.left, NULL);
    leave_job(store);
    make_job(store, reads_made.from_net, &(JobStart){.net = model->member[0]});
    make_job(store, reads_made.from_model, &(JobStart){.model = model});
    make_tokens(store);
    fixture_sql(store, "INSERT INTO blobs VALUES (77, 0)"); /* for the check to find */
    model_free(model);
    store_close(store);
}
