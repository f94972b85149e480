/* The mutex guards rings. heard and context are set before threads and then only read. */
#include "state/bell.h"

#include <pthread.h>
#include <stdlib.h>

#include "tools/clock.h"

struct Bell {
    pthread_mutex_t mutex;
    pthread_cond_t rung;
    uint64_t rings;
    void (*heard)(void *context);
    void *context;
};

Bell *bell_new(void)
{
    pthread_condattr_t monotonic;
    Bell *bell = calloc(1, sizeof *bell);
    if (!bell)
        return NULL;
    pthread_mutex_init(&bell->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&bell->rung, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return bell;
}

void bell_free(Bell *bell)
{
    if (!bell)
        return;
    pthread_cond_destroy(&bell->rung);
    pthread_mutex_destroy(&bell->mutex);
    free(bell);
}

void bell_on_ring(Bell *bell, void (*heard)(void *context), void *context)
{
    bell->heard = heard;
    bell->context = context;
}

void bell_ring(Bell *bell)
{
    pthread_mutex_lock(&bell->mutex);
    bell->rings++;
    pthread_cond_broadcast(&bell->rung);
    pthread_mutex_unlock(&bell->mutex);
    if (bell->heard)
        bell->heard(bell->context);
}

uint64_t bell_count(Bell *bell)
{
    pthread_mutex_lock(&bell->mutex);
    uint64_t rings = bell->rings;
    pthread_mutex_unlock(&bell->mutex);
    return rings;
}

bool bell_wait(Bell *bell, uint64_t seen, double seconds)
{
    struct timespec deadline = clock_deadline(seconds);
    int failed = 0;
    pthread_mutex_lock(&bell->mutex);
    while (bell->rings == seen && !failed)
        failed = pthread_cond_timedwait(&bell->rung, &bell->mutex, &deadline);
    bool rung = bell->rings != seen;
    pthread_mutex_unlock(&bell->mutex);
    return rung;
}
