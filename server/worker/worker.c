/* The claim loop. The bell is read before the table, so that a job queued in between is not missed;
 * a slow look now and then costs nothing and forgives everything. */
#include "worker/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "store/store_job.h"
#include "worker/training.h"

#define LOOK_SECONDS 5
#define RETRY_SECONDS 1

struct Workers {
    Services *services;
    atomic_bool stopping;
    size_t count;
    pthread_t thread[];
};

static void *run(void *argument)
{
    Workers *workers = argument;
    Services *services = workers->services;
    while (!atomic_load(&workers->stopping)) {
        Job *job = NULL;
        uint64_t seen = bell_count(services->queued);
        Status status = store_job_claim(services->store, &job);
        if (status == STATUS_OK && job)
            training_run(services, job);
        else
            bell_wait(services->queued, seen, status == STATUS_OK ? LOOK_SECONDS : RETRY_SECONDS);
        job_free(job);
    }
    return NULL;
}

Workers *workers_start(Services *services, size_t count)
{
    Workers *workers = calloc(1, sizeof *workers + count * sizeof *workers->thread);
    if (!workers)
        return NULL;
    workers->services = services;
    while (workers->count < count &&
           pthread_create(&workers->thread[workers->count], NULL, run, workers) == 0)
        workers->count++;
    if (workers->count == count)
        return workers;
    workers_stop(workers);
    return NULL;
}

void workers_stop(Workers *workers)
{
    if (!workers)
        return;
    atomic_store(&workers->stopping, true);
    live_stop(workers->services->live);
    bell_ring(workers->services->queued);
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->thread[i], NULL);
    free(workers);
}
