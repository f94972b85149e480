/* Handlers of /v1/datasets. Each decodes, makes one call to the store, and encodes.
 */
#ifndef API_API_DATASET_H
#define API_API_DATASET_H

#include "api/route.h"

Handler api_dataset_create;
Handler api_dataset_list;
Handler api_dataset_get;
Handler api_dataset_delete;
Handler api_dataset_rows;

#endif
