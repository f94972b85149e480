/* A list of running jobs. The mutex guards the list and each job's run and speed; the wish is
 * atomic, because the worker looks at it in its inner loop. */
#include "state/live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct LiveJob {
    char id[ID_SIZE];
    FitRun run;
    double epochs_per_second;
    bool begun; /* run means something */
    atomic_int wish;
    LiveJob *next;
};

struct Live {
    pthread_mutex_t mutex;
    LiveJob *first;
    bool stopping;
};

Live *live_new(void)
{
    Live *live = calloc(1, sizeof *live);
    if (live)
        pthread_mutex_init(&live->mutex, NULL);
    return live;
}

void live_free(Live *live)
{
    if (!live)
        return;
    pthread_mutex_destroy(&live->mutex);
    free(live);
}

LiveJob *live_begin(Live *live, const char *id)
{
    LiveJob *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    snprintf(job->id, sizeof job->id, "%s", id);
    pthread_mutex_lock(&live->mutex);
    atomic_init(&job->wish, live->stopping ? LIVE_REQUEUE : LIVE_GO_ON);
    job->next = live->first;
    live->first = job;
    pthread_mutex_unlock(&live->mutex);
    return job;
}

void live_update(Live *live, LiveJob *job, const FitRun *run, double epochs_per_second)
{
    pthread_mutex_lock(&live->mutex);
    job->run = *run;
    job->epochs_per_second = epochs_per_second;
    job->begun = true;
    pthread_mutex_unlock(&live->mutex);
}

LiveWish live_wish(const LiveJob *job)
{
    return (LiveWish)atomic_load_explicit(&job->wish, memory_order_relaxed);
}

void live_end(Live *live, LiveJob *job)
{
    pthread_mutex_lock(&live->mutex);
    for (LiveJob **at = &live->first; *at; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            break;
        }
    }
    pthread_mutex_unlock(&live->mutex);
    free(job);
}

/* Called with the mutex held. */
static LiveJob *find(Live *live, const char *id)
{
    LiveJob *job = live->first;
    while (job && strcmp(job->id, id) != 0)
        job = job->next;
    return job;
}

void live_look(Live *live, Job *job)
{
    pthread_mutex_lock(&live->mutex);
    const LiveJob *running = find(live, job->id);
    if (running && running->begun && job->state == JOB_RUNNING) {
        job->run = (int64_t)running->run.number;
        job->progress = running->run.progress;
        job->epochs_per_second = running->epochs_per_second;
    }
    pthread_mutex_unlock(&live->mutex);
}

static void raise_wish(LiveJob *job, LiveWish wish)
{
    int none = LIVE_GO_ON;
    atomic_compare_exchange_strong(&job->wish, &none, wish);
}

bool live_ask(Live *live, const char *id, LiveWish wish)
{
    pthread_mutex_lock(&live->mutex);
    LiveJob *job = find(live, id);
    if (job)
        raise_wish(job, wish);
    pthread_mutex_unlock(&live->mutex);
    return job != NULL;
}

void live_stop(Live *live)
{
    pthread_mutex_lock(&live->mutex);
    live->stopping = true;
    for (LiveJob *job = live->first; job; job = job->next)
        raise_wish(job, LIVE_REQUEUE);
    pthread_mutex_unlock(&live->mutex);
}

bool live_stopping(Live *live)
{
    pthread_mutex_lock(&live->mutex);
    bool stopping = live->stopping;
    pthread_mutex_unlock(&live->mutex);
    return stopping;
}
