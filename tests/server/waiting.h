/* Waiting for what another thread does: by a condition and a deadline, never by a pause.
 */
#ifndef TESTS_WAITING_H
#define TESTS_WAITING_H

#include <criterion/criterion.h>
#include <sched.h>

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

#endif
