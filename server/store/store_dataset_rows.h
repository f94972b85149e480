/* How the rows of a dataset lie in chunks: whole rows, as many as fit BYTES_CHUNK, at least one.
 */
#ifndef STORE_STORE_DATASET_ROWS_H
#define STORE_STORE_DATASET_ROWS_H

#include "state/dataset.h"
#include "store/db/bytes.h"

/* columns >= 1 */
size_t dataset_rows_per_chunk(size_t columns);

/* Reads rows [offset, offset + rows) of a described dataset into dataset->data; they have to be
 * there. rows >= 1. */
typedef struct RowRange {
    size_t offset, rows;
} RowRange;
Status dataset_rows_read(Db *db, int64_t blob, RowRange range, Dataset *dataset) MUST_USE;

#endif
