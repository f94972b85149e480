/* Allocations that fail on demand, a count of what is not given back, and the most there was.
 * Between fault_arm and fault_disarm, call number `fail_at` (from 1) for memory gets none; 0 lets
 * all succeed. Calls are counted over all threads. Under a sanitizer, which owns the allocator,
 * none fails, and leaks are the sanitizer's to find.
 */
#ifndef TESTS_CORE_FAULT_H
#define TESTS_CORE_FAULT_H

#include <stddef.h>

/* Whether allocations can be made to fail in this build. */
int fault_supported(void);

void fault_arm(size_t fail_at);

/* The same, but all calls from number `fail_from` (not 0) on get none. */
void fault_arm_for_good(size_t fail_from);

/* Whether a call has failed since it was armed; no more do from here on. */
int fault_disarm(void);

/* While it is armed: the next call gets none. */
void fault_strike(void);

/* How many calls there were since it was armed. */
size_t fault_calls(void);

/* Until it is given 0: calls of this thread are neither counted as calls nor fail. */
void fault_spare(int spared);

/* Whether not all memory is freed now that was asked for since it was armed. */
int fault_leaked(void);

/* The most bytes at a time of what was asked for between the last arm and disarm; 0 under a
 * sanitizer. */
size_t fault_peak(void);

#endif
