/* A listener is a place in what the store has of the job: its transitions and the rows of its
 * history. The last transition of a job that has ended comes behind its last row, so a replay tells
 * the same as listening did, and an id means the same after a restart of the daemon. */
#include "api/api_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_event.h"
#include "store/store_job.h"
#include "store/store_loss.h"

#define ROWS 1000 /* of the history in one part */
#define POLL_SECONDS                                                                               \
    0.25 /* workers tell what they have done once a second, and of an end at once */

/* Comes back a second after the connection is lost. */
static const char greeting[] = "retry: 1000\n\n";

typedef struct Listener {
    Stream stream;
    FeedKey key;
    bool greeted;
} Listener;

static const char *const types[EVENT_FORMS] = {"text/event-stream", "application/x-ndjson"};
static const char *const silences[EVENT_FORMS] = {": nothing new\n\n", "{\"event\":\"ping\"}\n"};

static void write_events(EventSink *sink, const Job *job, const Loss *losses, size_t count)
{
    bool ended = job_state_ended(job->state);
    int64_t transitions = (int64_t)job->transition_count;
    while (sink->at.transitions < (ended ? transitions - 1 : transitions))
        codec_event_state(sink, &job->transition[sink->at.transitions]);
    for (size_t i = 0; i < count; i++)
        codec_event_progress(sink, &losses[i]);
    if (!ended || count == ROWS)
        return;
    if (sink->at.transitions < transitions)
        codec_event_state(sink, &job->transition[sink->at.transitions]);
    codec_event_end(sink, job);
}

/* The job is read before its history, so the history of one that has ended is whole. */
static Status read_events(Services *services, const FeedKey *key, EventSink *sink, bool *last)
{
    Job *job;
    Loss *losses;
    size_t count;
    const StoreLosses page = {{0, INT64_MAX, 0}, key->from.run, key->from.epoch, ROWS};
    Status status = store_job_get(services->store, key->job, &job);
    if (status != STATUS_OK)
        return status;
    status = store_job_losses(services->store, key->job, &page, &losses, &count);
    if (status == STATUS_OK) {
        write_events(sink, job, losses, count);
        *last = job_state_ended(job->state) && count < ROWS;
    }
    free(losses);
    job_free(job);
    return status;
}

static Status make_part(Services *services, const FeedKey *key, FeedPart *made)
{
    EventSink sink = {.form = (EventForm)key->form, .at = key->from};
    FeedPart part = {.to = key->from};
    Status status = read_events(services, key, &sink, &part.last);
    const Text *text = &sink.encoder.text;
    if (status == STATUS_OK && text->length > 0 && !text->failed)
        part.text = shared_new(text->bytes, text->length);
    if (part.text) {
        part.to = sink.at;
        feed_keep(services->feed, key, &part);
    } else {
        part.last = status == STATUS_NOT_FOUND; /* the job was deleted */
    }
    text_free(&sink.encoder.text);
    *made = part;
    return status;
}

/* Not for now only, as where another program has a lock: what is damaged stays so. */
static bool cannot_be_read(Services *services, Status status)
{
    return status == STATUS_DAMAGED ||
           (status == STATUS_STORE && store_is_broken(services->store));
}

/* Where the store cannot be read now, or there is no memory, there is nothing new: the listener
 * stays and asks again. */
static StreamStep next(Stream *stream, Services *services, Shared **part)
{
    Listener *listener = (Listener *)stream;
    FeedPart found;
    Status status = STATUS_OK;
    if (!listener->greeted && listener->key.form == EVENT_SSE) {
        *part = shared_new(greeting, strlen(greeting));
        listener->greeted = *part != NULL;
        return *part ? STREAM_MORE : STREAM_LATER;
    }
    if (!feed_find(services->feed, &listener->key, &found))
        status = make_part(services, &listener->key, &found);
    listener->key.from = found.to;
    *part = found.text;
    if (found.last)
        return STREAM_END;
    if (cannot_be_read(services, status))
        return STREAM_BREAK;
    return found.text ? STREAM_MORE : STREAM_LATER;
}

static void listener_free(Stream *stream)
{
    free(stream);
}

static Reply listen(const Request *request, const FeedKey *key)
{
    Listener *listener = malloc(sizeof *listener);
    if (!listener)
        return reply_store(request, STATUS_NO_MEMORY, "job", key->job);
    *listener = (Listener){
        .stream = {.next = next,
                   .free = listener_free,
                   .poll = POLL_SECONDS,
                   .silence = silences[key->form]},
        .key = *key,
    };
    return (Reply){.code = 200, .type = types[key->form], .stream = &listener->stream};
}

/* The last event that the client has, as it says. */
static FeedAt heard(const Request *request, Problem *problem)
{
    FeedAt at = {0};
    const char *header = request_header(request, "Last-Event-ID");
    const char *query = request_query(request, "last_event_id");
    const char *id = header && header[0] ? header : query;
    if (id && !codec_event_at(id, &at))
        problem_add(problem, id == header ? "Last-Event-ID" : "?last_event_id",
                    "must be the id of an event, as 2-1-500, got '%.64s'", id);
    return at;
}

/* The job has said all, or it never said what the client claims to have heard. */
static bool has_nothing(const Request *request, const Job *job, const FeedAt *at, Reply *reply)
{
    int64_t count = (int64_t)job->transition_count + job_state_ended(job->state);
    if (at->transitions > count)
        *reply = reply_status(request, STATUS_INVALID,
                              "Last-Event-ID is not of this job: it has had %lld events of its "
                              "state, not %lld",
                              (long long)count, (long long)at->transitions);
    else if (job_state_ended(job->state) && at->transitions == count)
        *reply = reply_nothing();
    else
        return false;
    return true;
}

Reply api_job_events(Services *services, const Request *request)
{
    static const char *const names[] = {"last_event_id"};
    const char *type = request_accepts(request, types, EVENT_FORMS);
    const char *id = request->param[0];
    Problem problem;
    Job *job;
    Reply reply;
    problem_clear(&problem);
    request_refuse_unknown(request, names, 1, &problem);
    FeedKey key = {.form = type == types[EVENT_LINES] ? EVENT_LINES : EVENT_SSE,
                   .from = heard(request, &problem)};
    Status status = store_job_get(services->store, id, &job);
    if (status != STATUS_OK)
        return reply_store(request, status, "job", id);
    snprintf(key.job, sizeof key.job, "%s", job->id);
    if (problem.status != STATUS_OK)
        reply = reply_problem(request, &problem);
    else if (!type)
        reply = reply_status(request, STATUS_NOT_ACCEPTABLE,
                             "events come as text/event-stream and application/x-ndjson");
    else if (!has_nothing(request, job, &key.from, &reply))
        reply = request->last_try
                    ? reply_status(request, STATUS_BUSY,
                                   "half of --connections wait for jobs or listen to them already; "
                                   "try again later")
                    : listen(request, &key);
    job_free(job);
    return reply;
}
