/* What a worker writes of its job: history, progress, the end. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_loss.h"
#include "test_store_fixture.h"

static const StoreLosses whole = {.epochs = {0, INT64_MAX, 0}, .limit = 1000000};

static Store *store;
static char dataset[ID_SIZE];
static Job *job; /* running */
static const StoreRecord nothing;

static void start(void)
{
    fixture_start();
    store = fixture_store();
    snprintf(dataset, sizeof dataset, "%s", fixture_stored_dataset(store));
    fixture_queued(store, dataset, "m");
    job = fixture_claimed(store);
}

static void end(void)
{
    job_free(job);
    store_close(store);
    fixture_end();
}

TestSuite(store_job_end, .init = start, .fini = end);

static Job *got(void)
{
    Job *back;
    cr_assert(store_job_get(store, job->id, &back) == STATUS_OK);
    return back;
}

static void flush(int64_t from, int64_t to)
{
    static Loss losses[1000];
    for (int64_t i = from; i <= to; i++)
        losses[i - from] = (Loss){1, i, 1.0 / (double)(i + 3), 0.1 * (double)i};
    job->progress = (TrainProgress){(size_t)to, 1.0 / 3, 0.1, (size_t)from};
    job->epochs_per_second = 123.5;
    StoreRecord record = {.losses = losses, .loss_count = (size_t)(to - from + 1)};
    cr_assert(store_job_progress(store, job, &record) == STATUS_OK);
}

Test(store_job_end, progress_comes_back_bit_by_bit)
{
    flush(0, 9);
    Job *back = got();
    cr_expect_eq(back->progress.epoch, 9);
    cr_expect_eq(back->progress.train_loss, 1.0 / 3);
    cr_expect_eq(back->progress.validation_loss, 0.1);
    cr_expect_eq(back->progress.best_epoch, 0);
    cr_expect_eq(back->epochs_per_second, 123.5);
    job_free(back);
}

Test(store_job_end, the_history_comes_back_in_order_and_bit_by_bit)
{
    Loss *losses;
    size_t count;
    flush(0, 9);
    flush(10, 499);
    cr_assert(store_job_losses(store, job->id, &whole, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 500);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(losses[i].epoch, (int64_t)i);
        cr_expect_eq(losses[i].train, 1.0 / (double)(i + 3));
        cr_expect_eq(losses[i].validation, 0.1 * (double)i);
    }
    free(losses);
}

