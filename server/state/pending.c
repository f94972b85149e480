/* A list: there are no more keys under way than there are connections. The mutex guards it. */
#include "state/pending.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Key {
    struct Key *next;
    char text[];
} Key;

struct Pending {
    pthread_mutex_t mutex;
    Key *first;
};

Pending *pending_new(void)
{
    Pending *pending = calloc(1, sizeof *pending);
    if (pending)
        pthread_mutex_init(&pending->mutex, NULL);
    return pending;
}

void pending_free(Pending *pending)
{
    if (!pending)
        return;
    while (pending->first) {
        Key *key = pending->first;
        pending->first = key->next;
        free(key);
    }
    pthread_mutex_destroy(&pending->mutex);
    free(pending);
}

/* Where the key hangs, or would. With the mutex held. */
static Key **place_of(Pending *pending, const char *text)
{
    Key **at = &pending->first;
    while (*at && strcmp((*at)->text, text) != 0)
        at = &(*at)->next;
    return at;
}

Status pending_begin(Pending *pending, const char *text)
{
    size_t size = strlen(text) + 1;
    Key *key = calloc(1, sizeof *key + size);
    if (!key)
        return STATUS_NO_MEMORY;
    memcpy(key->text, text, size);
    pthread_mutex_lock(&pending->mutex);
    Key **at = place_of(pending, text);
    bool taken = *at != NULL;
    if (!taken)
        *at = key;
    pthread_mutex_unlock(&pending->mutex);
    if (taken)
        free(key);
    return taken ? STATUS_CONFLICT : STATUS_OK;
}

void pending_end(Pending *pending, const char *text)
{
    pthread_mutex_lock(&pending->mutex);
    Key **at = place_of(pending, text);
    Key *key = *at;
    if (key)
        *at = key->next;
    pthread_mutex_unlock(&pending->mutex);
    free(key);
}
