/* The Idempotency-Keys whose first request is under way: a second one of the same key is not begun.
 *
 * Thread rule: every function may be called from any thread.
 */
#ifndef STATE_PENDING_H
#define STATE_PENDING_H

#include "tools/status.h"

typedef struct Pending Pending;

/* NULL where there is no memory. */
Pending *pending_new(void) MUST_USE;
void pending_free(Pending *pending);

/* A request of that key begins, until pending_end. STATUS_CONFLICT where one is under way;
 * STATUS_NO_MEMORY. */
Status pending_begin(Pending *pending, const char *key) MUST_USE;
void pending_end(Pending *pending, const char *key);

#endif
