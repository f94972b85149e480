/* Waiting for what another thread does: by a condition and a deadline, never by a pause.
 */
#ifndef TESTS_WAITING_H
#define TESTS_WAITING_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "tools/clock.h"

#define WAIT_SECONDS 20

/* Fails the test where the condition does not become true in time. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        double wait_until = clock_seconds() + WAIT_SECONDS;                                        \
        while (!(condition) && clock_seconds() < wait_until)                                       \
            sched_yield();                                                                         \
        cr_assert(condition, "waited in vain for " #condition);                                    \
    } while (0)

/* Whether all threads but the calling one sleep, as those do that wait for an answer. */
static inline bool others_sleep(void)
{
    DIR *threads = opendir("/proc/self/task");
    struct dirent *entry;
    size_t awake = 0;
    cr_assert_not_null(threads);
    while ((entry = readdir(threads))) {
        char path[300], text[300] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (!file)
            continue;
        const char *name = fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
        awake += !name || strncmp(name, ") S", 3) != 0;
        fclose(file);
    }
    closedir(threads);
    return awake == 1;
}

#endif
