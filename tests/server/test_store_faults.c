/* A call of the disk fails, each in its turn: every answer is a clear one, nothing is seen in part,
 * and after a full disk all goes on by itself. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "store/store_check.h"
#include "store/store_copy.h"
#include "store/store_private.h"
#include "store_reads.h"
#include "store_story.h"
#include "test_store_fixture.h"

static void start(void)
{
    fixture_start();
    disk_insert();
}

TestSuite(store_faults, .init = start, .fini = fixture_end);

static void start_without_log(void)
{
    fixture_start();
    disk_insert_without_shared_memory();
}

TestSuite(store_faults_without_log, .init = start_without_log, .fini = fixture_end);

static const DiskFault none = {0};
static char what[120];

static Store *try_to_open(Status *status)
{
    char why[300] = "";
    Store *store;
    *status = store_open(fixture_dir(), &store, why, sizeof why);
    cr_expect(*status == STATUS_OK || why[0], "%s: refused without a word", what);
    return store;
}

/* What holds at the next start. */
static void reopen_and_check(const Story *story, Store *store)
{
    store_close(store);
    disk_restart(0);
    store = fixture_store();
    story_check(story, store, what);
    store_close(store);
}

/* The store failed: it says so, and stays away from the file. */
static void expect_broken(Store *store)
{
    char why[300] = "";
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_STORE, "%s", what);
    cr_expect(strstr(why, "takes no more writes"), "%s: %s", what, why);
    Dataset *dataset = fixture_dataset(2, 1, 1);
    cr_expect_eq(store_dataset_add(store, dataset), STATUS_STORE, "%s", what);
    dataset_free(dataset);
}

static bool passes(int code)
{
    int primary = code & 0xff;
    return primary != SQLITE_IOERR && primary != SQLITE_CORRUPT && primary != SQLITE_NOTADB;
}

/* A story with that fault in it, and then without. */
static void tell_with(DiskFault fault)
{
    Status status;
    Story *story = story_new(STORY_LONG);
    bool full = fault.code == SQLITE_FULL || fault.code == SQLITE_IOERR_SHMSIZE ||
                fault.error == EDQUOT;
    snprintf(what, sizeof what, "call %ld of kinds %u fails with %d%s", fault.at, fault.kinds,
             fault.code, fault.for_good ? " for good" : "");
    fixture_clear();
    disk_restart(0);
    disk_fail(fault);
    Store *store = try_to_open(&status);
    if (!store) {
        cr_expect_eq(status, full ? STATUS_STORE_FULL : STATUS_STORE, "%s: %d", what, status);
        disk_fail(none);
        store = try_to_open(&status);
        cr_assert_eq(status, STATUS_OK, "%s: not even afterwards", what);
    }
    status = story_go_on(story, store);
    cr_expect(story_is_over(story) || status == (full ? STATUS_STORE_FULL : STATUS_STORE),
              "%s: status %d", what, status);
    disk_fail(none);
    if (status != STATUS_OK && !full && !passes(fault.code))
        expect_broken(store);
    else
        cr_expect_eq(story_go_on(story, store), STATUS_OK, "%s: it does not go on", what);
    reopen_and_check(story, store);
    story_free(story);
}

static long calls(unsigned kinds)
{
    Story *story = story_new(STORY_LONG);
    fixture_clear();
    disk_restart(0);
    Store *store = fixture_store();
    cr_assert_eq(story_go_on(story, store), STATUS_OK);
    store_close(store);
    story_free(story);
    return disk_calls(kinds);
}

/* Each call of a kind, or some, once and for good. */
static void fail_everywhere(DiskFault fault, long quick)
{
    long all = calls(fault.kinds), step = all / quick + 1;
    if (getenv("BACKPROPD_TORTURE"))
        step = all / 500 + 1;
    cr_assert_gt(all, 0);
    for (long at = 0; at < all; at += step) {
        fault.at = at;
        fault.for_good = false;
        tell_with(fault);
        fault.for_good = true;
        tell_with(fault);
    }
}

Test(store_faults, a_write_that_fails)
{
    fail_everywhere((DiskFault){.kinds = DISK_WRITE, .code = SQLITE_IOERR_WRITE}, 5);
}

Test(store_faults, a_sync_that_fails)
{
    fail_everywhere((DiskFault){.kinds = DISK_SYNC, .code = SQLITE_IOERR_FSYNC}, 4);
}

