/* Datasets in the store. Errors beside those of store.h are named at each function.
 */
#ifndef STORE_STORE_DATASET_H
#define STORE_STORE_DATASET_H

#include "store/store.h"
#include "store/store_once.h"

/* Keeps a described dataset with its rows; fills its id and created_at. */
Status store_dataset_add(Store *store, Dataset *dataset) MUST_USE;

/* The same, remembered in the same transaction by the key. STATUS_CONFLICT: a request of that key
 * was faster. */
Status store_dataset_add_once(Store *store, Dataset *dataset, const StoreKey *key) MUST_USE;

/* The description, without rows. STATUS_NOT_FOUND. */
Status store_dataset_get(Store *store, const char *id, Dataset **dataset) MUST_USE;

/* The description and all rows; checksums are verified. STATUS_NOT_FOUND. */
Status store_dataset_load(Store *store, const char *id, Dataset **dataset) MUST_USE;

/* Rows [offset, offset + limit) as a dataset whose data holds just them, as many as there are
 * (data is NULL where there are none); dataset->rows stays the whole. STATUS_NOT_FOUND. */
Status store_dataset_rows(Store *store, const char *id, size_t offset, size_t limit,
                          Dataset **dataset) MUST_USE;

/* The page's descriptions, as an array of *count pointers to be freed with store_datasets_free.
 * *more says whether older ones follow. */
Status store_dataset_list(Store *store, StorePage page, Dataset ***datasets, size_t *count,
                          bool *more) MUST_USE;
void store_datasets_free(Dataset **datasets, size_t count);

/* STATUS_NOT_FOUND; STATUS_CONFLICT while a job that has not ended needs it. */
Status store_dataset_delete(Store *store, const char *id) MUST_USE;

#endif
