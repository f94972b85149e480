/* Lines for a file descriptor, written by a thread of their own, so that who has something to say
 * never waits for who reads it.
 */
#ifndef TOOLS_SPOOL_H
#define TOOLS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

typedef struct Spool Spool;

/* Before fd, which is borrowed, with room for so many bytes that are not written yet. NULL where
 * there is no memory or no thread. */
Spool *spool_new(int fd, size_t room) MUST_USE;

/* Takes n bytes whole, or, where there is no room, nothing: false. They are written within some
 * milliseconds; urgent: at once. By any thread. */
bool spool_add(Spool *spool, const char *bytes, size_t n, bool urgent);

/* Whether the half of its room is free. */
bool spool_has_room(Spool *spool);

/* Waits until all is written, for so many seconds at most; whether it is. */
bool spool_flush(Spool *spool, double seconds);

/* Flushes it and frees it; where nobody reads for so many seconds it is left as it is. NULL is
 * nothing. */
void spool_free(Spool *spool, double seconds);

#endif
