/* DIR/ballast: a file of zeros that keeps some of the disk for the daemon itself. On a full disk
 * even deleting needs room; the ballast gives that, and is made again as soon as there is more.
 *
 * Thread rule: one thread at a time.
 */
#ifndef STORE_DB_BALLAST_H
#define STORE_DB_BALLAST_H

#include <stdbool.h>

#include "tools/status.h"

#define BALLAST_SIZE (8LL << 20) /* on a small disk less */

typedef struct Ballast Ballast;

/* The ballast of a directory, whose lock the caller holds; nothing is made yet. NULL where there is
 * no memory. */
Ballast *ballast_new(const char *dir) MUST_USE;

/* Frees the ballast; its file stays. */
void ballast_free(Ballast *ballast);

/* Makes the file as large as it is to be, where the disk has room enough; else leaves it. What it
 * is to be is a third of what is free, and BALLAST_SIZE at most. */
void ballast_fill(Ballast *ballast);

/* Gives its room back to the disk; false where it had none. */
bool ballast_drop(Ballast *ballast);

/* After ballast_drop: takes again what is left of what it gave. */
void ballast_retake(Ballast *ballast);

#endif
