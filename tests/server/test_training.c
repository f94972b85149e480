/* One training of one job, with a real store: every way in which it can end. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_loss.h"
#include "test_api_fixture.h"
#include "tools/log.h"
#include "waiting.h"
#include "worker/training.h"

TestSuite(training, .init = api_start, .fini = api_end);

/* A job on 20 rows of a plane, with these hyperparameters, claimed by this thread. */
static Job *claimed(const char *hyperparameters)
{
    char body[400];
    snprintf(body, sizeof body,
             "{\"model\": \"m\", \"dataset\": \"%s\", \"hyperparameters\": {%s}}", api_dataset(),
             hyperparameters);
    cr_assert_eq(api_post("/v1/jobs", body)->reply.code, 202);
    return fixture_claimed(api_services()->store);
}

/* The job as the store has it; lives until the next call. */
static const Job *stored(const char *id)
{
    static Job *job;
    Job *fresh = NULL;
    if (id)
        cr_assert_eq(store_job_get(api_services()->store, id, &fresh), STATUS_OK);
    job_free(job);
    job = fresh;
    return job;
}

static int64_t models(void)
{
    return fixture_number(api_services()->store, "SELECT count(*) FROM models");
}

/* Fails the test where the history has not just the epochs 0 .. last. */
static void expect_history(const char *id, int64_t last)
{
    Loss *losses;
    size_t count;
    const StoreLosses all = {.epochs = {0, INT64_MAX, 1}, .limit = 1000000};
    cr_assert_eq(store_job_losses(api_services()->store, id, &all, &losses, &count), STATUS_OK);
    cr_assert_eq((int64_t)count, last + 1);
    for (size_t i = 0; i < count; i++)
        cr_assert(losses[i].epoch == (int64_t)i && isfinite(losses[i].train));
    free(losses);
}

static void finish(Job *job)
{
    stored(NULL);
    job_free(job);
}

Test(training, a_training_that_ends_well_leaves_a_model)
{
    Job *job = claimed("\"epochs\": 30, \"tolerance\": 0, \"validation_split\": 0.2");
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_SUCCEEDED);
    cr_expect_eq(end->stopped_because, TRAIN_MAX_EPOCHS);
    cr_expect(end->model_version == 1 && end->progress.epoch == 30 && end->attempts == 1);
    cr_expect(end->has_training && end->has_validation && isfinite(end->validation.mse));
    cr_expect(end->finished_at >= end->started_at && end->started_at > 0);
    cr_expect_gt(end->epochs_per_second, 0);
    expect_history(job->id, 30);
    finish(job);
}

Test(training, the_new_model_is_in_memory_and_the_end_is_rung)
{
    Served *served;
    Job *job = claimed("\"epochs\": 2");
    uint64_t rings = bell_count(api_services()->ended);
    training_run(api_services(), job);
    cr_expect_eq(bell_count(api_services()->ended), rings + 1);
    cr_assert_eq(cache_get(api_services()->cache, "m", 0, false, &served), STATUS_OK);
    cr_assert_not_null(served);
    cr_expect_eq(served_record(served)->version, 1);
    served_drop(served);
    finish(job);
}

Test(training, a_plane_is_learned_and_the_training_converges)
{
    Job *job = claimed("\"hidden\": [], \"learning_rate\": 0.2, \"epochs\": 100000");
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->stopped_because, TRAIN_CONVERGED);
    cr_expect_lt(end->training.rmse, 0.01);
    cr_expect_gt(end->training.r2, 0.999);
    expect_history(job->id, (int64_t)end->progress.epoch);
    finish(job);
}

Test(training, the_same_seed_gives_the_same_weights_and_another_gives_others)
{
    char digest[3][DIGEST_SIZE];
    for (size_t i = 0; i < 3; i++) {
        ModelRecord *record;
        Job *job = claimed(i < 2 ? "\"epochs\": 5, \"seed\": 1" : "\"epochs\": 5, \"seed\": 2");
        training_run(api_services(), job);
        cr_assert_eq(store_model_get(api_services()->store, "m", 0, false, &record), STATUS_OK);
        memcpy(digest[i], record->digest, DIGEST_SIZE);
        model_record_free(record);
        finish(job);
    }
    cr_expect_str_eq(digest[0], digest[1]);
    cr_expect_str_neq(digest[0], digest[2]);
}

Test(training, a_training_that_diverges_fails_with_advice)
{
    Job *job = claimed("\"learning_rate\": 1e200, \"standardize\": false");
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_FAILED);
    cr_expect_eq(end->stopped_because, TRAIN_DIVERGED);
    cr_expect_eq(end->error_status, STATUS_DIVERGED);
    cr_expect(strstr(end->error, "learning_rate of 0.01 or less"), "%s", end->error);
    cr_expect(strstr(end->error, "standardize"), "%s", end->error);
    cr_expect(end->model_version == 0 && !end->has_training && models() == 0);
    finish(job);
}

