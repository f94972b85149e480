/* Checkpoints in the store: one transaction with the history, and what a crash leaves of it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_checkpoint.h"
#include "test_store_fixture.h"
#include "waiting.h"

static Store *store;
static Job *job; /* running */
static char id[ID_SIZE];

static void start(void)
{
    fixture_start();
    store = fixture_store();
    Job *asked = fixture_job(fixture_stored_dataset(store), "m");
    asked->runs = 4;
    cr_assert(store_job_add(store, asked, NULL, NULL) == STATUS_OK);
    job_free(asked);
    job = fixture_claimed(store);
    snprintf(id, sizeof id, "%s", job->id);
}

static void end(void)
{
    job_free(job);
    store_close(store);
    fixture_end();
}

TestSuite(store_checkpoint, .init = start, .fini = end);

/* The losses of epochs from .. to of a run, and with `ended` that the run has ended, kept. */
static StoreRecord told(int64_t run, int64_t from, int64_t to, bool ended)
{
    static Loss losses[100];
    static FitRun one;
    for (int64_t i = from; i <= to; i++)
        losses[i - from] = (Loss){run, i, 1.0 / (double)(i + run), NAN};
    one = (FitRun){.number = (size_t)run,
                   .member = 1,
                   .restart = (size_t)run,
                   .end = TRAIN_CONVERGED,
                   .kept = 1};
    job->run = run;
    job->progress = (TrainProgress){(size_t)to, 1.0 / (double)(to + run), NAN, (size_t)to};
    return (StoreRecord){losses, (size_t)(to - from + 1), &one, ended};
}

static void flush(int64_t run, int64_t from, int64_t to, bool ended)
{
    StoreRecord record = told(run, from, to, ended);
    cr_assert_eq(store_job_progress(store, job, &record), STATUS_OK);
}

static unsigned char state[3000000];

static Checkpoint checkpoint_at(int64_t run, int64_t epoch, size_t size)
{
    for (size_t i = 0; i < size; i++)
        state[i] = (unsigned char)(i * 7 + (size_t)epoch);
    return (Checkpoint){.run = run,
                        .epoch = epoch,
                        .best_epoch = 2,
                        .kept = run - 1,
                        .epochs = 33,
                        .seconds = 1.5,
                        .state = state,
                        .size = size};
}

static void keep(int64_t run, int64_t from, int64_t to, size_t size)
{
    StoreRecord record = told(run, from, to, false);
    Checkpoint checkpoint = checkpoint_at(run, to, size);
    cr_assert_eq(store_checkpoint_put(store, job, &record, &checkpoint), STATUS_OK);
}

/* As a crash: nothing is tidied up for the next start. */
static void crash(void)
{
    store_close(store);
    store = fixture_store();
}

static Job *got(void)
{
    Job *back;
    cr_assert_eq(store_job_get(store, id, &back), STATUS_OK);
    return back;
}

static long long rows(const char *sql)
{
    return fixture_number(store, sql);
}

static const char history_sql[] = "SELECT count(*) FROM history";
static const char checkpoints_sql[] = "SELECT count(*) FROM checkpoints";
static const char blobs_sql[] = "SELECT count(*) FROM blobs"; /* the dataset's is one */

Test(store_checkpoint, comes_back_byte_by_byte_and_replaces_the_one_before)
{
    Checkpoint back;
    keep(1, 0, 4, 10);
    keep(1, 5, 9, sizeof state);
    cr_assert_eq(store_checkpoint_get(store, id, &back), STATUS_OK);
    cr_expect(back.run == 1 && back.epoch == 9 && back.best_epoch == 2 && back.kept == 0);
    cr_expect(back.epochs == 33 && back.seconds == 1.5 && back.size == sizeof state);
    cr_expect_eq(memcmp(back.state, state, sizeof state), 0);
    cr_expect(rows(checkpoints_sql) == 1 && rows(blobs_sql) == 2 && rows(history_sql) == 10);
    free(back.state);
}

Test(store_checkpoint, there_is_none_before_the_first_nor_of_an_unknown_job)
{
    Checkpoint back;
    cr_expect_eq(store_checkpoint_get(store, id, &back), STATUS_NOT_FOUND);
    cr_expect_null(back.state);
    cr_expect_eq(store_checkpoint_get(store, "job_none", &back), STATUS_NOT_FOUND);
    cr_expect_eq(store_checkpoint_forget(store, "job_none"), STATUS_NOT_FOUND);
}

