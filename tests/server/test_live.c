/* The jobs that run: what HTTP sees of them, and how they are asked to stop. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "state/live.h"
#include "test_store_fixture.h"
#include "waiting.h"

static Live *live;

static void start(void)
{
    live = live_new();
    cr_assert_not_null(live);
}

static void end(void)
{
    live_free(live);
    fixture_no_leaks();
}

TestSuite(live, .init = start, .fini = end);

static LiveJob *begun(const char *id)
{
    LiveJob *job = live_begin(live, id);
    cr_assert_not_null(job);
    return job;
}

/* How the stored job of that id looks, with what is known here laid over it. */
static Job looked(const char *id, JobState state)
{
    Job job = {.state = state, .progress = {.epoch = 3, .train_loss = 9}, .epochs_per_second = 1};
    snprintf(job.id, sizeof job.id, "%s", id);
    live_look(live, &job);
    return job;
}

static const FitRun later = {
    .number = 2,
    .progress = {.epoch = 40, .train_loss = 0.5, .validation_loss = 0.25},
};

Test(live, a_job_goes_on_unless_it_is_asked)
{
    LiveJob *job = begun("job_1");
    cr_expect_eq(live_wish(job), LIVE_GO_ON);
    live_end(live, job);
}

Test(live, progress_is_seen_by_who_looks)
{
    LiveJob *job = begun("job_1");
    live_update(live, job, &later, 77);
    Job seen = looked("job_1", JOB_RUNNING);
    cr_expect_eq(seen.run, 2);
    cr_expect(seen.progress.epoch == 40 && seen.progress.train_loss == 0.5);
    cr_expect(seen.progress.validation_loss == 0.25 && seen.epochs_per_second == 77);
    live_end(live, job);
}

Test(live, before_the_first_progress_the_stored_one_stays)
{
    LiveJob *job = begun("job_1");
    Job seen = looked("job_1", JOB_RUNNING);
    cr_expect(seen.progress.epoch == 3 && seen.epochs_per_second == 1);
    live_end(live, job);
}

Test(live, other_jobs_and_ended_ones_are_left_alone)
{
    LiveJob *job = begun("job_1");
    live_update(live, job, &later, 77);
    cr_expect_eq(looked("job_2", JOB_RUNNING).progress.epoch, 3);
    cr_expect_eq(looked("job_1", JOB_SUCCEEDED).progress.epoch, 3);
    cr_expect_eq(looked("job_1", JOB_QUEUED).progress.epoch, 3);
    live_end(live, job);
    cr_expect_eq(looked("job_1", JOB_RUNNING).progress.epoch, 3);
}

Test(live, a_job_is_asked_by_its_id)
{
    LiveJob *one = begun("job_1"), *other = begun("job_2");
    cr_expect(live_ask(live, "job_2", LIVE_CANCEL));
    cr_expect_eq(live_wish(one), LIVE_GO_ON);
    cr_expect_eq(live_wish(other), LIVE_CANCEL);
    live_end(live, one);
    live_end(live, other);
}

Test(live, a_job_that_does_not_run_here_cannot_be_asked)
{
    cr_expect(!live_ask(live, "job_1", LIVE_CANCEL));
    live_end(live, begun("job_1"));
    cr_expect(!live_ask(live, "job_1", LIVE_CANCEL));
}

Test(live, the_first_wish_stays)
{
    LiveJob *job = begun("job_1");
    cr_expect(live_ask(live, "job_1", LIVE_CANCEL_DISCARD));
    cr_expect(live_ask(live, "job_1", LIVE_CANCEL));
    live_stop(live);
    cr_expect_eq(live_wish(job), LIVE_CANCEL_DISCARD);
    live_end(live, job);
}

Test(live, stopping_asks_all_that_run_and_all_that_begin_later)
{
    LiveJob *one = begun("job_1"), *other = begun("job_2");
    live_stop(live);
    LiveJob *late = begun("job_3");
    cr_expect_eq(live_wish(one), LIVE_REQUEUE);
    cr_expect_eq(live_wish(other), LIVE_REQUEUE);
    cr_expect_eq(live_wish(late), LIVE_REQUEUE);
    live_end(live, other);
    live_end(live, late);
    live_end(live, one);
}

Test(live, jobs_end_in_any_order)
{
    LiveJob *jobs[5];
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    static const size_t order[] = {2, 0, 4, 1, 3};
    for (size_t i = 0; i < 5; i++)
        jobs[i] = begun(ids[i]);
    for (size_t i = 0; i < 5; i++) {
        live_end(live, jobs[order[i]]);
        for (size_t j = 0; j < i; j++)
            cr_expect(!live_ask(live, ids[order[j]], LIVE_CANCEL));
        for (size_t j = i + 1; j < 5; j++)
            cr_expect(live_ask(live, ids[order[j]], LIVE_CANCEL));
    }
}

static atomic_int running = 4;

/* A worker that runs one job after the other, each until it is asked. */
static void *run_jobs(void *id)
{
    for (size_t round = 0; round < 200; round++) {
        LiveJob *job = live_begin(live, id);
        FitRun run = {.progress = {.epoch = round, .train_loss = (double)round}};
        double until = clock_seconds() + WAIT_SECONDS;
        while (live_wish(job) == LIVE_GO_ON && clock_seconds() < until)
            live_update(live, job, &run, (double)round);
        live_end(live, job);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

Test(live, many_threads_run_ask_and_look)
{
    static char ids[4][8] = {"job_0", "job_1", "job_2", "job_3"};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run_jobs, ids[i]), 0);
    double until = clock_seconds() + WAIT_SECONDS;
    while (atomic_load(&running) > 0 && clock_seconds() < until) {
        for (size_t i = 0; i < 4; i++) {
            Job seen = looked(ids[i], JOB_RUNNING);
            double epoch = (double)seen.progress.epoch, loss = seen.progress.train_loss;
            cr_assert(loss == epoch || (epoch == 3 && loss == 9), "%g at %g", loss, epoch);
            live_ask(live, ids[i], LIVE_CANCEL);
        }
    }
    cr_expect_eq(atomic_load(&running), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

Test(live, freeing_nothing_is_fine)
{
    live_free(NULL);
}
