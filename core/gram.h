/* J^T J, where J is the Jacobian of all outputs of a network on all rows of its data: the work of a
 * second-order step that grows with the rows. It goes on by pieces, each shared by a team. J itself
 * is never in memory, but the factors of up to GRAM_ROWS rows of it are. Each number sums its
 * products in the order of the rows (of all first outputs of a chunk of so many rows, then of all
 * second ones), whoever helps.
 */
#ifndef CORE_GRAM_H
#define CORE_GRAM_H

#include "core/mat.h"
#include "core/net.h"
#include "core/team.h"

#define GRAM_ROWS 2048     /* a chunk */
#define GRAM_SCRATCH 11520 /* numbers, a worker */

typedef struct Gram Gram;

/* For networks of this shape, on a team, which is borrowed; NULL is the caller's thread alone.
 * NULL where there is no memory. */
Gram *gram_new(const Net *shape, const Team *team) MUST_USE;
void gram_free(Gram *gram);

/* Takes up a network and the inputs x, which have to stay as they are until the last piece. */
void gram_begin(Gram *gram, const Net *net, MatIn x);

/* Adds the next piece to the lower triangle of sum; what is above it is scratch. The number of
 * products that this took; 0 where all pieces were done. */
real gram_add(Gram *gram, Mat sum) MUST_USE;

#endif
