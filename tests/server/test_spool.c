/* Lines through a pipe: whole, in order, and never a wait for who reads. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test_store_fixture.h"
#include "tools/spool.h"

TestSuite(spool, .fini = fixture_no_leaks);

#define ROOM 65536

/* What has come out so far, 0-terminated. */
static size_t read_now(int fd, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (length + 1 < size && (got = read(fd, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    return length;
}

Test(spool, lines_come_out_in_their_order)
{
    int fd[2];
    char text[4096];
    cr_assert_eq(pipe(fd), 0);
    Spool *spool = spool_new(fd[1], ROOM);
    cr_assert(spool_add(spool, "one\n", 4, false));
    cr_assert(spool_add(spool, "two\n", 4, true));
    cr_assert(spool_flush(spool, 10));
    read_now(fd[0], text, sizeof text);
    cr_expect_str_eq(text, "one\ntwo\n");
    cr_assert(spool_add(spool, "three\n", 6, false));
    spool_free(spool, 10);
    read_now(fd[0], text, sizeof text);
    cr_expect_str_eq(text, "three\n");
    close(fd[0]);
    close(fd[1]);
}

Test(spool, a_reader_that_stalls_costs_lines_and_not_time)
{
    int fd[2];
    char line[100];
    size_t taken = 0, lost = 0, bytes = 0;
    memset(line, 'x', sizeof line);
    line[99] = '\n';
    cr_assert_eq(pipe(fd), 0);
    cr_assert_gt(fcntl(fd[1], F_SETPIPE_SZ, 4096), 0); /* less than the spool holds */
    Spool *spool = spool_new(fd[1], ROOM);
    for (size_t i = 0; i < 10000; i++) /* 1 MB, more than the pipe and the spool together hold */
        *(spool_add(spool, line, sizeof line, false) ? &taken : &lost) += 1;
    cr_expect_gt(lost, 0);
    cr_expect_geq(taken, ROOM / sizeof line);
    cr_expect_not(spool_flush(spool, 0.01));
    static char text[1 << 20];
    while (bytes < taken * sizeof line)
        bytes += read_now(fd[0], text, sizeof text);
    cr_expect_eq(bytes, taken * sizeof line, "what was taken comes out whole");
    cr_expect(spool_has_room(spool));
    spool_free(spool, 10);
    close(fd[0]);
    close(fd[1]);
}

static void *add_lines(void *context)
{
    for (int i = 0; i < 200; i++)
        if (!spool_add(context, "12345678\n", 9, i % 50 == 0))
            return context;
    return NULL;
}

Test(spool, lines_of_many_threads_do_not_mix)
{
    int fd[2];
    char text[ROOM];
    pthread_t thread[4];
    cr_assert_eq(pipe(fd), 0);
    Spool *spool = spool_new(fd[1], ROOM);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, add_lines, spool), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(thread[i], &failed);
        cr_expect_null(failed);
    }
    spool_free(spool, 10);
    cr_assert_eq(read_now(fd[0], text, sizeof text), 4 * 200 * 9);
    for (size_t at = 0; text[at]; at += 9)
        cr_assert_eq(strncmp(text + at, "12345678\n", 9), 0);
    close(fd[0]);
    close(fd[1]);
}
