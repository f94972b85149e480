/* The doorbell: no ring is missed, and waiting ends. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "state/bell.h"
#include "test_store_fixture.h"
#include "waiting.h"

static Bell *bell;

static void start(void)
{
    bell = bell_new();
    cr_assert_not_null(bell);
}

static void end(void)
{
    bell_free(bell);
    fixture_no_leaks();
}

TestSuite(bell, .init = start, .fini = end);

Test(bell, each_ring_is_counted)
{
    cr_expect_eq(bell_count(bell), 0);
    bell_ring(bell);
    bell_ring(bell);
    cr_expect_eq(bell_count(bell), 2);
}

Test(bell, waiting_for_a_count_that_is_past_ends_at_once)
{
    uint64_t seen = bell_count(bell);
    bell_ring(bell);
    double began = clock_seconds();
    cr_expect(bell_wait(bell, seen, WAIT_SECONDS));
    cr_expect_lt(clock_seconds() - began, WAIT_SECONDS / 2);
}

Test(bell, waiting_in_vain_ends_in_time)
{
    double began = clock_seconds();
    cr_expect(!bell_wait(bell, bell_count(bell), 0.05));
    cr_expect_geq(clock_seconds() - began, 0.05);
    cr_expect(!bell_wait(bell, bell_count(bell), 0));
    cr_expect(!bell_wait(bell, bell_count(bell), -1));
}

#define THREADS 8
#define RINGS 500
static atomic_int woken;

/* Waits for each ring after the other. */
static void *wait_for_all(void *unused)
{
    (void)unused;
    for (uint64_t seen = 0; seen < RINGS; seen++) {
        if (!bell_wait(bell, seen, WAIT_SECONDS / 4.0))
            break;
        atomic_fetch_add(&woken, 1);
    }
    return NULL;
}

Test(bell, one_ring_wakes_all_who_wait)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, wait_for_all, NULL), 0);
    for (int ring = 1; ring <= RINGS; ring++) {
        bell_ring(bell);
        WAIT_FOR(atomic_load(&woken) == ring * THREADS);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

#define ROUNDS 20000
static atomic_int given, taken;

/* Takes what is given, by the rule of the bell: read the count, look, wait. */
static void *take_all(void *unused)
{
    (void)unused;
    while (atomic_load(&taken) < ROUNDS) {
        uint64_t seen = bell_count(bell);
        if (atomic_load(&taken) < atomic_load(&given))
            atomic_fetch_add(&taken, 1);
        else if (!bell_wait(bell, seen, WAIT_SECONDS))
            break;
    }
    return NULL;
}

Test(bell, no_ring_is_missed_by_who_looks_between_count_and_wait)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, take_all, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&given, 1);
        bell_ring(bell);
    }
    double began = clock_seconds();
    pthread_join(thread, NULL);
    cr_expect_eq(atomic_load(&taken), ROUNDS);
    cr_expect_lt(clock_seconds() - began, WAIT_SECONDS);
}

static void hear(void *context)
{
    *(uint64_t *)context += bell_count(bell); /* which takes the lock: none is held here */
}

Test(bell, who_listens_is_called_by_each_ring_without_the_lock)
{
    uint64_t heard = 0;
    bell_on_ring(bell, hear, &heard);
    bell_ring(bell);
    bell_ring(bell);
    cr_expect_eq(heard, 1 + 2);
}

Test(bell, freeing_nothing_is_fine)
{
    bell_free(NULL);
}
