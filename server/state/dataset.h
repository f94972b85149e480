/* A dataset: named columns, their statistics, and the rows. Immutable once stored.
 */
#ifndef STATE_DATASET_H
#define STATE_DATASET_H

#include <stdbool.h>

#include "core/data.h"
#include "tools/digest.h"
#include "tools/id.h"

#define DATASET_NAME 201 /* bytes of a dataset's name, the final 0 counted */
#define COLUMN_NAME 201  /* of a column's */

typedef struct Column {
    char *name;
    double min, max;
    double mean, std; /* population standard deviation */
} Column;

typedef struct Dataset {
    char id[ID_SIZE];
    char name[DATASET_NAME]; /* "" where it has none */
    size_t rows;
    size_t features, targets;
    Column *column;           /* (features + targets): features first; owned */
    char digest[DIGEST_SIZE]; /* SHA-256 of names, shape and numbers; see dataset_describe */
    int64_t created_at;       /* ms since 1970 */
    Data *data;               /* owned; NULL where only the description was read */
} Dataset;

/* Without columns or rows yet; NULL where there is no memory. */
Dataset *dataset_new(void) MUST_USE;
void dataset_free(Dataset *dataset);

/* Makes columns named x1, x2, ... and y1, ... (just y where there is one target), and takes the
 * data. Owns data from here on, also where it fails. STATUS_NO_MEMORY. */
Status dataset_set_data_take(Dataset *dataset, Data *data) MUST_USE;

/* Replaces the name of column i (features first). STATUS_NO_MEMORY. */
Status dataset_rename_column(Dataset *dataset, size_t i, const char *name) MUST_USE;

/* Whether the features among these columns (features + targets), or the targets, were given names,
 * other than those that dataset_set_data_take makes. */
bool columns_named(const Column *column, size_t features, size_t targets, bool of_targets);

/* Fills the statistics and the digest from the data. The digest is that of, one after the other:
 * "features" and "targets" as 8-byte little-endian counts, each column's name with its final 0, and
 * each row's numbers (features, then targets) as little-endian binary64. STATUS_NO_MEMORY. */
Status dataset_describe(Dataset *dataset) MUST_USE;

/* Bytes of its numbers. */
size_t dataset_bytes(const Dataset *dataset);

/* n numbers as little-endian binary64, 8 bytes each, as they are digested and stored; and back. */
void dataset_to_bytes(const double *numbers, size_t n, unsigned char *bytes);
void dataset_from_bytes(const unsigned char *bytes, size_t n, double *numbers);

#endif
