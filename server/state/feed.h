/* The parts of jobs' event streams that were made last: all who listen to a job share them, so that
 * a hundred listeners cost little more than one.
 *
 * Thread rule: every function may be called from any thread.
 */
#ifndef STATE_FEED_H
#define STATE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/id.h"
#include "tools/shared.h"

/* How far a listener has come: so many transitions of the job, and this row of its history. Zeros
 * are the beginning; the id of an event is what stands here behind it. */
typedef struct FeedAt {
    int64_t transitions;
    int64_t run, epoch;
} FeedAt;

/* What a part is of. */
typedef struct FeedKey {
    char job[ID_SIZE];
    int form; /* how its events are written; the feed compares it only */
    FeedAt from;
} FeedKey;

typedef struct FeedPart {
    Shared *text; /* one hold is the caller's; NULL where nothing is new */
    FeedAt to;
    bool last; /* nothing follows, ever */
} FeedPart;

typedef struct Feed Feed;

/* NULL where there is no memory. */
Feed *feed_new(void) MUST_USE;
void feed_free(Feed *feed);

/* Whether the part is still there. */
bool feed_find(Feed *feed, const FeedKey *key, FeedPart *part);

/* Keeps a part, in the place of the oldest. The caller's hold stays the caller's. */
void feed_keep(Feed *feed, const FeedKey *key, const FeedPart *part);

#endif
