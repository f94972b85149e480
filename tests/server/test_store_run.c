/* Runs in the store: their losses, their ends, and the scores of folds. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_loss.h"
#include "test_store_fixture.h"

static Store *store;
static Job *job; /* running */

static void start(void)
{
    fixture_start();
    store = fixture_store();
    Job *asked = fixture_job(fixture_stored_dataset(store), "m");
    asked->runs = 4;
    cr_assert(store_job_add(store, asked, NULL, NULL) == STATUS_OK);
    job_free(asked);
    job = fixture_claimed(store);
}

static void end(void)
{
    job_free(job);
    store_close(store);
    fixture_end();
}

TestSuite(store_run, .init = start, .fini = end);

/* The second network's `restart`, of a model. */
static FitRun run_of(size_t number, size_t restart, int kept)
{
    return (FitRun){
        .number = number,
        .fold = 0,
        .member = 2,
        .restart = restart,
        .seed = UINT64_MAX - number,
        .end = TRAIN_CONVERGED,
        .progress = {70 + number, 1.0 / 3, NAN, 60},
        .effective = 4.5,
        .kept = kept,
    };
}

/* Tells these runs, and two losses of each. */
static void tell(const FitRun *runs, size_t count)
{
    Loss losses[8];
    for (size_t i = 0; i < 2 * count; i++)
        losses[i] = (Loss){(int64_t)runs[i / 2].number, (int64_t)i % 2, 1.0 / (double)(i + 1), NAN};
    StoreRecord record = {losses, 2 * count, runs, count};
    job->run = (int64_t)runs[count - 1].number;
    cr_assert(store_job_progress(store, job, &record) == STATUS_OK);
}

static FitRun *read_runs(size_t expected)
{
    FitRun *runs;
    size_t count;
    cr_assert(store_job_runs(store, job->id, &runs, &count) == STATUS_OK);
    cr_assert_eq(count, expected);
    return runs;
}

static Job *got(void)
{
    Job *back;
    cr_assert(store_job_get(store, job->id, &back) == STATUS_OK);
    return back;
}

Test(store_run, a_run_comes_back_as_it_was_told)
{
    FitRun run = run_of(2, 1, 1);
    run.fold = 3;
    tell(&run, 1);
    FitRun *back = read_runs(1);
    cr_expect(back->number == 2 && back->fold == 3 && back->member == 2 && back->restart == 1);
    cr_expect(back->seed == UINT64_MAX - 2 && back->end == TRAIN_CONVERGED && back->kept == 1);
    cr_expect(back->progress.epoch == 72 && back->progress.best_epoch == 60);
    cr_expect_eq(back->progress.train_loss, 1.0 / 3);
    cr_expect(isnan(back->progress.validation_loss) && back->effective == 4.5);
    free(back);
}

Test(store_run, only_the_best_restart_of_a_network_is_kept)
{
    FitRun first[] = {run_of(1, 1, 1), run_of(2, 2, 0)}, better = run_of(3, 3, 1);
    first[0].member = 1; /* another network */
    tell(first, 2);
    first[1].restart = 1;
    first[1].kept = 1;
    tell(&first[1], 1);
    tell(&better, 1);
    FitRun *back = read_runs(3);
    cr_expect(back[0].kept == 1 && back[1].kept == 0 && back[2].kept == 1);
    free(back);
}

Test(store_run, the_job_knows_how_many_runs_it_makes_and_which_it_is_at)
{
    FitRun runs[] = {run_of(1, 1, 1), run_of(2, 2, 0)};
    cr_expect(job->runs == 4 && job->run == 1);
    tell(runs, 2);
    Job *back = got();
    cr_expect(back->runs == 4 && back->run == 2);
    job_free(back);
}