Test(store_checkpoint, a_crash_takes_what_was_told_behind_it_and_nothing_else)
{
    keep(1, 0, 9, 100);
    flush(1, 10, 14, true);
    flush(2, 0, 3, false);
    crash();
    Job *back = got();
    cr_expect(back->state == JOB_QUEUED && back->run == 1 && back->progress.epoch == 9);
    cr_expect(back->progress.train_loss == 1.0 / 10 && isnan(back->progress.validation_loss));
    cr_expect_eq(back->progress.best_epoch, 2);
    cr_expect_eq(rows(history_sql), 10);
    cr_expect_eq(rows("SELECT max(epoch) FROM history"), 9);
    cr_expect_eq(rows("SELECT count(*) FROM runs"), 0);
    cr_expect_eq(rows(checkpoints_sql), 1);
    job_free(back);
}

Test(store_checkpoint, the_next_attempt_has_the_history_and_the_checkpoint)
{
    keep(1, 0, 9, 100);
    crash();
    Job *again = fixture_claimed(store);
    cr_expect(again->attempts == 2 && again->progress.epoch == 9 && again->crashes == 1);
    cr_expect(rows(history_sql) == 10 && rows(checkpoints_sql) == 1);
    job_free(again);
}

Test(store_checkpoint, a_run_that_lost_its_mark_to_one_that_is_gone_has_it_again)
{
    flush(1, 0, 2, true);
    keep(2, 0, 2, 100); /* the kept run is 1 */
    flush(2, 3, 4, true);
    cr_assert_eq(rows("SELECT kept FROM runs WHERE run = 1"), 0);
    crash();
    cr_expect_eq(rows("SELECT  kept FROM runs WHERE run = 1"), 1);
    cr_expect_eq(rows("SELECT count(*) FROM runs"), 1);
    cr_expect_eq(rows(history_sql), 6);
}

Test(store_checkpoint, of_a_run_that_has_told_nothing_keeps_the_runs_before_it)
{
    flush(1, 0, 2, true);
    Checkpoint none = checkpoint_at(2, -1, 50);
    StoreRecord nothing = {0};
    cr_assert_eq(store_checkpoint_put(store, job, &nothing, &none), STATUS_OK);
    flush(2, 0, 5, false);
    crash();
    Job *back = got();
    cr_expect(back->run == 2 && back->progress.epoch == 0 && isnan(back->progress.train_loss));
    cr_expect(rows(history_sql) == 3 && rows("SELECT count(*) FROM runs") == 1);
    job_free(back);
}

Test(store_checkpoint, one_that_cannot_be_kept_leaves_the_one_before_and_the_history)
{
    keep(1, 0, 9, 100);
    fixture_sql(store, "CREATE TRIGGER no BEFORE INSERT ON blob_chunks BEGIN"
                       " SELECT raise(ABORT, 'no'); END");
    StoreRecord record = told(1, 10, 19, false);
    Checkpoint checkpoint = checkpoint_at(1, 19, 200), back;
    cr_expect_neq(store_checkpoint_put(store, job, &record, &checkpoint), STATUS_OK);
    cr_expect_eq(rows(history_sql), 10);
    cr_assert_eq(store_checkpoint_get(store, id, &back), STATUS_OK);
    cr_expect(back.epoch == 9 && back.size == 100);
    free(back.state);
}

Test(store_checkpoint, a_job_that_leaves_is_queued_with_its_checkpoint_in_one_step)
{
    StoreRecord record = told(1, 0, 9, false);
    Checkpoint checkpoint = checkpoint_at(1, 9, 100);
    cr_assert_eq(store_checkpoint_leave(store, job, &record, &checkpoint), STATUS_OK);
    Job *back = got();
    cr_expect(back->state == JOB_QUEUED && back->progress.epoch == 9 && back->crashes == 0);
    cr_expect_eq(rows(history_sql), 10);
    cr_expect_str_eq(back->transition[back->transition_count - 1].reason, "the daemon stopped");
    cr_expect_eq(store_checkpoint_put(store, job, &record, &checkpoint), STATUS_CONFLICT);
    job_free(back);
}

Test(store_checkpoint, a_requeued_job_goes_back_to_its_checkpoint)
{
    keep(1, 0, 9, 100);
    flush(1, 10, 19, false);
    cr_assert_eq(store_job_requeue(store, id, "test"), STATUS_OK);
    cr_expect(rows(history_sql) == 10 && rows(checkpoints_sql) == 1);
}

