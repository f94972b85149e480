/* Blocks of memory for what every request needs and is large: each thread keeps the last ones for
 * its next request, where the allocator, which keeps only small ones so, takes long.
 */
#ifndef TOOLS_SPARE_H
#define TOOLS_SPARE_H

#include <stddef.h>

#include "tools/status.h"

/* Not cleared; NULL where there is no memory. */
void *spare_alloc(size_t size) MUST_USE;

/* A block of that size, by any thread. NULL is taken. */
void spare_free(void *block, size_t size);

#endif
