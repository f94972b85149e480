/* Columns that are products of two factors. Owns nothing. */
#include "core/outer.h"

enum { LANES = OUTER_SLACK };

size_t outer_count(const Outer *outer)
{
    const size_t k = outer->x.cols;
    return outer->pairs ? k * (k + 1) / 2 : k * outer->y.cols;
}

static size_t count_of(const Outer *outer, size_t k)
{
    return outer->pairs ? k + 1 : outer->y.cols;
}

static OuterColumn column_of(const Outer *outer, size_t k, size_t c)
{
    const size_t place = outer->first + k * outer->by_k + c * outer->by_c;
    const size_t mirror = outer->first + c * outer->by_k + k * outer->by_c;
    return (OuterColumn){k, c, place, outer->mirrored ? mirror : place};
}

void outer_columns(const Outer *outer, size_t from, size_t n, OuterColumn *column)
{
    size_t k = 0, c = from;
    for (; c >= count_of(outer, k); k++) {
        c -= count_of(outer, k);
    }
    for (size_t j = 0; j < n; j++) {
        column[j] = column_of(outer, k, c);
        c++;
        if (c == count_of(outer, k)) {
            k++;
            c = 0;
        }
    }
}

/* Columns of one k, whose y follow each other, in whole vectors: what these write beyond the last
 * of them is overwritten by the next run, or not read. */
static void fill_run(const Outer *outer, const OuterColumn *column, size_t from, Mat into)
{
    const real *x = outer->x.v + from * outer->x.stride + column->k;
    const real *y = outer->y.v + from * outer->y.stride + column->c;
    for (size_t i = 0; i < into.rows; i++) {
        const real factor = x[i * outer->x.stride];
        const real *restrict other = y + i * outer->y.stride;
        real *restrict row = into.v + i * into.stride;
        for (size_t j = 0; j < into.cols; j += LANES) {
            for (size_t lane = 0; lane < LANES; lane++) {
                row[j + lane] = factor * other[j + lane];
            }
        }
    }
}

void outer_fill(const Outer *outer, const OuterColumn *column, size_t from, Mat into)
{
    for (size_t j = 0, end; j < into.cols; j = end) {
        for (end = j + 1; end < into.cols && column[end].k == column[j].k; end++) {
        }
        fill_run(outer, column + j, from, (Mat){into.v + j, into.rows, end - j, into.stride});
    }
}
