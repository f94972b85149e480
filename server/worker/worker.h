/* The threads that train: each claims a job, trains it, and stores how it ended.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "services.h"

typedef struct Workers Workers;

/* Starts that many; services is borrowed. NULL where there is no memory or no thread. */
Workers *workers_start(Services *services, size_t count) MUST_USE;

/* Puts running jobs back into the queue, waits for the threads, and frees. False where a thread is
 * in the middle of something for longer than that many seconds: then nothing is freed, and the
 * process may only leave. */
bool workers_stop(Workers *workers, double seconds) MUST_USE;

#endif
