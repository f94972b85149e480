/* The events of a job, as server-sent events (WHATWG HTML, 9.2) or as lines of JSON. Both have an
 * id, a name and data; the id is how far a listener has come who has it.
 */
#ifndef API_CODEC_EVENT_H
#define API_CODEC_EVENT_H

#include "state/feed.h"
#include "state/job.h"
#include "state/loss.h"
#include "tools/encoder.h"

typedef enum EventForm {
    EVENT_SSE,   /* id: ..., event: ..., data: ... */
    EVENT_LINES, /* {"id": ..., "event": ..., "data": ...} */
    EVENT_FORMS
} EventForm;

/* Where events go. */
typedef struct EventSink {
    Encoder encoder;
    EventForm form;
    FeedAt at; /* behind the last event */
} EventSink;

/* Reads an id, as 2-1-500: transitions, run, epoch. False where it is none. */
bool codec_event_at(const char *id, FeedAt *at);

/* "state": the next transition; {"state", "at", "reason"}. */
void codec_event_state(EventSink *sink, const JobTransition *transition);

/* "progress": a row of the history; {"run", "epoch", "train_loss", "validation_loss"}. */
void codec_event_progress(EventSink *sink, const Loss *loss);

/* "end": the job as it ended; counts as a transition. */
void codec_event_end(EventSink *sink, const Job *job);

#endif
