/* The crew: everything is run, in time, and no wake is lost. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "http/crew.h"
#include "test_store_fixture.h"
#include "waiting.h"

typedef struct Piece {
    CrewItem item;
    void (*what)(struct Piece *piece);
    atomic_int runs;
    double ran_at;
    int number;
} Piece;

static Crew *crew;

static void run(CrewItem *item)
{
    Piece *piece = (Piece *)item;
    piece->what(piece);
}

static void start(void)
{
    crew = crew_new(3, run);
    cr_assert_not_null(crew);
}

static void end(void)
{
    crew_free(crew);
    fixture_no_leaks();
}

TestSuite(crew, .init = start, .fini = end);

static int runs(Piece *piece)
{
    return atomic_load(&piece->runs);
}

static void once(Piece *piece)
{
    piece->ran_at = clock_seconds();
    atomic_fetch_add(&piece->runs, 1);
}

/* The first time it parks far away, the second time it is done. */
static void park_far(Piece *piece)
{
    if (atomic_fetch_add(&piece->runs, 1) == 0)
        crew_park(crew, &piece->item, clock_seconds() + 1000);
}

static void park_shortly(Piece *piece)
{
    if (runs(piece) == 0) {
        piece->ran_at = clock_seconds();
        atomic_fetch_add(&piece->runs, 1);
        crew_park(crew, &piece->item, piece->ran_at + 0.02 * piece->number);
    } else {
        piece->ran_at = clock_seconds() - piece->ran_at;
        atomic_fetch_add(&piece->runs, 1);
    }
}

Test(crew, what_is_posted_is_run_once)
{
    enum { PIECES = 1000 };
    static Piece pieces[PIECES];
    for (int i = 0; i < PIECES; i++) {
        pieces[i].what = once;
        crew_post(crew, &pieces[i].item);
    }
    for (int i = 0; i < PIECES; i++)
        WAIT_FOR(runs(&pieces[i]) == 1);
}

static Piece line[100];
static atomic_int place;

static void note_place(Piece *piece)
{
    piece->number = atomic_fetch_add(&place, 1);
    atomic_fetch_add(&piece->runs, 1);
}

Test(crew, first_in_is_first_out)
{
    Crew *alone = crew_new(1, run);
    cr_assert_not_null(alone);
    for (int i = 0; i < 100; i++) {
        line[i].what = note_place;
        crew_post(alone, &line[i].item);
    }
    crew_free(alone);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(line[i].number, i);
}

Test(crew, what_is_parked_runs_when_it_is_due)
{
    static Piece pieces[6];
    for (int i = 0; i < 6; i++) {
        pieces[i].what = park_shortly;
        pieces[i].number = 6 - i;
        crew_post(crew, &pieces[i].item);
    }
    for (int i = 0; i < 6; i++) {
        WAIT_FOR(runs(&pieces[i]) == 2);
        cr_expect_geq(pieces[i].ran_at, 0.02 * pieces[i].number);
        cr_expect_lt(pieces[i].ran_at, WAIT_SECONDS / 2);
    }
}

Test(crew, what_is_parked_in_the_past_runs_again_at_once)
{
    static Piece piece = {.what = park_shortly, .number = -50};
    crew_post(crew, &piece.item);
    WAIT_FOR(runs(&piece) == 2);
}

Test(crew, a_wake_runs_all_that_is_parked)
{
    static Piece pieces[20];
    for (int i = 0; i < 20; i++) {
        pieces[i].what = park_far;
        crew_post(crew, &pieces[i].item);
    }
    for (int i = 0; i < 20; i++)
        WAIT_FOR(runs(&pieces[i]) >= 1);
    crew_wake(crew);
    for (int i = 0; i < 20; i++)
        WAIT_FOR(runs(&pieces[i]) == 2);
}

static void wake_then_park(Piece *piece)
{
    if (atomic_fetch_add(&piece->runs, 1) > 0)
        return;
    crew_wake(crew); /* something happens between the item's look and its parking */
    crew_park(crew, &piece->item, clock_seconds() + 1000);
}

Test(crew, a_wake_between_the_look_and_the_parking_is_not_lost)
{
    static Piece piece = {.what = wake_then_park};
    crew_post(crew, &piece.item);
    WAIT_FOR(runs(&piece) == 2);
}

#define EVENTS 3000
static atomic_int happened;

/* Waits for events one after the other: looks, and parks where there is no new one. */
static void follow(Piece *piece)
{
    int seen = atomic_load(&happened);
    atomic_store(&piece->runs, seen);
    if (seen < EVENTS)
        crew_park(crew, &piece->item, clock_seconds() + 1000);
}

Test(crew, many_who_wait_miss_none_of_many_wakes)
{
    static Piece pieces[8];
    for (int i = 0; i < 8; i++) {
        pieces[i].what = follow;
        crew_post(crew, &pieces[i].item);
    }
    for (int i = 0; i < EVENTS; i++) {
        atomic_fetch_add(&happened, 1);
        crew_wake(crew);
    }
    for (int i = 0; i < 8; i++)
        WAIT_FOR(runs(&pieces[i]) == EVENTS);
}

Test(crew, freeing_runs_what_is_ready)
{
    static Piece pieces[200];
    for (int i = 0; i < 200; i++) {
        pieces[i].what = once;
        crew_post(crew, &pieces[i].item);
    }
    crew_free(crew);
    crew = NULL;
    for (int i = 0; i < 200; i++)
        cr_expect_eq(runs(&pieces[i]), 1);
}

Test(crew, freeing_runs_what_is_parked)
{
    static Piece pieces[20];
    for (int i = 0; i < 20; i++) {
        pieces[i].what = park_far;
        crew_post(crew, &pieces[i].item);
    }
    double began = clock_seconds();
    crew_free(crew);
    crew = NULL;
    cr_expect_lt(clock_seconds() - began, WAIT_SECONDS);
    for (int i = 0; i < 20; i++)
        cr_expect_eq(runs(&pieces[i]), 2);
}

static void park_thrice(Piece *piece)
{
    if (atomic_fetch_add(&piece->runs, 1) < 3)
        crew_park(crew, &piece->item, clock_seconds() + 1000);
}

Test(crew, freeing_lasts_until_items_let_go)
{
    static Piece piece = {.what = park_thrice};
    crew_post(crew, &piece.item);
    crew_free(crew);
    crew = NULL;
    cr_expect_eq(runs(&piece), 4);
}

Test(crew, an_item_may_be_posted_again)
{
    static Piece piece = {.what = once};
    crew_post(crew, &piece.item);
    WAIT_FOR(runs(&piece) == 1);
    crew_post(crew, &piece.item);
    WAIT_FOR(runs(&piece) == 2);
}

Test(crew, freeing_nothing_is_fine)
{
    crew_free(NULL);
}
