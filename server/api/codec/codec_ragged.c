/* The reader keeps the first of the odd rows; of the others it is only known whether all
 * odd ones are of one length. */
#include "api/codec/codec_ragged.h"

#include <stdio.h>

static void take_back(const Ragged *ragged, size_t kept)
{
    const NumberArray *rows = ragged->rows;
    bool right = rows->ragged_alike && rows->ragged[0].cols == ragged->cols;
    size_t said = right ? rows->ragged_rows : kept, taken = 0;
    char at[PROBLEM_POINTER];
    for (size_t i = 0; i < kept; i++) {
        snprintf(at, sizeof at, "%.100s/%zu", ragged->place, rows->ragged[i].row);
        taken += problem_take_back(ragged->problem, at);
    }
    size_t unseen = said > taken ? said - taken : 0, *dropped = &ragged->problem->dropped;
    *dropped -= unseen < *dropped ? unseen : *dropped;
}

void codec_ragged_hold(const Ragged *ragged, RaggedBlame *blame, const void *arg)
{
    const NumberArray *rows = ragged->rows;
    size_t odd = rows->ragged_rows, kept = odd < RAGGED_ROWS ? odd : RAGGED_ROWS, from = 0;
    take_back(ragged, kept);
    for (size_t i = 0; i < kept; i++) {
        const RaggedRow *row = &rows->ragged[i];
        if (rows->cols != ragged->cols)
            blame(ragged, arg, from, row->row, rows->cols);
        if (row->cols != ragged->cols)
            blame(ragged, arg, row->row, row->row + 1, row->cols);
        from = row->row + 1;
    }
    if (odd == kept && rows->cols != ragged->cols)
        blame(ragged, arg, from, rows->rows, rows->cols);
}
