/* Allocations that fail on demand, a count of what is not given back, and the most there was.
 * Between fault_arm and fault_disarm, call number `fail_at` (from 1) for memory gets none; 0 lets
 * all succeed. Under a sanitizer, which owns the allocator, none fails, and leaks are the
 * sanitizer's to find.
 */
#ifndef TESTS_CORE_FAULT_H
#define TESTS_CORE_FAULT_H

#include <stddef.h>

/* Whether allocations can be made to fail in this build. */
int fault_supported(void);

void fault_arm(size_t fail_at);

/* Whether a call has failed since fault_arm; no more do from here on. */
int fault_disarm(void);

/* Whether memory that was asked for between the last arm and disarm was not freed there. */
int fault_leaked(void);

/* The most bytes at a time of what was asked for between the last arm and disarm; 0 under a
 * sanitizer. */
size_t fault_peak(void);

#endif
