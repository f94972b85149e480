/* Copies of the store: what is in them, one at a time, and what is left when they fail. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/store_copy.h"
#include "test_store_fixture.h"

TestSuite(backup, .init = fixture_start, .fini = fixture_end);

static char why[300];

/* Copies into a folder of its own below the test's, as a restore would; the folder. */
static const char *copied(Store *store)
{
    static char folder[300], path[320];
    const atomic_bool go_on = false;
    snprintf(folder, sizeof folder, "%s", fixture_path("restored"));
    cr_assert_eq(mkdir(folder, 0700), 0);
    snprintf(path, sizeof path, "%s/backpropd.db", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(store_copy(store, path, &go_on, why, sizeof why), STATUS_OK, "%s", why);
    return folder;
}

static void remove_folder(const char *folder)
{
    char path[620];
    DIR *list = opendir(folder);
    for (struct dirent *entry; (entry = readdir(list));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        remove(path);
    }
    closedir(list);
    rmdir(folder);
}

/* How many files in the test's directory are copies. */
static int copies_left(void)
{
    int count = 0;
    DIR *list = opendir(fixture_dir());
    for (struct dirent *entry; (entry = readdir(list));)
        count += strstr(entry->d_name, "copy") != NULL;
    closedir(list);
    return count;
}

Test(backup, a_copy_is_a_store_with_all_that_was_there)
{
    Store *store = fixture_store(), *restored;
    ModelRecord *before, *after;
    Dataset *dataset;
    char id[ID_SIZE];
    snprintf(id, sizeof id, "%s", fixture_stored_dataset(store));
    fixture_queued(store, id, "m");
    int64_t version = fixture_succeed(store);
    cr_assert_eq(store_model_get(store, "m", version, true, &before), STATUS_OK);
    const char *folder = copied(store);
    cr_assert_eq(store_open(folder, &restored, why, sizeof why), STATUS_OK, "%s", why);
    cr_assert_eq(store_model_get(restored, "m", version, true, &after), STATUS_OK);
    cr_expect_str_eq(before->digest, after->digest);
    cr_assert_eq(store_dataset_load(restored, id, &dataset), STATUS_OK);
    cr_expect_eq(dataset->rows, 5);
    dataset_free(dataset);
    model_record_free(before);
    model_record_free(after);
    store_close(restored);
    remove_folder(folder);
    store_close(store);
}

Test(backup, what_was_deleted_is_not_in_a_copy)
{
    Store *store = fixture_store();
    const long long pages = fixture_number(store, "PRAGMA page_count");
    Dataset *large = fixture_dataset(100000, 3, 1);
    cr_assert_eq(store_dataset_add(store, large), STATUS_OK);
    cr_assert_eq(store_dataset_delete(store, large->id), STATUS_OK);
    cr_assert_gt(fixture_number(store, "PRAGMA freelist_count"), 100);
    dataset_free(large);
    Store *restored;
    const char *folder = copied(store);
    cr_assert_eq(store_open(folder, &restored, why, sizeof why), STATUS_OK, "%s", why);
    cr_expect_leq(fixture_number(restored, "PRAGMA page_count"), pages);
    store_close(restored);
    remove_folder(folder);
    store_close(store);
}

Test(backup, writing_goes_on_beside_a_copy_that_is_read)
{
    Store *store = fixture_store();
    Backups *backups = backups_new(store);
    Backup *backup;
    char head[16];
    cr_assert_eq(backup_make(backups, &backup, why, sizeof why), STATUS_OK, "%s", why);
    cr_assert_eq(backup_read(backup, head, sizeof head), sizeof head);
    cr_expect_str_eq(head, "SQLite format 3");
    fixture_stored_dataset(store);
    char rest[4096];
    size_t total = sizeof head, n;
    while ((n = backup_read(backup, rest, sizeof rest)) > 0)
        total += n;
    cr_expect_eq(total, backup_size(backup));
    cr_expect_eq(copies_left(), 0);
    backup_free(backup);
    backups_free(backups);
    store_close(store);
}

Test(backup, there_is_one_at_a_time)
{
    Store *store = fixture_store();
    Backups *backups = backups_new(store);
    Backup *first, *second;
    cr_assert_eq(backup_make(backups, &first, why, sizeof why), STATUS_OK, "%s", why);
    cr_assert_eq(backup_make(backups, &second, why, sizeof why), STATUS_BUSY);
    cr_expect_str_eq(why, "a backup is being made or sent already, and there is one at a time");
    cr_expect_null(second);
    backup_free(first);
    cr_assert_eq(backup_make(backups, &second, why, sizeof why), STATUS_OK, "%s", why);
    backup_free(second);
    backups_free(backups);
    store_close(store);
}

Test(backup, one_that_is_stopped_leaves_nothing)
{
    Store *store = fixture_store();
    Backups *backups = backups_new(store);
    Backup *backup;
    backups_stop(backups);
    cr_assert_eq(backup_make(backups, &backup, why, sizeof why), STATUS_STOPPING);
    cr_expect_str_eq(why, "it was stopped");
    cr_expect_eq(copies_left(), 0);
    backups_free(backups);
    fixture_stored_dataset(store); /* the store is as good as before */
    store_close(store);
}

Test(backup, one_that_cannot_be_made_says_why)
{
    const atomic_bool go_on = false;
    Store *store = fixture_store();
    cr_expect_eq(store_copy(store, "/does/not/exist", &go_on, why, sizeof why), STATUS_STORE);
    cr_expect(strstr(why, "cannot be copied: unable to open database"), "%s", why);
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_OK);
    store_close(store);
}

