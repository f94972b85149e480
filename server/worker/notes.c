/* Two buffers: one that is full is emptied before more is taken down. Where the store cannot be
 * written and the training is to end, each run still tells of one epoch at most, and of its end:
 * the buffers have room for that. Nothing is left out, as a checkpoint without what was told before
 * it would leave a gap. */
#include "worker/notes.h"

#include <assert.h>
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
    NotesPoll poll;
    double seconds, flushed; /* between two flushes; of the last, by clock_seconds */
    size_t runs_max; /* of the job */
    size_t loss_count, run_count;
    Loss *losses; /* (BUFFER_LOSSES + runs_max) */
    FitRun *runs; /* (runs_max) */
};

Notes *notes_new(Services *services, const Job *job, size_t runs, NotesPoll poll, double seconds)
{
    Notes *notes = calloc(1, sizeof *notes);
    if (!notes)
        return NULL;
    notes->services = services;
    notes->job = job;
    notes->runs_max = runs;
    notes->poll = poll;
    notes->seconds = fmin(FLUSH_SECONDS, seconds);
    notes->flushed = clock_seconds();
    notes->losses = calloc(BUFFER_LOSSES + runs, sizeof *notes->losses);
    notes->runs = calloc(runs, sizeof *notes->runs);
    if (notes->losses && notes->runs)
        return notes;
    notes_free(notes);
    return NULL;
}

void notes_free(Notes *notes)
{
    if (!notes)
        return;
    free(notes->losses);
    free(notes->runs);
    free(notes);
}

StoreRecord notes_left(const Notes *notes)
{
    return (StoreRecord){notes->losses, notes->loss_count, notes->runs, notes->run_count};
}

void notes_stored(Notes *notes)
{
    notes->loss_count = notes->run_count = 0;
    notes->flushed = clock_seconds();
}

static void flush(Notes *notes)
{
    StoreRecord record = notes_left(notes);
    if (store_job_progress(notes->services->store, notes->job, &record) == STATUS_OK)
        notes->loss_count = notes->run_count = 0;
}

static bool full(const Notes *notes)
{
    return notes->loss_count >= BUFFER_LOSSES || notes->run_count >= BUFFER_RUNS;
}

/* Flushes until there is room, or the training is to end: it then takes along what did not fit. */
static void make_room(Notes *notes)
{
    Bell *bell = notes->services->queued;
    flush(notes);
    while (full(notes) && notes->poll.poll(notes->poll.context) == TRAIN_GOES_ON) {
        bell_wait(bell, bell_count(bell), RETRY_SECONDS);
        flush(notes);
    }
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
    assert(notes->loss_count < BUFFER_LOSSES + notes->runs_max);
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
    assert(notes->run_count < notes->runs_max);
    notes->runs[notes->run_count++] = *run;
    flush_in_time(notes);
}