Test(store_faults, a_read_that_fails)
{
    fail_everywhere((DiskFault){.kinds = DISK_READ, .code = SQLITE_IOERR_READ}, 4);
}

Test(store_faults, a_file_that_cannot_be_opened)
{
    fail_everywhere((DiskFault){.kinds = DISK_OPEN, .code = SQLITE_CANTOPEN}, 2);
}

Test(store_faults, what_else_a_disk_is_asked_for)
{
    fail_everywhere((DiskFault){.kinds = DISK_CUT, .code = SQLITE_IOERR_TRUNCATE}, 2);
    fail_everywhere((DiskFault){.kinds = DISK_REMOVE, .code = SQLITE_IOERR_DELETE}, 2);
    fail_everywhere((DiskFault){.kinds = DISK_SIZE, .code = SQLITE_IOERR_FSTAT}, 2);
    fail_everywhere((DiskFault){.kinds = DISK_SHARED, .code = SQLITE_IOERR_SHMMAP}, 2);
}

Test(store_faults_without_log, what_was_answered_is_kept_with_a_rollback_journal_too)
{
    fail_everywhere((DiskFault){.kinds = DISK_WRITE, .code = SQLITE_IOERR_WRITE}, 6);
    fail_everywhere((DiskFault){.kinds = DISK_READ, .code = SQLITE_IOERR_READ}, 2);
    fail_everywhere((DiskFault){.kinds = DISK_WRITE, .code = SQLITE_FULL}, 4);
}

Test(store_faults, a_full_disk_and_then_room)
{
    fail_everywhere((DiskFault){.kinds = DISK_WRITE, .code = SQLITE_FULL}, 8);
    fail_everywhere((DiskFault){.kinds = DISK_SHARED, .code = SQLITE_IOERR_SHMSIZE}, 2);
}

Test(store_faults, a_quota_that_is_used_up_and_then_room)
{
    fail_everywhere((DiskFault){.kinds = DISK_WRITE, .code = SQLITE_IOERR_WRITE, .error = EDQUOT},
                    8);
}

Test(store_faults, a_copy_that_fills_the_disk_says_so)
{
    char why[300] = "";
    int copy;
    const atomic_bool go_on = false;
    Store *store = fixture_store();
    disk_fail((DiskFault){.kinds = DISK_WRITE, .for_good = true, .code = SQLITE_FULL});
    cr_expect_eq(store_copy_open(store, &go_on, &copy, why, sizeof why), STATUS_STORE_FULL);
    cr_expect(strstr(why, "was full before the copy was whole"), "%s", why);
    cr_expect_eq(copy, -1);
    store_close(store);
}

Test(store_faults, a_disk_that_lacks_memory_breaks_nothing)
{
    Store *store = fixture_store();
    Dataset *back;
    const char *id = fixture_stored_dataset(store);
    disk_fail((DiskFault){.kinds = DISK_ALL, .code = SQLITE_IOERR_NOMEM, .for_good = true});
    cr_expect_eq(store_dataset_load(store, id, &back), STATUS_NO_MEMORY);
    disk_fail(none);
    cr_expect_eq(store_dataset_load(store, id, &back), STATUS_OK);
    dataset_free(back);
    cr_expect_eq(store_dataset_delete(store, id), STATUS_OK);
    store_close(store);
}

/* SQLite's check does not say why it could not read a page of a long value. */
Test(store_faults, a_page_that_is_read_when_the_check_asks_again_is_no_damage)
{
    StoreCensus census;
    int passed = 0, told = 0;
    Store *store = fixture_store();
    Dataset *dataset = fixture_dataset(10000, 3, 1);
    cr_assert_eq(store_dataset_add(store, dataset), STATUS_OK);
    dataset_free(dataset);
    store_close(store);
    for (int i = 0; i < 20; i++) {
        store = fixture_store();
        disk_fail((DiskFault){.kinds = DISK_READ, .at = 3 * i, .code = SQLITE_IOERR_READ});
        cr_expect_eq(store_check(store, reads_tell_nobody, NULL, &census), STATUS_OK);
        passed += disk_struck() && census.findings == 0;
        told += disk_struck() && census.findings > 0;
        disk_fail(none);
        store_close(store);
    }
    cr_expect(passed > 0 && told > 0, "%d and %d", passed, told);
}