Test(store_run, the_history_is_in_the_order_of_runs_and_one_can_be_picked)
{
    FitRun runs[] = {run_of(1, 1, 1), run_of(2, 2, 0), run_of(3, 3, 0)};
    const StoreLosses all = {.epochs = {0, INT64_MAX, 0}, .limit = 1000000};
    const StoreLosses second = {.epochs = {0, INT64_MAX, 2}, .limit = 1000000};
    Loss *losses;
    size_t count;
    tell(&runs[2], 1);
    tell(runs, 2);
    cr_assert(store_job_losses(store, job->id, &all, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 6);
    for (size_t i = 0; i < count; i++)
        cr_expect(losses[i].run == (int64_t)(1 + i / 2) && losses[i].epoch == (int64_t)(i % 2));
    free(losses);
    cr_assert(store_job_losses(store, job->id, &second, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 2);
    cr_expect(losses[0].run == 2 && losses[1].run == 2 && losses[1].epoch == 1);
    free(losses);
}

static void end_with_folds(void)
{
    static const Score folds[] = {{4, 2, 1.5, 0.25}, {9, 3, 2.5, 0.75}};
    FitRun run = run_of(4, 1, 1);
    StoreRecord record = {.runs = &run, .run_count = 1};
    Model *model = fixture_model(1);
    job->fold = malloc(sizeof folds);
    cr_assert_not_null(job->fold);
    memcpy(job->fold, folds, sizeof folds);
    job->fold_count = 2;
    job->state = JOB_SUCCEEDED;
    cr_assert(store_job_finish(store, job, &record, model) == STATUS_OK);
    model_free(model);
}

Test(store_run, the_end_keeps_the_last_run_and_the_scores_of_the_folds)
{
    end_with_folds();
    Job *back = got();
    cr_assert_eq(back->fold_count, 2);
    cr_expect_eq(memcmp(back->fold, job->fold, 2 * sizeof(Score)), 0);
    free(read_runs(1));
    job_free(back);
}

Test(store_run, lists_of_jobs_have_the_folds_too)
{
    Job **jobs;
    size_t count;
    bool more;
    StoreJobFilter any = {JOB_STATES, NULL, {NULL, 10}};
    end_with_folds();
    cr_assert(store_job_list(store, any, &jobs, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(jobs[0]->fold_count, 2);
    store_jobs_free(jobs, count);
}

Test(store_run, deleting_the_job_takes_its_runs_and_folds)
{
    end_with_folds();
    cr_assert(store_job_delete(store, job->id) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM runs"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM folds"), 0);
}

Test(store_run, the_next_attempt_begins_without_the_runs_of_the_last)
{
    FitRun runs[] = {run_of(1, 1, 1), run_of(2, 2, 0)};
    tell(runs, 2);
    cr_assert(store_job_requeue(store, job->id, "test") == STATUS_OK);
    Job *again = fixture_claimed(store);
    cr_expect(again->run == 1 && again->runs == 4);
    cr_expect_null(read_runs(0));
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
    job_free(again);
}

Test(store_run, the_runs_of_a_job_that_is_not_there_are_not_found)
{
    FitRun *runs;
    size_t count = 9;
    cr_expect_eq(store_job_runs(store, "job_none", &runs, &count), STATUS_NOT_FOUND);
    cr_expect(runs == NULL && count == 0);
}

Test(store_run, an_end_that_does_not_exist_is_damage)
{
    FitRun run = run_of(1, 1, 1), *runs;
    size_t count;
    tell(&run, 1);
    fixture_sql(store, "UPDATE runs SET stopped_because = 'boredom'");
    cr_expect_eq(store_job_runs(store, job->id, &runs, &count), STATUS_DAMAGED);
    cr_expect_null(runs);
}

Test(store_run, a_model_s_row_says_how_many_networks_it_has)
{
    Model *one = fixture_model(1), *other = fixture_model(2);
    const Net *nets[] = {one->member[0], other->member[0]};
    Model *both = model_new((Ensemble){nets, 2}, one->scaling);
    cr_assert_not_null(both);
    job->state = JOB_SUCCEEDED;
    cr_assert(store_job_finish(store, job, &(StoreRecord){0}, both) == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT members FROM models"), 2);
    model_free(both);
    model_free(one);
    model_free(other);
}
