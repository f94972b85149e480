/* Handlers of /v1/models.
 */
#ifndef API_API_MODEL_H
#define API_API_MODEL_H

#include "api/route.h"

Handler api_model_list;
Handler api_model_get;
Handler api_model_delete;
Handler api_model_weights;
Handler api_model_predict;

#endif
