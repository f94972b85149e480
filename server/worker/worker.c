/* The claim loop. The bell is read before the table and the flag, so that neither a job queued
 * in between nor a stop is missed; a slow look now and then costs nothing and forgives
 * everything. Who finds nothing to claim waits in the pool, and helps those who train. */
#include "worker/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "store/store_job.h"
#include "tools/clock.h"
#include "tools/log.h"
#include "tools/metrics.h"
#include "worker/training.h"

#define LOOK_SECONDS 5
#define RETRY_SECONDS 0.25
#define START_SECONDS 5
#define NICE 10

struct Workers {
    Services *services;
    atomic_bool stopping;
    atomic_size_t running; /* threads that have not ended */
    atomic_bool starved;   /* a job waits until another has ended and given its memory back */
    size_t count;
    pthread_t thread[];
};

/* Lets the threads of the network go first where processors are short: on Linux the nice value is
 * that of the calling thread alone. Where it is refused, all is as without. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, 0, NICE) != 0)
        log_debug("workers-are-not-nice", LOG_TEXT("why", strerror(errno)));
}

static void train(Workers *workers, Job *job)
{
    Services *services = workers->services;
    metric_observe(SPAN_QUEUE, (double)(job->started_at - job->created_at) / 1000);
    metric_add(METRIC_WORKERS_BUSY, 1);
    training_run(services, job);
    metric_add(METRIC_WORKERS_BUSY, -1);
    if (atomic_exchange(&workers->starved, false))
        bell_ring(services->queued);
}

static void *run(void *argument)
{
    Workers *workers = argument;
    Services *services = workers->services;
    step_back();
    metric_add(METRIC_WORKERS, 1);
    for (;;) {
        Job *job = NULL;
        uint64_t seen = pool_count(services->pool);
        if (atomic_load(&workers->stopping))
            break;
        Status status = store_job_claim(services->store, &job);
        if (status == STATUS_BUSY)
            atomic_store(&workers->starved, true);
        if (status == STATUS_OK && job)
            train(workers, job);
        else
            pool_wait(services->pool, seen, status == STATUS_OK ? LOOK_SECONDS : RETRY_SECONDS);
        job_free(job);
    }
    metric_add(METRIC_WORKERS, -1);
    atomic_fetch_sub(&workers->running, 1);
    bell_ring(services->queued); /* who stops the workers waits for this */
    return NULL;
}

Workers *workers_start(Services *services, size_t count)
{
    Workers *workers = calloc(1, sizeof *workers + count * sizeof *workers->thread);
    if (!workers)
        return NULL;
    workers->services = services;
    atomic_init(&workers->running, 0);
    while (workers->count < count) {
        atomic_fetch_add(&workers->running, 1);
        if (pthread_create(&workers->thread[workers->count], NULL, run, workers) != 0)
            break;
        workers->count++;
    }
    if (workers->count == count)
        return workers;
    atomic_fetch_sub(&workers->running, 1);
    bool stopped = workers_stop(workers, START_SECONDS);
    (void)stopped; /* the process is about to leave in any case */
    return NULL;
}

bool workers_stop(Workers *workers, double seconds)
{
    double deadline = clock_seconds() + seconds;
    if (!workers)
        return true;
    Bell *bell = workers->services->queued;
    atomic_store(&workers->stopping, true);
    live_stop(workers->services->live);
    bell_ring(bell);
    for (;;) {
        uint64_t seen = bell_count(bell);
        if (atomic_load(&workers->running) == 0)
            break;
        if (clock_seconds() >= deadline)
            return false;
        bell_wait(bell, seen, deadline - clock_seconds());
    }
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->thread[i], NULL);
    free(workers);
    return true;
}
