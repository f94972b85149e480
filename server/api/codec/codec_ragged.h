/* Rows that differ in length, once it is known how long each has to be. The reader of a
 * body does not know that, and holds them against the first.
 */
#ifndef CODEC_CODEC_RAGGED_H
#define CODEC_CODEC_RAGGED_H

#include "ingest/number.h"
#include "tools/problem.h"

typedef struct Ragged {
    const NumberArray *rows;
    const char *place; /* of the rows: "#/instances" */
    size_t cols;       /* numbers that each has to have */
    Problem *problem;
} Ragged;

/* Says of the rows [from, to), of `cols` numbers each, what is wrong with them. */
typedef void RaggedBlame(const Ragged *ragged, const void *arg, size_t from, size_t to,
                         size_t cols);

/* Takes back what the reader said of the lengths of the rows, and has those blamed that are
 * of another length than they have to be, in their order. */
void codec_ragged_hold(const Ragged *ragged, RaggedBlame *blame, const void *arg);

#endif
