/* Bytes that several hold at once; they do not change, and go when the last one lets go.
 */
#ifndef TOOLS_SHARED_H
#define TOOLS_SHARED_H

#include <stdatomic.h>

#include "tools/text.h"

typedef struct Shared {
    atomic_size_t holders;
    size_t length;
    char bytes[];
} Shared;

/* A copy of n bytes with one holder; NULL where there is no memory. */
Shared *shared_new(const char *bytes, size_t n) MUST_USE;

/* One holder more; one less. NULL is taken. */
Shared *shared_hold(Shared *shared);
void shared_drop(Shared *shared);

#endif
