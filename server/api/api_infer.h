/* Handlers of the Open Inference Protocol, version 2 (/v2), which Triton, KServe and MLServer speak
 * too, with Triton's extension for binary tensors.
 */
#ifndef API_API_INFER_H
#define API_API_INFER_H

#include "api/route.h"

Handler api_infer_server;
Handler api_infer_live;
Handler api_infer_ready;
Handler api_infer_list;
Handler api_infer_model;
Handler api_infer_model_ready;
Handler api_infer;

#endif
