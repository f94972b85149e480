/* Two buffers: one that is full is made room in before more is taken down. They grow past that only
 * where the training is to end and the store cannot be written. Nothing is left out then either: a
 * checkpoint without what was told before it would leave a gap. */
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
    NotesPoll poll;
    double seconds, flushed; /* between two flushes; of the last, by clock_seconds */
    size_t loss_count, loss_room, run_count, run_room;
    Loss *losses;
    FitRun *runs;
};

Notes *notes_new(Services *services, const Job *job, NotesPoll poll, double seconds)
{
    Notes *notes = calloc(1, sizeof *notes);
    if (!notes)
        return NULL;
    notes->services = services;
    notes->job = job;
    notes->poll = poll;
    notes->seconds = fmin(FLUSH_SECONDS, seconds);
    notes->flushed = clock_seconds();
    notes->loss_room = BUFFER_LOSSES;
    notes->run_room = BUFFER_RUNS;
    notes->losses = malloc(BUFFER_LOSSES * sizeof *notes->losses);
    notes->runs = malloc(BUFFER_RUNS * sizeof *notes->runs);
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

/* The array with room for one element more; NULL where there is no memory. */
static void *with_room(void *array, size_t count, size_t *room, size_t element)
{
    if (count < *room)
        return array;
    void *grown = realloc(array, 2 * *room * element);
    if (grown)
        *room *= 2;
    return grown;
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
    Loss *losses = with_room(notes->losses, notes->loss_count, &notes->loss_room, sizeof *losses);
    if (!losses)
        return; /* neither memory nor a store: the end of what is told is lost, not its order */
    notes->losses = losses;
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
    FitRun *runs = with_room(notes->runs, notes->run_count, &notes->run_room, sizeof *runs);
    if (!runs)
        return; /* as above */
    notes->runs = runs;
    notes->runs[notes->run_count++] = *run;
    flush_in_time(notes);
}
