/* A doorbell: wakes who waits for something to change, and holds nothing else. Who waits reads the
 * count, looks whether there is work, and waits for a later count, so no ring is missed.
 */
#ifndef STATE_BELL_H
#define STATE_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/status.h"

typedef struct Bell Bell;

/* NULL where there is no memory. */
Bell *bell_new(void) MUST_USE;
void bell_free(Bell *bell);

/* From now on each ring calls heard(context), on the thread that rings, without a lock held. Once,
 * before threads. */
void bell_on_ring(Bell *bell, void (*heard)(void *context), void *context);

void bell_ring(Bell *bell);
uint64_t bell_count(Bell *bell);

/* Waits until the count is not `seen` any more, at most that many seconds; false on time out. */
bool bell_wait(Bell *bell, uint64_t seen, double seconds);

#endif
