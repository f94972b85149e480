/* Columns that are products of two factors, as those of a Jacobian are: column (k, c) has in row
 * i the number x(i, k) y(i, c). There are many more of them than factors, so they are made by a few
 * at a time. A column has a place besides, which is the user's to add to: of a matrix whose entries
 * belong to one column each of two Outers, an entry lies at the sum of their places.
 */
#ifndef CORE_OUTER_H
#define CORE_OUTER_H

#include "core/mat.h"

/* Numbers behind each factor's last one, and each row of products, that may be read or written. */
#define OUTER_SLACK 8

/* Columns go by k, then by c. */
typedef struct Outer {
    MatIn x, y;               /* (rows, factors), borrowed */
    int pairs;                /* y is x, and columns are those with c <= k */
    size_t first, by_k, by_c; /* column (k, c) belongs to place first + k by_k + c by_c */
    int mirrored;             /* and to the place of (c, k) too */
} Outer;

/* One of the columns. */
typedef struct OuterColumn {
    size_t k, c;
    size_t place, mirror; /* the same where it is not mirrored */
} OuterColumn;

size_t outer_count(const Outer *outer);

/* Columns [from, from + n), n >= 1. */
void outer_columns(const Outer *outer, size_t from, size_t n, OuterColumn *column);

/* into(n, cols) = rows [from, from + n) of these columns. */
void outer_fill(const Outer *outer, const OuterColumn *column, size_t from, Mat into);

#endif