Test(training, the_advice_does_not_name_what_is_switched_on)
{
    Job *job = claimed("\"learning_rate\": 1e200");
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_FAILED);
    cr_expect_null(strstr(stored(job->id)->error, "standardize"));
    finish(job);
}

Test(training, the_time_limit_ends_it_well)
{
    Job *job = claimed("\"epochs\": 1000000000, \"tolerance\": 0, \"time_limit\": 1e-9");
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_SUCCEEDED);
    cr_expect_eq(stored(job->id)->stopped_because, TRAIN_TIME_LIMIT);
    cr_expect_eq(models(), 1);
    finish(job);
}

#define ENDLESS "\"epochs\": 1000000000, \"tolerance\": 0"

static void *run(void *job)
{
    training_run(api_services(), job);
    return NULL;
}

/* Runs the job on a thread of its own until it has shown some epochs, and asks it to stop. */
static void stop_in_mid_training(Job *job, void (*ask)(const char *id))
{
    pthread_t thread;
    Job seen = {.state = JOB_RUNNING};
    snprintf(seen.id, sizeof seen.id, "%s", job->id);
    cr_assert_eq(pthread_create(&thread, NULL, run, job), 0);
    WAIT_FOR((live_look(api_services()->live, &seen), seen.progress.epoch > 3));
    ask(seen.id);
    pthread_join(thread, NULL);
}

static void ask_cancel(const char *id)
{
    cr_expect(live_ask(api_services()->live, id, LIVE_CANCEL));
}

static void ask_discard(const char *id)
{
    cr_expect(live_ask(api_services()->live, id, LIVE_CANCEL_DISCARD));
}

static void ask_stop(const char *id)
{
    (void)id; /* all are asked */
    live_stop(api_services()->live);
}

Test(training, a_cancelled_training_leaves_the_weights_so_far)
{
    Job *job = claimed(ENDLESS);
    stop_in_mid_training(job, ask_cancel);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_CANCELLED);
    cr_expect_eq(end->stopped_because, TRAIN_CANCELLED);
    cr_expect(end->model_version == 1 && models() == 1 && !end->discard && end->has_training);
    cr_expect_gt(end->progress.epoch, 3);
    expect_history(job->id, (int64_t)end->progress.epoch);
    finish(job);
}

Test(training, a_cancelled_training_whose_weights_are_discarded_leaves_none)
{
    Job *job = claimed(ENDLESS);
    stop_in_mid_training(job, ask_discard);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_CANCELLED);
    cr_expect(end->model_version == 0 && models() == 0 && end->discard);
    expect_history(job->id, (int64_t)end->progress.epoch);
    finish(job);
}

Test(training, a_stopping_daemon_puts_it_back_into_the_queue)
{
    Job *job = claimed(ENDLESS);
    uint64_t rings = bell_count(api_services()->ended);
    stop_in_mid_training(job, ask_stop);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_QUEUED);
    cr_expect(end->queue_position == 1 && models() == 0);
    cr_expect_str_eq(end->transition[end->transition_count - 1].reason, "the daemon stopped");
    cr_expect_eq(bell_count(api_services()->ended), rings);
    finish(job);
}

Test(training, what_was_put_back_is_trained_from_its_first_epoch)
{
    Job *job = claimed("\"epochs\": 3, \"tolerance\": 0");
    live_stop(api_services()->live);
    training_run(api_services(), job);
    cr_assert_eq(stored(job->id)->state, JOB_QUEUED);
    live_free(api_services()->live);
    api_services()->live = live_new();
    api_train();
    cr_expect(stored(job->id)->state == JOB_SUCCEEDED && stored(job->id)->attempts == 2);
    expect_history(job->id, 3);
    finish(job);
}

Test(training, a_job_that_has_ended_cannot_be_asked_any_more)
{
    Job *job = claimed("\"epochs\": 1");
    training_run(api_services(), job);
    cr_expect(!live_ask(api_services()->live, job->id, LIVE_CANCEL));
    finish(job);
}

Test(training, hyperparameters_that_are_damaged_fail_the_job_and_nothing_else)
{
    Job *job = claimed("\"epochs\": 1");
    free(job->hyperparameters);
    job->hyperparameters = strdup("{\"epochs\":");
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_FAILED);
    cr_expect(strstr(end->error, "cannot be read"), "%s", end->error);
    cr_expect_eq(end->stopped_because, TRAIN_GOES_ON);
    cr_expect_eq(api_get("/v1/jobs")->reply.code, 200);
    finish(job);
}

Test(training, what_ends_while_the_daemon_stops_rings_for_nobody)
{
    Job *job = claimed("\"epochs\": 1");
    uint64_t rings = bell_count(api_services()->ended);
    free(job->hyperparameters);
    job->hyperparameters = strdup("{\"epochs\":");
    live_stop(api_services()->live);
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_FAILED);
    cr_expect_eq(bell_count(api_services()->ended), rings);
    finish(job);
}

Test(training, a_history_longer_than_the_buffer_is_kept_whole)
{
    Job *job = claimed("\"hidden\": [], \"epochs\": 25001, \"tolerance\": 0");
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_SUCCEEDED);
    expect_history(job->id, 25001);
    finish(job);
}

