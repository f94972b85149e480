/* Loss and gradient of many rows: in chunks whose size is fixed, which a team shares, and whose
 * sums are added in the order of the chunks. So the bits depend on the rows alone, not on the team.
 *
 * Memory: a Pass a worker that can have a chunk; and for more rows than a chunk, as many partial
 * gradients as there are workers, or a few more where these are small.
 */
#ifndef CORE_SWEEP_H
#define CORE_SWEEP_H

#include "core/pass.h"
#include "core/progress.h"
#include "core/team.h"

/* Rows of a chunk, fewer for a large network; sums of chunks are part of what the bits of a loss
 * depend on. */
#define SWEEP_CHUNK_ROWS 1024
enum {
    SWEEP_CHUNK_ROWS_LEAST = 32,    /* where a chunk takes about a second at worst: */
    SWEEP_CHUNK_PRODUCTS = 1 << 26, /* so many rows times parameters, as far as these allow */
    SWEEP_CHUNKS_A_WORKER = 4,      /* in a wave, so that workers seldom wait for each other, */
    SWEEP_PARTIAL_NUMBERS = 1 << 19 /* as long as their partial gradients take no more than this */
};

typedef struct Sweep Sweep;

/* How far a sweep over rows has come. Before: all 0 but gradient and hooks. */
typedef struct SweepTotal {
    size_t rows;    /* done */
    real squares;   /* the sum over these rows and all outputs of (y_hat - y)^2 */
    real *gradient; /* that of weight times squares, as in pass_gradient; NULL: not wanted */
    const TrainHooks *hooks; /* whose poll is asked between chunks; NULL: nobody is */
} SweepTotal;

/* For networks of this shape and up to so many rows, on a team, which is borrowed; NULL is the
 * caller's thread alone. NULL where there is no memory. */
Sweep *sweep_new(const Net *shape, size_t rows, const Team *team) MUST_USE;
void sweep_free(Sweep *sweep);

/* Goes on over the rows of data from where total says, by a few chunks a worker; done when
 * total->rows is data->rows. What the gradient holds before the first rows does not matter. Where
 * the poll says anything but TRAIN_GOES_ON, that is returned, and total is as it was. */
TrainEnd sweep_some(Sweep *sweep, const Net *net, const Data *data, real weight, SweepTotal *total);

#endif
