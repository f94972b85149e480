/* The directory of a store, its lock, and its ballast, where the file system has its own mind. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db/ballast.h"
#include "store/db/file.h"
#include "test_store_fixture.h"

TestSuite(file, .init = fixture_start, .fini = fixture_end);

static char text[300];
static const Why why = {text, sizeof text};

/* No file may be longer from here on. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(file, a_link_to_nothing_is_no_directory)
{
    FileLock lock;
    cr_assert_eq(symlink("nowhere", fixture_path("link")), 0);
    cr_expect_eq(file_lock(fixture_path("link"), &lock, why), STATUS_STORE);
    cr_expect(strstr(text, "link cannot be read: No such file"), "%s", text);
}

Test(file, a_second_daemon_is_refused_also_where_the_first_has_not_said_its_number)
{
    FileLock lock;
    int first = open(fixture_path("backpropd.lock"), O_RDWR | O_CREAT, 0600);
    cr_assert_eq(flock(first, LOCK_EX | LOCK_NB), 0);
    cr_expect_eq(file_lock(fixture_dir(), &lock, why), STATUS_BUSY);
    cr_expect(strstr(text, "another backpropd is using the directory"), "%s", text);
    close(first);
}

Test(file, a_lock_needs_no_room_on_the_disk)
{
    FileLock lock;
    limit_files(0);
    cr_expect_eq(file_lock(fixture_dir(), &lock, why), STATUS_OK, "%s", text);
    limit_files(RLIM_INFINITY);
    file_unlock(&lock, NULL);
}

Test(file, a_first_start_without_room_leaves_nothing_in_the_way)
{
    limit_files(0);
    fixture_refusal(fixture_dir());
    limit_files(RLIM_INFINITY);
    store_close(fixture_store());
}

Test(file, a_directory_in_its_place_is_no_database)
{
    cr_assert_eq(mkdir(fixture_path("backpropd.db"), 0700), 0);
    cr_expect(strstr(fixture_refusal(fixture_dir()), "backpropd.db cannot be written: Is a dir"));
}

Test(file, the_room_of_what_is_not_there_is_unknown)
{
    cr_expect_eq(file_room(fixture_path("nothing")), -1);
    cr_expect_gt(file_room(fixture_dir()), 0);
}

static long long ballast_size(void)
{
    struct stat found;
    return stat(fixture_path("ballast"), &found) == 0 ? (long long)found.st_size : -1;
}

Test(file, a_ballast_that_cannot_be_made_whole_is_not_left_in_part)
{
    Ballast *ballast = ballast_new(fixture_dir());
    limit_files(1 << 20);
    ballast_fill(ballast);
    cr_expect_eq(ballast_size(), -1);
    limit_files(RLIM_INFINITY);
    ballast_fill(ballast);
    cr_expect_eq(ballast_size(), BALLAST_SIZE);
    ballast_free(ballast);
}

Test(file, of_a_ballast_that_was_dropped_as_much_is_taken_again_as_there_is)
{
    Ballast *ballast = ballast_new(fixture_dir());
    ballast_fill(ballast);
    cr_expect(ballast_drop(ballast));
    cr_expect_eq(ballast_size(), -1);
    limit_files(1 << 20);
    ballast_retake(ballast);
    cr_expect_eq(ballast_size(), 1 << 20);
    limit_files(RLIM_INFINITY);
    cr_expect(ballast_drop(ballast));
    limit_files(1 << 10);
    ballast_retake(ballast);
    cr_expect_eq(ballast_size(), -1, "less than is worth while");
    limit_files(RLIM_INFINITY);
    ballast_free(ballast);
}

Test(file, what_stands_in_the_place_of_a_ballast_is_left_alone)
{
    Ballast *ballast = ballast_new(fixture_dir());
    cr_assert_eq(mkdir(fixture_path("ballast"), 0700), 0);
    ballast_fill(ballast);
    cr_expect_not(ballast_drop(ballast));
    cr_assert_eq(rmdir(fixture_path("ballast")), 0, "it was a directory still");
    cr_expect_not(ballast_drop(ballast));
    ballast_free(ballast);
}

Test(file, a_store_that_was_put_there_is_not_left_for_all_to_read)
{
    struct stat found;
    store_close(fixture_store());
    cr_assert_eq(chmod(fixture_path("backpropd.db"), 0644), 0);
    store_close(fixture_store());
    cr_assert_eq(stat(fixture_path("backpropd.db"), &found), 0);
    cr_expect_eq(found.st_mode & 0777, 0640);
}