Test(store_checkpoint, an_ended_job_leaves_none)
{
    StoreRecord nothing = {0};
    keep(1, 0, 9, 100);
    job->state = JOB_CANCELLED;
    job->stopped_because = TRAIN_CANCELLED;
    cr_assert_eq(store_job_finish(store, job, &nothing, NULL), STATUS_OK);
    cr_expect(rows(checkpoints_sql) == 0 && rows(blobs_sql) == 1 && rows(history_sql) == 10);
}

Test(store_checkpoint, a_queued_job_that_is_cancelled_and_one_that_is_deleted_leave_none)
{
    keep(1, 0, 9, 100);
    crash();
    cr_assert_eq(store_job_cancel(store, id), STATUS_OK);
    cr_expect(rows(checkpoints_sql) == 0 && rows(blobs_sql) == 1);
    cr_assert_eq(store_job_delete(store, id), STATUS_OK);
    cr_expect_eq(rows(history_sql), 0);
}

Test(store_checkpoint, a_forgotten_one_takes_all_that_was_told)
{
    flush(1, 0, 9, true);
    keep(2, 0, 9, 100);
    cr_assert_eq(store_checkpoint_forget(store, id), STATUS_OK);
    Job *back = got();
    cr_expect(back->state == JOB_RUNNING && back->run == 1 && back->progress.epoch == 0);
    cr_expect(rows(history_sql) == 0 && rows("SELECT count(*) FROM runs") == 0);
    cr_expect(rows(checkpoints_sql) == 0 && rows(blobs_sql) == 1);
    job_free(back);
}

Test(store_checkpoint, a_damaged_one_is_told_from_none)
{
    Checkpoint back;
    keep(1, 0, 9, 100);
    fixture_catch_log();
    fixture_sql(store, "UPDATE blob_chunks SET bytes = zeroblob(100) WHERE length(bytes) = 100");
    cr_expect_eq(store_checkpoint_get(store, id, &back), STATUS_DAMAGED);
    cr_expect_null(back.state);
    cr_expect(strstr(fixture_log(), id));
}

/* Crashes, and takes the job up again if it is still to be had. */
static bool crash_and_claim(void)
{
    crash();
    Job *again = NULL;
    cr_assert_eq(store_job_claim(store, &again), STATUS_OK);
    if (!again)
        return false;
    job_free(job);
    job = again;
    return true;
}

static Job *claimed(void)
{
    Job *next = NULL;
    Status status = store_job_claim(store, &next);
    cr_assert(status == (next ? STATUS_OK : STATUS_BUSY));
    return next;
}

Test(store_checkpoint, after_some_crashes_without_progress_a_job_is_let_wait_and_others_are_not)
{
    Job *again = NULL;
    cr_assert(crash_and_claim());
    cr_assert(crash_and_claim());
    fixture_sql(store, "UPDATE jobs SET crashes = 4"); /* it waits for a second then */
    const char *other = fixture_queued(store, job->dataset, "other");
    crash();
    Job *first = claimed();
    cr_expect_str_eq(first->id, other);
    cr_expect_null(claimed());
    WAIT_FOR(again || (again = claimed()));
    cr_expect(strcmp(again->id, id) == 0 && again->crashes == 5);
    job_free(first);
    job_free(again);
}

Test(store_checkpoint, a_job_that_was_let_wait_when_the_daemon_went_down_waits_no_more)
{
    fixture_sql(store, "UPDATE jobs SET crashes = 5");
    crash();
    cr_expect_null(claimed());
    crash();
    Job *again = claimed();
    cr_expect(again && again->crashes == 6);
    job_free(again);
}

Test(store_checkpoint, the_last_crash_without_progress_that_is_borne_fails_the_job)
{
    fixture_sql(store, "UPDATE jobs SET crashes = 6");
    cr_assert(!crash_and_claim());
    Job *back = got();
    cr_expect(back->state == JOB_FAILED && back->finished_at > 0);
    cr_expect_eq(back->error_status, STATUS_INTERNAL);
    cr_expect(strstr(back->error, "7 times in a row"), "%s", back->error);
    job_free(back);
}

Test(store_checkpoint, progress_and_a_clean_stop_are_no_crashes)
{
    for (int64_t i = 0; i < 8; i++) {
        keep(1, i, i, 100);
        cr_assert(crash_and_claim(), "%d", (int)i);
        cr_assert(crash_and_claim(), "%d", (int)i);
        cr_expect_eq(job->crashes, 2);
    }
    cr_assert_eq(store_job_requeue(store, id, "the daemon stopped"), STATUS_OK);
    Job *back = got();
    cr_expect_eq(back->state, JOB_QUEUED);
    job_free(back);
}