Test(store_job_end, a_part_of_the_history_includes_both_its_ends)
{
    Loss *losses;
    size_t count;
    flush(0, 20);
    const StoreLosses part = {.epochs = {5, 7, 0}, .limit = 1000000};
    cr_assert(store_job_losses(store, job->id, &part, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 3);
    cr_expect(losses[0].epoch == 5 && losses[2].epoch == 7);
    free(losses);
}

Test(store_job_end, an_empty_history_is_null_and_an_unknown_job_is_not_found)
{
    Loss *losses;
    size_t count = 9;
    cr_expect_eq(store_job_losses(store, job->id, &whole, &losses, &count), STATUS_OK);
    cr_expect(losses == NULL && count == 0);
    cr_expect_eq(store_job_losses(store, "job_none", &whole, &losses, &count), STATUS_NOT_FOUND);
}

Test(store_job_end, a_loss_that_is_not_a_number_stays_one)
{
    Loss loss = {1, 0, INFINITY, NAN}, *losses;
    StoreRecord one = {.losses = &loss, .loss_count = 1};
    size_t count;
    cr_assert(store_job_progress(store, job, &one) == STATUS_OK);
    const StoreLosses first = {.epochs = {0, 0, 0}, .limit = 1000000};
    cr_assert(store_job_losses(store, job->id, &first, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 1);
    cr_expect(isinf(losses[0].train));
    cr_expect(isnan(losses[0].validation));
    free(losses);
}

Test(store_job_end, progress_of_a_job_that_does_not_run_is_refused)
{
    Loss loss = {1, 0, 1, 1};
    StoreRecord one = {.losses = &loss, .loss_count = 1};
    cr_assert(store_job_requeue(store, job->id, "test") == STATUS_OK);
    cr_expect_eq(store_job_progress(store, job, &one), STATUS_CONFLICT);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
}

static void end_well(const Model *model)
{
    Loss last = {1, 100, 0.25, NAN};
    StoreRecord one = {.losses = &last, .loss_count = 1};
    job->state = JOB_SUCCEEDED;
    job->stopped_because = TRAIN_CONVERGED;
    job->progress = (TrainProgress){100, 0.25, NAN, 100};
    job->has_training = job->has_validation = true;
    job->training = (Score){0.1, sqrt(0.1), 1.0 / 7, -0.3};
    job->validation = (Score){0.2, sqrt(0.2), 2.0 / 7, 0.9};
    cr_assert(store_job_finish(store, job, &one, model) == STATUS_OK);
}

Test(store_job_end, a_job_that_succeeded_comes_back_with_all_it_found)
{
    Model *model = fixture_model(3);
    end_well(model);
    Job *back = got();
    cr_expect_eq(back->state, JOB_SUCCEEDED);
    cr_expect_eq(back->stopped_because, TRAIN_CONVERGED);
    cr_expect_eq(back->model_version, 1);
    cr_expect_eq(job->model_version, 1);
    cr_expect(back->finished_at > 0 && back->finished_at == job->finished_at);
    cr_expect(back->has_training && back->has_validation);
    cr_expect_eq(memcmp(&back->training, &job->training, sizeof(Score)), 0);
    cr_expect_eq(memcmp(&back->validation, &job->validation, sizeof(Score)), 0);
    cr_expect_eq(back->progress.epoch, 100);
    cr_expect_eq(fixture_number(store, "SELECT max(epoch) FROM history"), 100);
    cr_assert_eq(back->transition_count, 3);
    cr_expect_eq(back->transition[2].state, JOB_SUCCEEDED);
    cr_expect_str_eq(back->transition[2].reason, "converged");
    job_free(back);
    model_free(model);
}

Test(store_job_end, a_failed_job_says_why_and_makes_no_model)
{
    job->state = JOB_FAILED;
    job->stopped_because = TRAIN_DIVERGED;
    job->error_status = STATUS_DIVERGED;
    snprintf(job->error, sizeof job->error, "the loss is not finite at epoch 3");
    cr_assert(store_job_finish(store, job, &nothing, NULL) == STATUS_OK);
    Job *back = got();
    cr_expect_eq(back->state, JOB_FAILED);
    cr_expect_eq(back->error_status, STATUS_DIVERGED);
    cr_expect_str_eq(back->error, "the loss is not finite at epoch 3");
    cr_expect_eq(back->model_version, 0);
    cr_expect(!back->has_training);
    cr_expect_str_eq(back->transition[2].reason, "diverged");
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM models"), 0);
    job_free(back);
}

Test(store_job_end, a_cancelled_job_may_keep_its_model)
{
    Model *model = fixture_model(3);
    job->state = JOB_CANCELLED;
    job->stopped_because = TRAIN_CANCELLED;
    cr_assert(store_job_finish(store, job, &nothing, model) == STATUS_OK);
    Job *back = got();
    cr_expect_eq(back->state, JOB_CANCELLED);
    cr_expect_eq(back->model_version, 1);
    cr_expect(!back->discard);
    job_free(back);
    model_free(model);
}

Test(store_job_end, a_cancelled_job_may_have_discarded_its_model)
{
    job->state = JOB_CANCELLED;
    job->discard = true;
    cr_assert(store_job_finish(store, job, &nothing, NULL) == STATUS_OK);
    Job *back = got();
    cr_expect(back->discard);
    cr_expect_eq(back->model_version, 0);
    job_free(back);
}

Test(store_job_end, a_job_ends_only_once)
{
    Model *model = fixture_model(3);
    end_well(model);
    cr_expect_eq(store_job_finish(store, job, &nothing, model), STATUS_CONFLICT);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM models"), 1);
    model_free(model);
}

Test(store_job_end, an_end_that_fails_changes_nothing)
{
    Model *model = fixture_model(3);
    Loss last = {1, 7, 1, 1};
    StoreRecord one = {.losses = &last, .loss_count = 1};
    job->state = JOB_SUCCEEDED;
    fixture_sql(store, "CREATE TRIGGER t BEFORE UPDATE OF discard ON jobs BEGIN"
                       " SELECT RAISE(ABORT, 'the last step fails'); END");
    cr_expect_neq(store_job_finish(store, job, &one, model), STATUS_OK);
    Job *back = got();
    cr_expect_eq(back->state, JOB_RUNNING);
    cr_expect_eq(back->transition_count, 2);
    cr_expect(job->model_version == 0 && job->finished_at == 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_names"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 1);
    fixture_sql(store, "DROP TRIGGER t");
    cr_expect_eq(store_job_finish(store, job, &one, model), STATUS_OK);
    cr_expect_eq(job->model_version, 1);
    job_free(back);
    model_free(model);
}

Test(store_job_end, deleting_the_job_takes_its_history_and_leaves_its_model)
{
    Model *model = fixture_model(3);
    end_well(model);
    cr_assert(store_job_delete(store, job->id) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM models"), 1);
    model_free(model);
}