Test(backup, what_a_crash_left_of_one_goes_at_the_next_start)
{
    store_close(fixture_store());
    close(open(fixture_path("backpropd.copy-abc123"), O_CREAT | O_WRONLY, 0600));
    close(open(fixture_path("backpropd.copy-abc123-journal"), O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(copies_left(), 2);
    store_close(fixture_store());
    cr_expect_eq(copies_left(), 0);
}

/* SQLite's own files without locks have no shared memory either, so WAL is refused. */
Test(backup, without_a_log_the_writer_waits_for_the_copy)
{
    cr_assert_eq(sqlite3_vfs_register(sqlite3_vfs_find("unix-none"), 1), SQLITE_OK);
    Store *store = fixture_store(), *restored;
    Dataset *dataset;
    char id[ID_SIZE];
    cr_assert_str_eq(store_journal_mode(store), "delete");
    snprintf(id, sizeof id, "%s", fixture_stored_dataset(store));
    const char *folder = copied(store);
    fixture_stored_dataset(store); /* and goes on */
    cr_assert_eq(store_open(folder, &restored, why, sizeof why), STATUS_OK, "%s", why);
    cr_assert_eq(store_dataset_load(restored, id, &dataset), STATUS_OK);
    dataset_free(dataset);
    store_close(restored);
    remove_folder(folder);
    store_close(store);
}

/* The descriptor of the copy that is open. */
static int descriptor_of_copy(void)
{
    for (int i = 3; i < 100; i++) {
        char link[40], path[400] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", i);
        if (readlink(link, path, sizeof path - 1) > 0 && strstr(path, "backpropd.copy-"))
            return i;
    }
    cr_assert_fail("no copy is open");
    return -1;
}

Test(backup, one_that_cannot_be_read_on_ends_and_the_log_says_so)
{
    Store *store = fixture_store();
    Backups *backups = backups_new(store);
    Backup *backup;
    char bytes[16];
    cr_assert_eq(backup_make(backups, &backup, why, sizeof why), STATUS_OK, "%s", why);
    int folder = open(fixture_dir(), O_RDONLY | O_DIRECTORY);
    cr_assert(dup2(folder, descriptor_of_copy()) >= 0);
    close(folder);
    fixture_catch_log();
    cr_expect_eq(backup_read(backup, bytes, sizeof bytes), 0);
    cr_expect(strstr(fixture_log(), "backup-cannot-be-read"), "%s", fixture_log());
    backup_free(backup);
    backups_free(backups);
    store_close(store);
}

Test(backup, one_that_finds_no_place_says_so)
{
    char away[300];
    Store *store = fixture_store();
    Backups *backups = backups_new(store);
    Backup *backup;
    snprintf(away, sizeof away, "%.280s-away", fixture_dir());
    cr_assert_eq(rename(fixture_dir(), away), 0);
    cr_expect_eq(backup_make(backups, &backup, why, sizeof why), STATUS_STORE);
    cr_expect(strstr(why, "cannot be made: No such file"), "%s", why);
    cr_assert_eq(rename(away, fixture_dir()), 0);
    backups_free(backups);
    store_close(store);
}
