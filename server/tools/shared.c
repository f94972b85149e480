/* Whoever drops sees all that other holders did before, hence the acquire and release. */
#include "tools/shared.h"

#include <stdlib.h>
#include <string.h>

Shared *shared_new(const char *bytes, size_t n)
{
    Shared *shared = malloc(sizeof *shared + n);
    if (!shared)
        return NULL;
    atomic_init(&shared->holders, 1);
    shared->length = n;
    memcpy(shared->bytes, bytes, n);
    return shared;
}

Shared *shared_hold(Shared *shared)
{
    if (shared)
        atomic_fetch_add_explicit(&shared->holders, 1, memory_order_relaxed);
    return shared;
}

void shared_drop(Shared *shared)
{
    if (shared && atomic_fetch_sub_explicit(&shared->holders, 1, memory_order_acq_rel) == 1)
        free(shared);
}
