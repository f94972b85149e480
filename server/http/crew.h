/* The threads that run what may block, so that the threads of the network never wait; and the place
 * where requests are parked, without a thread, until something happens.
 */
#ifndef HTTP_CREW_H
#define HTTP_CREW_H

#include <stddef.h>

#include "tools/status.h"

typedef struct Crew Crew;

/* The first member of what is run. */
typedef struct CrewItem {
    struct CrewItem *next;
    double due; /* clock_seconds; while it is parked */
} CrewItem;

/* work(item) is called on one of the threads, and must post, park or let go of the item. NULL where
 * there is no memory or no thread. */
Crew *crew_new(size_t threads, void (*work)(CrewItem *item)) MUST_USE;

/* To be run as soon as a thread is free; or at clock_seconds `due`, or when crew_wake is called. */
void crew_post(Crew *crew, CrewItem *item);
void crew_park(Crew *crew, CrewItem *item, double due);

/* Runs all that is parked. */
void crew_wake(Crew *crew);

/* Runs what is left, waits for the threads, and frees. */
void crew_free(Crew *crew);

#endif
