/* JSON is written without line breaks, so an event's data is one line in either form. */
#include "api/codec/codec_event.h"

#include <stdio.h>

#include "api/codec/codec_job.h"

#define ID_FORMAT "%lld-%lld-%lld"

/* The event up to its data. Members of an object within `data` follow. */
static void begin(EventSink *sink, const char *name)
{
    Encoder *encoder = &sink->encoder;
    char id[64];
    snprintf(id, sizeof id, ID_FORMAT, (long long)sink->at.transitions, (long long)sink->at.run,
             (long long)sink->at.epoch);
    encoder->comma = false;
    if (sink->form == EVENT_SSE) {
        text_printf(&encoder->text, "id: %s\nevent: %s\ndata: ", id, name);
        return;
    }
    enc_object(encoder);
    enc_put_string(encoder, "id", id);
    enc_put_string(encoder, "event", name);
    enc_key(encoder, "data");
}

static void end(EventSink *sink)
{
    if (sink->form == EVENT_LINES)
        enc_object_end(&sink->encoder);
    text_puts(&sink->encoder.text, sink->form == EVENT_LINES ? "\n" : "\n\n");
}

/* A number from 0 without sign or zeros before it, and what follows it. */
static bool take_number(const char **text, int64_t *number)
{
    const char *at = *text;
    *number = 0;
    while (*at >= '0' && *at <= '9' && at - *text < 16)
        *number = *number * 10 + (*at++ - '0');
    bool sound = at > *text && (**text != '0' || at == *text + 1);
    *text = at;
    return sound;
}

static bool take_dash(const char **text)
{
    return *(*text)++ == '-';
}

bool codec_event_at(const char *id, FeedAt *at)
{
    return take_number(&id, &at->transitions) && take_dash(&id) && take_number(&id, &at->run) &&
           take_dash(&id) && take_number(&id, &at->epoch) && *id == '\0';
}

void codec_event_state(EventSink *sink, const JobTransition *transition)
{
    sink->at.transitions++;
    begin(sink, "state");
    codec_transition_encode(transition, &sink->encoder);
    end(sink);
}

void codec_event_progress(EventSink *sink, const Loss *loss)
{
    Encoder *encoder = &sink->encoder;
    sink->at.run = loss->run;
    sink->at.epoch = loss->epoch;
    begin(sink, "progress");
    enc_object(encoder);
    enc_put_int(encoder, "run", loss->run);
    enc_put_int(encoder, "epoch", loss->epoch);
    enc_put_known(encoder, "train_loss", loss->train);
    enc_put_known(encoder, "validation_loss", loss->validation);
    enc_object_end(encoder);
    end(sink);
}

void codec_event_end(EventSink *sink, const Job *job)
{
    sink->at.transitions++;
    begin(sink, "end");
    codec_job_encode(job, &sink->encoder);
    end(sink);
}
