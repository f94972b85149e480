/* The network's thread and the crew have the exchange in turn, so nothing is locked. */
#include "http/sender.h"

#include <string.h>

#include "tools/clock.h"

#define SILENCE_SECONDS 15

size_t sender_take(Exchange *exchange, char *bytes, size_t n)
{
    Sending *sending = &exchange->sending;
    size_t left = sending->part ? sending->part->length - sending->taken : 0;
    size_t count = n < left ? n : left;
    if (count > 0)
        memcpy(bytes, sending->part->bytes + sending->taken, count);
    sending->taken += count;
    exchange->reply.length += count;
    return count;
}

bool sender_is_over(const Exchange *exchange)
{
    return exchange->sending.over;
}

bool sender_is_broken(const Exchange *exchange)
{
    return exchange->sending.broken;
}

/* What is sent so that the other end, and all between, know that this one is still there. */
static Shared *break_silence(const Exchange *exchange, double now)
{
    const char *silence = exchange->reply.stream->silence;
    bool long_enough = now >= exchange->sending.spoke + SILENCE_SECONDS;
    return silence && long_enough ? shared_new(silence, strlen(silence)) : NULL;
}

bool sender_fill(Exchange *exchange, Services *services)
{
    Sending *sending = &exchange->sending;
    Stream *stream = exchange->reply.stream;
    double now = clock_seconds();
    shared_drop(sending->part);
    sending->part = NULL;
    sending->taken = 0;
    if (sending->over)
        return true;
    if (sending->spoke == 0)
        sending->spoke = now;
    const StreamStep step = stream->next(stream, services, &sending->part);
    sending->over = step == STREAM_END || step == STREAM_BREAK;
    sending->broken = step == STREAM_BREAK;
    if (!sending->part && !sending->over)
        sending->part = break_silence(exchange, now);
    if (sending->part)
        sending->spoke = now;
    sending->due = now + stream->poll;
    return sending->part || sending->over;
}

void sender_end(Exchange *exchange)
{
    exchange->sending.over = true;
    exchange->sending.broken = exchange->reply.stream->whole;
}
