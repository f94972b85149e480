/* The pool: every task is done once, by whoever is idle, and a ring is never missed. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "state/pool.h"
#include "waiting.h"

enum { WORKERS = 3, TASKS = 50 };

static Bell *bell;
static Pool *pool;

static void start(void)
{
    bell = bell_new();
    cr_assert(bell);
    pool = pool_new(WORKERS, bell);
    cr_assert(pool);
}

static void end(void)
{
    bell_free(bell);
    pool_free(pool);
}

TestSuite(pool, .init = start, .fini = end);

typedef struct Work {
    atomic_size_t done[TASKS], busy[WORKERS], overlaps, helped, together;
} Work;

static void note(void *argument, size_t i, size_t worker)
{
    Work *work = argument;
    if (worker >= WORKERS || atomic_fetch_add(&work->busy[worker], 1) != 0)
        atomic_fetch_add(&work->overlaps, 1);
    if (worker > 0)
        atomic_fetch_add(&work->helped, 1);
    atomic_fetch_add(&work->done[i], 1);
    if (worker < WORKERS)
        atomic_fetch_sub(&work->busy[worker], 1);
}

/* Waits until two are inside, which shows that someone came to help. */
static void meet(void *argument, size_t i, size_t worker)
{
    Work *work = argument;
    note(argument, i, worker);
    atomic_fetch_add(&work->together, 1);
    WAIT_FOR(atomic_load(&work->together) >= 2);
}

static void expect_all_done_once(Work *work, size_t tasks)
{
    for (size_t i = 0; i < TASKS; i++)
        cr_expect_eq(atomic_load(&work->done[i]), i < tasks);
    cr_expect_eq(atomic_load(&work->overlaps), 0);
}

static void ask(TeamTask *task, size_t tasks, Work *work)
{
    const Team *team = pool_team(pool);
    cr_assert_eq(team->workers, WORKERS);
    team->run(team->context, tasks, task, work);
}

Test(pool, who_asks_does_all_where_nobody_is_idle)
{
    for (size_t tasks = 0; tasks <= TASKS; tasks += TASKS / 2) {
        Work work = {0};
        ask(note, tasks, &work);
        expect_all_done_once(&work, tasks);
        cr_expect_eq(atomic_load(&work.helped), 0);
    }
}

static void *wait_for_ring(void *argument)
{
    bool *rung = argument;
    *rung = pool_wait(pool, 0, 60);
    return NULL;
}

Test(pool, who_waits_helps_and_still_hears_the_bell)
{
    pthread_t thread[2];
    bool rung[2] = {false, false};
    Work work = {0};
    for (int i = 0; i < 2; i++)
        cr_assert(pthread_create(&thread[i], NULL, wait_for_ring, &rung[i]) == 0);
    ask(meet, TASKS, &work);
    expect_all_done_once(&work, TASKS);
    cr_expect_gt(atomic_load(&work.helped), 0);
    bell_ring(bell);
    for (int i = 0; i < 2; i++) {
        cr_assert(pthread_join(thread[i], NULL) == 0);
        cr_expect(rung[i]);
    }
}

static void *ask_often(void *argument)
{
    for (int round = 0; round < 200; round++) {
        Work work = {0};
        ask(note, TASKS, &work);
        expect_all_done_once(&work, TASKS);
    }
    return argument;
}

Test(pool, several_may_ask_at_the_same_time)
{
    pthread_t asking[3], waiting;
    bool rung = false;
    cr_assert(pthread_create(&waiting, NULL, wait_for_ring, &rung) == 0);
    for (int i = 0; i < 3; i++)
        cr_assert(pthread_create(&asking[i], NULL, ask_often, NULL) == 0);
    for (int i = 0; i < 3; i++)
        cr_assert(pthread_join(asking[i], NULL) == 0);
    bell_ring(bell);
    cr_assert(pthread_join(waiting, NULL) == 0);
    cr_expect(rung);
}

Test(pool, a_ring_before_the_wait_is_not_missed)
{
    uint64_t seen = pool_count(pool);
    bell_ring(bell);
    cr_expect(pool_wait(pool, seen, 60));
    cr_expect(!pool_wait(pool, pool_count(pool), 0));
}
