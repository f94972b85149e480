/* What a training tells and the store has not got yet: losses and runs that have ended. They gather
 * here and are stored in one transaction about once a second. Where the store cannot be written,
 * the training waits, and goes on by itself when it can be; one that is to end waits no more.
 *
 * Thread rule: the thread that trains alone.
 */
#ifndef WORKER_NOTES_H
#define WORKER_NOTES_H

#include "services.h"
#include "store/store_job.h"

typedef struct Notes Notes;

/* Whether the training is to end, as a FitHooks has it. */
typedef struct NotesPoll {
    TrainEnd (*poll)(void *context);
    void *context;
} NotesPoll;

/* Of that job, which is borrowed, as are the services, and makes so many runs; at least every that
 * many seconds they are stored. Once it is to end, poll says so for ever. NULL where there is no
 * memory. */
Notes *notes_new(Services *services, const Job *job, size_t runs, NotesPoll poll,
                 double seconds) MUST_USE;
void notes_free(Notes *notes);

/* Takes down where a run stands after an epoch, or that it has ended; stores what there is when it
 * is time, together with how the job stands. */
void notes_add_epoch(Notes *notes, const FitRun *run);
void notes_add_run(Notes *notes, const FitRun *run);

/* What was not stored yet; borrowed until more is added. */
StoreRecord notes_left(const Notes *notes);

/* Now it is: together with a checkpoint. */
void notes_stored(Notes *notes);

#endif
