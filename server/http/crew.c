/* Two lists: ready, first in first out, and parked. The mutex guards both and stopping; it is not
 * held while an item runs. A ring between an item's look at the store and its parking would be
 * lost, so crew_wake also counts, and an item that parks with an old count is ready at once. */
#include "http/crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "tools/clock.h"

#define IDLE_SECONDS 60

struct Crew {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    CrewItem *ready, **ready_end;
    CrewItem *parked;
    uint64_t wakes;
    bool stopping;
    void (*work)(CrewItem *item);
    size_t threads;
    pthread_t thread[];
};

/* The count of wakes when this thread took up its item. */
static _Thread_local uint64_t wakes_at_start;

/* With the mutex held. */
static void make_ready(Crew *crew, CrewItem *item)
{
    item->next = NULL;
    *crew->ready_end = item;
    crew->ready_end = &item->next;
}

/* With the mutex held: moves what is due; returns the seconds until the next. */
static double ready_parked(Crew *crew, bool all)
{
    double now = clock_seconds(), next = now + IDLE_SECONDS;
    CrewItem **at = &crew->parked;
    while (*at) {
        CrewItem *item = *at;
        if (all || item->due <= now) {
            *at = item->next;
            make_ready(crew, item);
            continue;
        }
        if (item->due < next)
            next = item->due;
        at = &item->next;
    }
    return next - now;
}

/* The next item to run; NULL when the crew stops and nothing is left. */
static CrewItem *take(Crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    for (;;) {
        double seconds = ready_parked(crew, crew->stopping);
        if (crew->ready || crew->stopping)
            break;
        struct timespec deadline = clock_deadline(seconds);
        pthread_cond_timedwait(&crew->changed, &crew->mutex, &deadline);
    }
    CrewItem *item = crew->ready;
    if (item)
        crew->ready = item->next;
    if (!crew->ready)
        crew->ready_end = &crew->ready;
    wakes_at_start = crew->wakes;
    pthread_mutex_unlock(&crew->mutex);
    return item;
}

static void *run(void *argument)
{
    Crew *crew = argument;
    CrewItem *item;
    while ((item = take(crew)) != NULL)
        crew->work(item);
    return NULL;
}

Crew *crew_new(size_t threads, void (*work)(CrewItem *item))
{
    pthread_condattr_t monotonic;
    Crew *crew = calloc(1, sizeof *crew + threads * sizeof *crew->thread);
    if (!crew)
        return NULL;
    crew->work = work;
    crew->ready_end = &crew->ready;
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    while (crew->threads < threads &&
           pthread_create(&crew->thread[crew->threads], NULL, run, crew) == 0)
        crew->threads++;
    if (crew->threads == threads)
        return crew;
    crew_free(crew);
    return NULL;
}

void crew_post(Crew *crew, CrewItem *item)
{
    pthread_mutex_lock(&crew->mutex);
    make_ready(crew, item);
    pthread_cond_signal(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
}

void crew_park(Crew *crew, CrewItem *item, double due)
{
    pthread_mutex_lock(&crew->mutex);
    if (crew->wakes != wakes_at_start) {
        make_ready(crew, item);
    } else {
        item->due = due;
        item->next = crew->parked;
        crew->parked = item;
    }
    pthread_cond_signal(&crew->changed); /* some thread waits for the earliest one that is due */
    pthread_mutex_unlock(&crew->mutex);
}

void crew_wake(Crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->wakes++;
    ready_parked(crew, true);
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
}

void crew_free(Crew *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->mutex);
    crew->stopping = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    for (size_t i = 0; i < crew->threads; i++)
        pthread_join(crew->thread[i], NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->mutex);
    free(crew);
}
