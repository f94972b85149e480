/* A thread has a few places, each of them for blocks of the size that it was first used for. They
 * are emptied when the thread ends. Under a sanitizer nothing is kept, so that it sees who uses a
 * block after its end. */
#include "tools/spare.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define PLACES 4 /* sizes that a thread keeps blocks of */

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ /* gcc */
#define KEEPS false
#elif defined __clang__
#define KEEPS (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer))
#else
#define KEEPS true
#endif

typedef struct Place {
    size_t size; /* 0: not used yet */
    void *block; /* owned; NULL while it is in use */
} Place;

static _Thread_local Place places[PLACES];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end; /* its value, in each thread that keeps blocks, is places */
static bool keeps;           /* written once */

static void empty(void *of_thread)
{
    Place *place = of_thread;
    for (size_t i = 0; i < PLACES; i++)
        free(place[i].block);
}

static void begin(void)
{
    keeps = KEEPS && pthread_key_create(&at_end, empty) == 0;
}

/* The thread's place for a size; NULL where all are used for others. */
static Place *place_of(size_t size)
{
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].size == size || places[i].size == 0)
            return &places[i];
    return NULL;
}

void *spare_alloc(size_t size)
{
    Place *place = place_of(size);
    void *block = place ? place->block : NULL;
    if (!block)
        return malloc(size);
    place->block = NULL;
    return block;
}

/* Makes a place ready to keep blocks of a size. */
static bool open(Place *place, size_t size)
{
    if (place->size == size)
        return true;
    pthread_once(&once, begin);
    if (!keeps || pthread_setspecific(at_end, places) != 0)
        return false;
    place->size = size;
    return true;
}

void spare_free(void *block, size_t size)
{
    Place *place = block ? place_of(size) : NULL;
    if (place && !place->block && open(place, size))
        place->block = block;
    else
        free(block);
}