/* The runs that the store has of a job: how many, and how many of them are kept. */
static size_t runs_of(const char *id, size_t *kept)
{
    FitRun *runs;
    size_t count;
    cr_assert_eq(store_job_runs(api_services()->store, id, &runs, &count), STATUS_OK);
    *kept = 0;
    for (size_t i = 0; i < count; i++) {
        cr_expect(runs[i].number == i + 1 && runs[i].end != TRAIN_GOES_ON);
        *kept += runs[i].kept != 0;
    }
    free(runs);
    return count;
}

Test(training, every_run_of_a_fit_is_kept_in_the_store)
{
    Job *job = claimed("\"epochs\": 4, \"tolerance\": 0, \"ensemble\": 2, \"restarts\": 3,"
                       " \"cross_validation\": 2");
    size_t kept;
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_SUCCEEDED);
    cr_expect(end->runs == 18 && end->run == 18 && end->fold_count == 2);
    cr_expect_eq(runs_of(job->id, &kept), 18);
    cr_expect_eq(kept, 6);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT count(*) FROM history"), 18 * 5);
    expect_history(job->id, 4);
    finish(job);
}

Test(training, more_runs_than_the_buffer_has_room_for_are_all_kept)
{
    Job *job = claimed("\"hidden\": [], \"epochs\": 1, \"tolerance\": 0, \"restarts\": 500");
    size_t kept;
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_SUCCEEDED, "%s", stored(job->id)->error);
    cr_expect_eq(runs_of(job->id, &kept), 500);
    cr_expect_eq(kept, 1);
    finish(job);
}

#define ENDLESS_FOLDS ENDLESS ", \"cross_validation\": 3"

Test(training, cancelled_in_the_cross_validation_it_leaves_no_model)
{
    Job *job = claimed(ENDLESS_FOLDS);
    size_t kept;
    stop_in_mid_training(job, ask_cancel);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_CANCELLED);
    cr_expect_eq(end->stopped_because, TRAIN_CANCELLED);
    cr_expect(end->model_version == 0 && models() == 0 && !end->has_training);
    cr_expect_str_eq(end->error, "");
    cr_expect_eq(runs_of(job->id, &kept), 1);
    finish(job);
}

Test(training, a_time_limit_in_the_cross_validation_fails_with_advice)
{
    Job *job = claimed(ENDLESS_FOLDS ", \"time_limit\": 1e-9");
    training_run(api_services(), job);
    const Job *end = stored(job->id);
    cr_expect_eq(end->state, JOB_FAILED);
    cr_expect_eq(end->stopped_because, TRAIN_TIME_LIMIT);
    cr_expect_eq(end->error_status, STATUS_TIME_LIMIT);
    cr_expect(strstr(end->error, "in run 1 of 4"), "%s", end->error);
    cr_expect(strstr(end->error, "raise time_limit") &&
                  strstr(end->error, "lower cross_validation (it was 3)"),
              "%s", end->error);
    cr_expect_eq(models(), 0);
    finish(job);
}

Test(training, a_time_limit_in_an_ensemble_leaves_the_networks_so_far)
{
    Job *job = claimed(ENDLESS ", \"ensemble\": 3, \"time_limit\": 1e-9");
    size_t kept;
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->state, JOB_SUCCEEDED);
    cr_expect_eq(stored(job->id)->stopped_because, TRAIN_TIME_LIMIT);
    cr_expect_eq(fixture_number(api_services()->store, "SELECT members FROM models"), 1);
    cr_expect_eq(stored(job->id)->parameters,
                 fixture_number(api_services()->store, "SELECT parameters FROM models"));
    cr_expect(runs_of(job->id, &kept) == 1 && kept == 1);
    finish(job);
}

Test(training, a_divergence_names_the_run_where_there_are_several)
{
    Job *job = claimed("\"learning_rate\": 1e200, \"restarts\": 2");
    size_t kept;
    training_run(api_services(), job);
    cr_expect_eq(stored(job->id)->error_status, STATUS_DIVERGED);
    cr_expect(strstr(stored(job->id)->error, "diverged in run 2 of 2 at epoch"), "%s",
              stored(job->id)->error);
    cr_expect(runs_of(job->id, &kept) == 2 && kept == 0);
    finish(job);
}

Test(training, a_stopping_daemon_puts_a_fit_back_and_the_next_attempt_makes_every_run)
{
    Job *job = claimed("\"epochs\": 20, \"tolerance\": 0, \"ensemble\": 2");
    size_t kept;
    live_stop(api_services()->live);
    training_run(api_services(), job);
    cr_assert_eq(stored(job->id)->state, JOB_QUEUED);
    live_free(api_services()->live);
    api_services()->live = live_new();
    api_train();
    cr_expect(stored(job->id)->state == JOB_SUCCEEDED && stored(job->id)->run == 2);
    cr_expect(runs_of(job->id, &kept) == 2 && kept == 2);
    finish(job);
}
