/* The jobs that run right now: where each stands, and the flag by which it is asked to stop. The
 * worker of a job writes where it stands; HTTP reads that and may raise the flag, nothing more.
 */
#ifndef STATE_LIVE_H
#define STATE_LIVE_H

#include "state/job.h"

typedef struct Live Live;
typedef struct LiveJob LiveJob;

/* What a worker is asked for. */
typedef enum LiveWish {
    LIVE_GO_ON,
    LIVE_CANCEL,         /* the weights so far become the model */
    LIVE_CANCEL_DISCARD, /* no model is made */
    LIVE_REQUEUE,        /* the daemon is about to stop */
} LiveWish;

/* NULL where there is no memory. */
Live *live_new(void) MUST_USE;
void live_free(Live *live);

/* For the worker. live_begin: a job is about to run; NULL where there is no memory. The LiveJob is
 * the worker's until live_end. live_wish costs no lock: it may be asked after every batch. */
LiveJob *live_begin(Live *live, const char *id) MUST_USE;
void live_update(Live *live, LiveJob *job, const FitRun *run, double epochs_per_second);
LiveWish live_wish(const LiveJob *job);
void live_end(Live *live, LiveJob *job);

/* For HTTP. Overwrites run, progress and speed of a job that runs here, and leaves others alone. */
void live_look(Live *live, Job *job);

/* Asks a running job to stop; false where it does not run here. The first wish stays. */
bool live_ask(Live *live, const char *id, LiveWish wish);

/* Whether live_stop was called. */
bool live_stopping(Live *live);

/* Asks all that run, and all that begin later, to go back into the queue. */
void live_stop(Live *live);

#endif
