/* A ring of parts, looked through from one end to the other: there are few, and what a part saves
 * is far more. */
#include "state/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 32 /* of some 100 KiB at most */

typedef struct FeedEntry {
    FeedKey key;
    FeedPart part;
} FeedEntry;

struct Feed {
    pthread_mutex_t mutex;
    size_t next; /* to be replaced */
    FeedEntry entry[PARTS];
};

Feed *feed_new(void)
{
    Feed *feed = calloc(1, sizeof *feed);
    if (feed)
        pthread_mutex_init(&feed->mutex, NULL);
    return feed;
}

void feed_free(Feed *feed)
{
    if (!feed)
        return;
    for (size_t i = 0; i < PARTS; i++)
        shared_drop(feed->entry[i].part.text);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

static bool same(const FeedKey *a, const FeedKey *b)
{
    return a->from.epoch == b->from.epoch && a->from.run == b->from.run &&
           a->from.transitions == b->from.transitions && a->form == b->form &&
           strcmp(a->job, b->job) == 0;
}

bool feed_find(Feed *feed, const FeedKey *key, FeedPart *part)
{
    bool found = false;
    pthread_mutex_lock(&feed->mutex);
    for (size_t i = 0; i < PARTS && !found; i++) {
        const FeedEntry *entry = &feed->entry[i];
        if (!entry->part.text || !same(&entry->key, key))
            continue;
        *part = entry->part;
        shared_hold(part->text);
        found = true;
    }
    pthread_mutex_unlock(&feed->mutex);
    return found;
}

void feed_keep(Feed *feed, const FeedKey *key, const FeedPart *part)
{
    pthread_mutex_lock(&feed->mutex);
    FeedEntry *entry = &feed->entry[feed->next];
    Shared *old = entry->part.text;
    *entry = (FeedEntry){*key, *part};
    shared_hold(part->text);
    feed->next = (feed->next + 1) % PARTS;
    pthread_mutex_unlock(&feed->mutex);
    shared_drop(old);
}
