/* Opening the store: what it makes, whom it refuses and how, and what follows a crash. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/db/schema.h"
#include "store/store_private.h"
#include "test_store_fixture.h"

TestSuite(store, .init = fixture_start, .fini = fixture_end);

static void expect_says(const char *sentence, const char *part)
{
    cr_expect(strstr(sentence, part), "\"%s\" does not say \"%s\"", sentence, part);
}

/* Runs statements on the database file while no store is open. */
static void run_outside(const char *script)
{
    sqlite3 *handle;
    cr_assert_eq(sqlite3_open(fixture_path("backpropd.db"), &handle), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(handle, script, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static unsigned mode_of(const char *path)
{
    struct stat found;
    cr_assert_eq(stat(path, &found), 0, "%s", path);
    return (unsigned)found.st_mode & 0777;
}

Test(store, a_new_directory_and_its_files_are_the_owners_alone)
{
    char dir[300], why[300], file[400];
    Store *store;
    umask(0);
    snprintf(dir, sizeof dir, "%s", fixture_path("new"));
    cr_assert(store_open(dir, &store, why, sizeof why) == STATUS_OK, "%s", why);
    cr_expect_eq(mode_of(dir), 0700);
    snprintf(file, sizeof file, "%s/backpropd.db", dir);
    cr_expect_eq(mode_of(file), 0600);
    snprintf(file, sizeof file, "%s/backpropd.db-wal", dir);
    cr_expect_eq(mode_of(file), 0600);
    store_close(store);
    snprintf(file, sizeof file, "rm -r '%s'", dir);
    cr_expect_eq(system(file), 0);
}

Test(store, a_new_store_is_ready_and_in_wal_mode)
{
    char why[300] = "";
    Store *store = fixture_store();
    cr_expect_str_eq(store_journal_mode(store), "wal");
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_OK, "%s", why);
    store_close(store);
}

Test(store, identity_and_version_are_written_into_the_file)
{
    Store *store = fixture_store();
    cr_expect_eq(fixture_number(store, "PRAGMA application_id"), 0x62707064);
    cr_expect_eq(fixture_number(store, "PRAGMA user_version"), schema_newest());
    store_close(store);
}

Test(store, the_safety_switches_are_on_for_readers)
{
    Store *store = fixture_store();
    cr_expect_eq(fixture_number(store, "PRAGMA foreign_keys"), 1);
    cr_expect_eq(fixture_number(store, "PRAGMA trusted_schema"), 0);
    cr_expect_eq(fixture_number(store, "PRAGMA cell_size_check"), 1);
    cr_expect_eq(fixture_number(store, "PRAGMA mmap_size"), 0);
    store_close(store);
}

Test(store, a_second_daemon_is_refused_with_directory_and_process)
{
    char pid[32];
    Store *store = fixture_store();
    const char *why = fixture_refusal(fixture_dir());
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    expect_says(why, "another backpropd");
    expect_says(why, pid);
    expect_says(why, fixture_dir());
    store_close(store);
}

Test(store, the_directory_is_free_again_once_the_store_is_closed)
{
    store_close(fixture_store());
    store_close(fixture_store());
}

Test(store, the_database_of_another_program_is_refused_and_left_alone)
{
    run_outside("CREATE TABLE theirs (a)");
    const char *why = fixture_refusal(fixture_dir());
    expect_says(why, fixture_path("backpropd.db"));
    expect_says(why, "another program");
    FILE *file = fopen(fixture_path("backpropd.db"), "rb");
    cr_assert_not_null(file);
    fseek(file, 18, SEEK_SET);
    cr_expect_eq(fgetc(file), 1, "it was put into WAL mode");
    fclose(file);
}

Test(store, a_foreign_application_id_is_refused_even_in_an_empty_database)
{
    run_outside("PRAGMA application_id = 7");
    expect_says(fixture_refusal(fixture_dir()), "application_id 7");
}

Test(store, a_file_that_is_no_database_is_refused)
{
    FILE *file = fopen(fixture_path("backpropd.db"), "w");
    cr_assert_not_null(file);
    for (int i = 0; i < 200; i++)
        fputs("These are the notes of someone else.\n", file);
    fclose(file);
    expect_says(fixture_refusal(fixture_dir()), "not a database");
}

Test(store, a_newer_schema_is_refused_with_both_versions)
{
    store_close(fixture_store());
    run_outside("PRAGMA user_version = 99");
    const char *why = fixture_refusal(fixture_dir());
    expect_says(why, fixture_path("backpropd.db"));
    char both[80];
    snprintf(both, sizeof both, "newer backpropd (schema 99, this one knows %lld)",
             schema_newest());
    expect_says(why, both);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(fixture_path(name), "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

Test(store, an_empty_file_that_a_first_start_left_becomes_a_store)
{
    write_file("backpropd.db", "");
    write_file("backpropd.lock", "4321\n");
    store_close(fixture_store());
}

Test(store, an_empty_file_that_was_put_there_is_refused_each_time)
{
    write_file("backpropd.db", "");
    for (int i = 0; i < 2; i++)
        expect_says(fixture_refusal(fixture_dir()), "is empty");
    cr_assert_eq(unlink(fixture_path("backpropd.db")), 0);
    store_close(fixture_store());
}

Test(store, a_directory_that_cannot_be_written_is_named_with_the_reason)
{
    cr_assert_eq(chmod(fixture_dir(), 0555), 0);
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
    const char *why = fixture_refusal(fixture_dir());
    expect_says(why, fixture_dir());
    expect_says(why, "Permission denied");
    if (getuid() == 0)
        cr_assert_eq(seteuid(0), 0);
    chmod(fixture_dir(), 0700);
}

Test(store, a_path_that_is_no_directory_is_refused)
{
    char path[300];
    write_file("file", "");
    snprintf(path, sizeof path, "%s", fixture_path("file"));
    expect_says(fixture_refusal(path), "is not a directory");
}

/* A daemon that takes a job, reports ten epochs, and is gone. */
static void crash_in_mid_job(void)
{
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child > 0) {
        int status;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        return;
    }
    Store *store = fixture_store();
    fixture_queued(store, fixture_stored_dataset(store), "m");
    Job *job = fixture_claimed(store);
    Loss losses[10];
    for (int i = 0; i < 10; i++)
        losses[i] = (Loss){.run = 1, .epoch = i, .train = 1.0 / (i + 1), .validation = NAN};
    job->progress.epoch = 9;
    StoreRecord record = {.losses = losses, .loss_count = 10};
    cr_assert(store_job_progress(store, job, &record) == STATUS_OK);
    _exit(7);
}

Test(store, a_job_that_a_crash_left_running_is_queued_again)
{
    crash_in_mid_job();
    Store *store = fixture_store();
    Job **jobs;
    size_t count;
    bool more;
    StoreJobFilter any = {JOB_STATES, NULL, {NULL, 10}};
    cr_assert(store_job_list(store, any, &jobs, &count, &more) == STATUS_OK);
    cr_assert_eq(count, 1);
    cr_expect_eq(jobs[0]->state, JOB_QUEUED);
    cr_expect_eq(jobs[0]->attempts, 1);
    cr_assert_eq(jobs[0]->transition_count, 3);
    cr_expect_eq(jobs[0]->transition[2].state, JOB_QUEUED);
    cr_expect_str_eq(jobs[0]->transition[2].reason, "the daemon stopped without warning");
    store_jobs_free(jobs, count);
    store_close(store);
}

Test(store, a_crash_without_a_checkpoint_leaves_an_empty_history)
{
    crash_in_mid_job();
    Store *store = fixture_store();
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
    Job *job = fixture_claimed(store);
    cr_expect_eq(job->attempts, 2);
    cr_expect_eq(job->progress.epoch, 0);
    cr_expect(isnan(job->progress.train_loss));
    job_free(job);
    store_close(store);
}

/* Overwrites pages in the middle of the file, as a bad disk would. */
static void damage_file(void)
{
    struct stat found;
    char noise[4096];
    memset(noise, 0xA5, sizeof noise);
    int file = open(fixture_path("backpropd.db"), O_WRONLY);
    cr_assert(file >= 0 && fstat(file, &found) == 0);
    for (off_t at = 4096; at + 4096 <= found.st_size; at += 4096)
        cr_assert_eq(pwrite(file, noise, sizeof noise, at), (ssize_t)sizeof noise);
    close(file);
}

Test(store, a_file_that_was_damaged_since_it_was_closed_is_refused)
{
    store_close(fixture_store());
    damage_file();
    const char *why = fixture_refusal(fixture_dir());
    expect_says(why, fixture_path("backpropd.db"));
    cr_expect(strstr(why, "damaged") || strstr(why, "malformed"), "%s", why);
    cr_expect_null(strchr(why, '\n'), "one line: %s", why);
}

static bool start_looks_through(void)
{
    fixture_catch_log();
    store_close(fixture_store());
    return strstr(fixture_log(), "store-check") != NULL;
}

Test(store, a_start_looks_through_a_file_that_is_not_as_the_last_one_closed_it)
{
    cr_expect(!start_looks_through(), "a new one");
    crash_in_mid_job();
    cr_expect(start_looks_through(), "after a crash");
    cr_expect(!start_looks_through(), "after a stop");
    cr_assert_eq(utimensat(AT_FDCWD, fixture_path("backpropd.db"), NULL, 0), 0);
    cr_expect(start_looks_through(), "written to since");
    cr_assert_eq(unlink(fixture_path("backpropd.lock")), 0);
    cr_expect(start_looks_through(), "a copy in a new folder");
}

Test(store, a_file_that_is_taken_away_is_told_before_anything_is_lost)
{
    char why[300] = "";
    Store *store = fixture_store();
    cr_assert_eq(unlink(fixture_path("backpropd.db")), 0);
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_STORE);
    expect_says(why, "is gone");
    store_close(store);
}

Test(store, a_file_that_was_emptied_after_it_was_refused_is_refused)
{
    store_close(fixture_store());
    damage_file();
    cr_expect_null(strstr(fixture_refusal(fixture_dir()), "is empty"));
    write_file("backpropd.db", "");
    expect_says(fixture_refusal(fixture_dir()), "is empty");
    cr_assert_eq(unlink(fixture_path("backpropd.lock")), 0);
    write_file("backpropd.db", "a copy of something else");
    cr_expect_null(strstr(fixture_refusal(fixture_dir()), "is empty"));
    write_file("backpropd.db", "");
    expect_says(fixture_refusal(fixture_dir()), "is empty");
}

Test(store, a_file_that_was_emptied_is_refused_each_time)
{
    store_close(fixture_store());
    write_file("backpropd.db", "");
    for (int i = 0; i < 2; i++)
        expect_says(fixture_refusal(fixture_dir()), "is empty");
    fixture_clear();
    crash_in_mid_job();
    write_file("backpropd.db", "");
    for (int i = 0; i < 2; i++)
        expect_says(fixture_refusal(fixture_dir()), "is empty");
}

Test(store, what_became_of_a_blob_is_told_in_the_words_of_the_store)
{
    cr_expect_eq(store_outcome(OUTCOME_OK), STATUS_OK);
    cr_expect_eq(store_outcome(OUTCOME_NO_MEMORY), STATUS_NO_MEMORY);
    cr_expect_eq(store_outcome(OUTCOME_TOO_LARGE), STATUS_TOO_LARGE);
    cr_expect_eq(store_outcome(OUTCOME_BAD_BYTES), STATUS_DAMAGED);
    cr_expect_eq(store_outcome(OUTCOME_DIVERGED), STATUS_DIVERGED);
}
