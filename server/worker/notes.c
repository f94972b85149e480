/* Two buffers of fixed size: one that is full is made room in before more is taken down. */
#include "worker/notes.h"

#include <math.h>
#include <stdlib.h>

#include "tools/clock.h"

#define BUFFER_LOSSES 10000
#define BUFFER_RUNS 300
#define FLUSH_SECONDS 1.0
#define RETRY_SECONDS 0.5

struct Notes {
    Services *services;
    const Job *job;
    const LiveJob *live;
    double seconds, flushed; /* between two flushes; of the last, by clock_seconds */
    size_t loss_count, run_count;
    Loss losses[BUFFER_LOSSES];
    FitRun runs[BUFFER_RUNS];
};

Notes *notes_new(Services *services, const Job *job, const LiveJob *live, double seconds)
{
    Notes *notes = malloc(sizeof *notes);
    if (!notes)
        return NULL;
    notes->services = services;
    notes->job = job;
    notes->live = live;
    notes->seconds = fmin(FLUSH_SECONDS, seconds);
    notes->flushed = clock_seconds();
    notes->loss_count = notes->run_count = 0;
    return notes;
}

void notes_free(Notes *notes)
{
    free(notes);
}

StoreRecord notes_left(const Notes *notes)
{
    return (StoreRecord){notes->losses, notes->loss_count, notes->runs, notes->run_count};
}

static void forget(Notes *notes)
{
    notes->loss_count = notes->run_count = 0;
}

static void flush(Notes *notes)
{
    StoreRecord record = notes_left(notes);
    if (store_job_progress(notes->services->store, notes->job, &record) == STATUS_OK)
        forget(notes);
}

static bool full(const Notes *notes)
{
    return notes->loss_count == BUFFER_LOSSES || notes->run_count == BUFFER_RUNS;
}

/* Flushes until there is room, or the daemon stops. */
static void make_room(Notes *notes)
{
    Bell *bell = notes->services->queued;
    flush(notes);
    while (full(notes) && live_wish(notes->live) != LIVE_REQUEUE) {
        bell_wait(bell, bell_count(bell), RETRY_SECONDS);
        flush(notes);
    }
    if (full(notes))
        forget(notes); /* the daemon stops with a full disk; the job will begin again */
}

static void flush_in_time(Notes *notes)
{
    double now = clock_seconds();
    if (!full(notes) && now - notes->flushed < notes->seconds)
        return;
    make_room(notes);
    notes->flushed = now;
}

void notes_add_epoch(Notes *notes, const FitRun *run)
{
    const TrainProgress *progress = &run->progress;
    notes->losses[notes->loss_count++] = (Loss){
        (int64_t)run->number,
        (int64_t)progress->epoch,
        progress->train_loss,
        progress->validation_loss,
    };
    flush_in_time(notes);
}

void notes_add_run(Notes *notes, const FitRun *run)
{
    notes->runs[notes->run_count++] = *run;
    flush_in_time(notes);
}
