/* The batches of an epoch: which rows each update sees.
 */
#ifndef CORE_BATCHES_H
#define CORE_BATCHES_H

#include "core/data.h"
#include "core/tape.h"

typedef struct Batches {
    Data rows;     /* a view of all of them */
    size_t size;   /* rows a batch; the last may be shorter */
    size_t from;   /* rows of this epoch that updates have seen */
    size_t *order; /* owned; (rows.rows), where rows are shuffled; else NULL */
    Data *copy;    /* owned; (size) rows of a shuffled batch; else NULL */
} Batches;

/* Batches of `size` rows; 0, or more than there are, is one batch of all, and nothing is shuffled
 * then. OUTCOME_NO_MEMORY; what there is is to be freed in any case. */
Outcome batches_new(Batches *batches, const Data *rows, size_t size, int shuffle) MUST_USE;
void batches_free(Batches *batches);

/* Whether all rows are one batch. */
int batches_are_whole(const Batches *batches);

/* An epoch begins; a shuffled one in a new order, which shuffles that of the epoch before. */
void batches_begin(Batches *batches, Rng *rng);

/* Whether updates are left in this epoch; the next batch, a view until the call after; and that its
 * update has been made. */
int batches_left(const Batches *batches);
Data batches_next(Batches *batches);
void batches_done(Batches *batches);

void batches_tape(Batches *batches, Tape *tape);

#endif
