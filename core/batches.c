/* The batches of an epoch. Batches in order are views; of shuffled ones the rows are copied
 * together when their turn comes. A Batches owns the order and that copy, and borrows the rows.
 */
#include "core/batches.h"

#include <stdlib.h>
#include <string.h>

Outcome batches_new(Batches *b, const Data *rows, size_t size, int shuffle)
{
    const int whole = size == 0 || size >= rows->rows;
    *b = (Batches){.rows = *rows, .size = whole ? rows->rows : size};
    if (whole || !shuffle) {
        return OUTCOME_OK;
    }
    b->copy = data_new(size, rows->inputs, rows->outputs);
    b->order = calloc(rows->rows, sizeof(size_t));
    if (b->copy == NULL || b->order == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < rows->rows; i++) {
        b->order[i] = i;
    }
    return OUTCOME_OK;
}

void batches_free(Batches *b)
{
    data_free(b->copy);
    free(b->order);
}

int batches_are_whole(const Batches *b)
{
    return b->size == b->rows.rows;
}

void batches_begin(Batches *b, Rng *rng)
{
    b->from = 0;
    if (b->order != NULL) {
        rng_shuffle(rng, b->rows.rows, b->order);
    }
}

int batches_left(const Batches *b)
{
    return b->from < b->rows.rows;
}

/* How many rows the next batch has. */
static size_t next_rows(const Batches *b)
{
    const size_t left = b->rows.rows - b->from;
    return left < b->size ? left : b->size;
}

Data batches_next(Batches *b)
{
    const size_t rows = next_rows(b), columns = b->rows.inputs + b->rows.outputs;
    if (b->order == NULL) {
        return data_slice(&b->rows, b->from, rows);
    }
    for (size_t i = 0; i < rows; i++) {
        memcpy(b->copy->v + i * columns, b->rows.v + b->order[b->from + i] * columns,
               columns * sizeof(real));
    }
    return data_slice(b->copy, 0, rows);
}

void batches_done(Batches *b)
{
    b->from += next_rows(b);
}

void batches_tape(Batches *b, Tape *tape)
{
    tape_size(tape, &b->from);
    tape_check(tape,
               b->from <= b->rows.rows && (b->from % b->size == 0 || b->from == b->rows.rows));
    for (size_t i = 0; b->order != NULL && i < b->rows.rows; i++) {
        tape_size(tape, &b->order[i]);
        tape_check(tape, b->order[i] < b->rows.rows);
    }
}
