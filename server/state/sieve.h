/* Lets of a long history through what a picture of it needs, row by row, so that a history is
 * thinned without being held.
 */
#ifndef STATE_SIEVE_H
#define STATE_SIEVE_H

#include <stddef.h>

#include "state/loss.h"

/* How many rows a run has in a history. */
typedef struct RunLength {
    int64_t run;
    size_t rows; /* at least 1 */
} RunLength;

/* A row that may be kept, and where it stands in its run. */
typedef struct SieveRow {
    size_t at;
    Loss loss;
} SieveRow;

#define SIEVE_KEPT 4 /* the lowest and the highest of both series */

typedef struct Sieve {
    const RunLength *run;         /* of the row to come; borrowed */
    size_t rows;                  /* of all runs */
    size_t points;                /* that are let through, at most */
    size_t shared;                /* of them by length, beyond two for each run */
    size_t at;                    /* of the row to come, in its run */
    size_t stretches;             /* equal parts of the run between its first row and its last */
    size_t stretch;               /* the one it is in */
    size_t begin, end;            /* of that one */
    SieveRow extreme[SIEVE_KEPT]; /* of its rows so far */
} Sieve;

/* For rows of `count` runs, to come by run and epoch. At most `points` (>= 2) are let through, or
 * two a run where that is more. Each run has its share of them: its first, its last, and of equal
 * stretches between them the lowest and the highest, so that no peak is lost. */
Sieve sieve_new(const RunLength *runs, size_t count, size_t points);

/* Takes the next row, as many as the runs have in all; sets kept[] to the rows that come through
 * now and returns how many those are. */
size_t sieve_take(Sieve *sieve, const Loss *loss, Loss kept[SIEVE_KEPT]);

#endif
