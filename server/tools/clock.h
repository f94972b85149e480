/* Time: the wall clock for what people read, the monotonic clock for how long things take. */
#ifndef TOOLS_CLOCK_H
#define TOOLS_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_TEXT 32

/* Milliseconds since 1970, UTC. */
int64_t clock_now_ms(void);

/* Seconds on a clock that never jumps; only differences mean something. */
double clock_seconds(void);

/* That monotonic moment, `seconds` from now, for pthread_cond_timedwait (CLOCK_MONOTONIC). */
struct timespec clock_deadline(double seconds);

/* RFC 3339 in UTC with milliseconds: 2026-01-31T23:59:59.123Z. */
void clock_text(int64_t ms, char text[CLOCK_TEXT]);

#endif
