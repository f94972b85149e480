/* The power goes at a change of the disk: what was answered is there at the next start, and nothing
 * in part. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "disk.h"
#include "store_story.h"
#include "test_store_fixture.h"

TestSuite(store_power, .init = fixture_start, .fini = fixture_end);

/* The changes of these kinds in a story that nothing disturbs, from the opening of its store to the
 * end of the closing. */
static long changes(unsigned kinds)
{
    Story *story = story_new(STORY_LONG);
    fixture_clear();
    disk_restart(0);
    Store *store = fixture_store();
    cr_assert_eq(story_go_on(story, store), STATUS_OK);
    store_close(store);
    long all = disk_calls(kinds);
    disk_restart(0);
    store = fixture_store();
    story_check(story, store, "undisturbed");
    store_close(store);
    story_free(story);
    return all;
}

/* Cuts the power at a change, and looks what the next start finds. */
static void cut_at(unsigned kinds, long at, uint64_t seed)
{
    char why[300], what[80];
    Store *store;
    Story *story = story_new(STORY_LONG);
    fixture_clear();
    disk_restart(0);
    disk_cut_power(kinds, at);
    snprintf(what, sizeof what, "power cut at change %ld of kinds %u, seed %llu", at, kinds,
             (unsigned long long)seed);
    if (store_open(fixture_dir(), &store, why, sizeof why) == STATUS_OK) {
        Status status = story_go_on(story, store);
        cr_expect(status == STATUS_STORE || story_is_over(story), "%s: status %d", what, status);
        store_close(store);
    }
    cr_expect(disk_struck(), "%s: there was none", what);
    disk_restart(seed);
    Status status = store_open(fixture_dir(), &store, why, sizeof why);
    cr_assert_eq(status, STATUS_OK, "%s: %s", what, why);
    story_check(story, store, what);
    store_close(store);
    story_free(story);
}

/* At syncs and removals, all of them in the long form, and at some writes. Nothing stays that was
 * not synced, or where `drawn`, some does. */
static void cut_everywhere(long from, bool drawn)
{
    const unsigned few = DISK_SYNC | DISK_CUT | DISK_REMOVE;
    bool all = getenv("BACKPROPD_TORTURE");
    long writes = changes(DISK_WRITE), others = changes(few);
    cr_assert(writes > 1000 && others > 20, "%ld and %ld", writes, others);
    for (long at = all ? 0 : from; at < others; at += all ? 1 : 3)
        cut_at(few, at, drawn ? (uint64_t)at + 1 : 0);
    for (long at = from; at < writes; at += all ? 5 : writes / 6)
        cut_at(DISK_WRITE, at, drawn ? (uint64_t)at + 1 : 0);
}

Test(store_power, what_was_answered_is_kept_where_all_is_lost_that_was_not_synced)
{
    disk_insert();
    cut_everywhere(0, false);
}

Test(store_power, what_was_answered_is_kept_where_a_part_of_the_rest_stays)
{
    disk_insert();
    cut_everywhere(1, true);
}

Test(store_power, what_was_answered_is_kept_with_a_rollback_journal_too)
{
    disk_insert_without_shared_memory();
    cut_everywhere(2, true);
}
