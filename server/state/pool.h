/* The workers that are idle, lent to trainings whose work can be shared. A worker that waits for a
 * job waits here, and meanwhile helps whoever asks; who asks works on, whether anyone comes or not.
 */
#ifndef STATE_POOL_H
#define STATE_POOL_H

#include "core/team.h"
#include "state/bell.h"

typedef struct Pool Pool;

/* For that many workers, who wait for the bell, which is borrowed: it must be new, as this is what
 * hears it. NULL where there is no memory. */
Pool *pool_new(size_t workers, Bell *bell) MUST_USE;
void pool_free(Pool *pool);

/* For a training: the calling worker with all who are idle. */
const Team *pool_team(const Pool *pool);

/* For a worker, as bell_count and bell_wait. */
uint64_t pool_count(Pool *pool);
bool pool_wait(Pool *pool, uint64_t seen, double seconds);

#endif
