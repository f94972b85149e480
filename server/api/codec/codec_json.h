/* What all codecs of JSON bodies share.
 */
#ifndef API_CODEC_JSON_H
#define API_CODEC_JSON_H

#include "api/request.h"
#include "tools/spec.h"

/* The request's JSON body (beside the arrays taken from it) as an object, to be released with
 * json_decref. On failure returns NULL and sets problem, with line and column. */
json_t *codec_json_body(const Request *request, Problem *problem) MUST_USE;

#endif