Test(store_faults, a_full_disk_without_a_ballast_stays_full_until_there_is_room)
{
    Store *store = fixture_store();
    const char *id = fixture_stored_dataset(store);
    disk_fail((DiskFault){.kinds = DISK_WRITE, .for_good = true, .code = SQLITE_FULL});
    remove(fixture_path("ballast"));
    cr_expect_eq(store_dataset_delete(store, id), STATUS_STORE_FULL);
    disk_fail(none);
    cr_expect_eq(store_dataset_delete(store, id), STATUS_OK);
    store_close(store);
}

Test(store_faults, a_job_that_cannot_be_queued_again_keeps_the_store_closed)
{
    Store *store = fixture_store();
    fixture_queued(store, fixture_stored_dataset(store), "m");
    job_free(fixture_claimed(store));
    store_close(store);
    disk_fail((DiskFault){.kinds = DISK_WRITE, .for_good = true, .code = SQLITE_READONLY});
    cr_expect(strstr(fixture_refusal(fixture_dir()), "backpropd.db cannot be written: "));
    disk_fail(none);
    store_close(fixture_store());
}

Test(store_faults, where_memory_cannot_be_shared_there_is_a_rollback_journal_until_it_can)
{
    disk_fail((DiskFault){.kinds = DISK_SHARED, .for_good = true, .code = SQLITE_IOERR_SHMMAP});
    Store *store = fixture_store();
    cr_assert_str_eq(store_journal_mode(store), "delete");
    fixture_stored_dataset(store);
    store_close(store);
    disk_fail(none);
    store = fixture_store();
    cr_assert_str_eq(store_journal_mode(store), "wal");
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), 1);
    store_close(store);
}

Test(store_faults_without_log, a_store_has_its_size_and_its_room)
{
    Store *store = fixture_store();
    cr_assert_str_eq(store_journal_mode(store), "delete");
    cr_expect_gt(store_size(store), 4096);
    cr_expect_eq(store_look_for_room(store, 1), STATUS_OK);
    cr_expect_eq(store_look_for_room(store, SIZE_MAX), STATUS_STORE_FULL);
    store_close(store);
}

/* All reads, of which one, and then all, find the disk failing. */
static void read_with(DiskFault fault, const Readings *sound)
{
    Status status;
    Readings got = {0};
    snprintf(what, sizeof what, "call %ld of kinds %u fails with %d%s", fault.at, fault.kinds,
             fault.code, fault.for_good ? " for good" : "");
    disk_fail(fault);
    Store *store = try_to_open(&status);
    if (store)
        got = reads_ask(store);
    store_close(store);
    disk_restart(0);
    for (size_t i = 0; i < got.count; i++) {
        const Reading *one = &got.one[i];
        bool same = one->status == sound->one[i].status && one->sum == sound->one[i].sum;
        bool told = strcmp(one->name, "check") == 0 && one->status == STATUS_OK;
        cr_expect(same || told || one->status == STATUS_STORE, "%s: %s: status %d", what,
                  one->name, one->status);
    }
}

/* The start looks through the file each time, for it is not as the last one closed it. */
static void read_everywhere(DiskFault fault, long quick)
{
    reads_prepare();
    Store *store = fixture_store();
    disk_fail(none);
    Readings sound = reads_ask(store);
    long all = disk_calls(fault.kinds) + 60, step = all / quick + 1;
    store_close(store);
    if (getenv("BACKPROPD_TORTURE"))
        step = 1;
    for (fault.at = 0; fault.at < all; fault.at += step) {
        remove(fixture_path("backpropd.lock"));
        fault.for_good = false;
        read_with(fault, &sound);
        remove(fixture_path("backpropd.lock"));
        fault.for_good = true;
        read_with(fault, &sound);
    }
}

Test(store_faults, all_is_read_or_refused_where_a_read_fails)
{
    read_everywhere((DiskFault){.kinds = DISK_READ, .code = SQLITE_IOERR_READ}, 100);
}

Test(store_faults, all_is_read_or_refused_where_there_is_no_memory_to_share)
{
    read_everywhere((DiskFault){.kinds = DISK_SHARED, .code = SQLITE_IOERR_SHMMAP}, 20);
}
