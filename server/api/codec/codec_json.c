/* The skeleton of a body goes through jansson; its positions become those of the whole body. */
#include "api/codec/codec_json.h"

#include <stdio.h>

json_t *codec_json_body(const Request *request, Problem *problem)
{
    size_t offset = 0, line, column;
    const Text *skeleton = json_ingest_skeleton(request->body->json);
    Problem syntax;
    problem_clear(&syntax);
    json_t *json = spec_parse(skeleton->bytes, skeleton->length, &offset, &syntax);
    if (!json && syntax.status == STATUS_MALFORMED) {
        json_ingest_position(request->body->json, offset, &line, &column);
        problem_set(problem, STATUS_MALFORMED, "the JSON breaks at line %zu, column %zu: %.200s",
                    line, column, syntax.detail);
    } else if (!json) {
        *problem = syntax;
    } else if (!json_is_object(json)) {
        json_decref(json);
        json = NULL;
        problem_add(problem, "#", "must be an object");
    }
    return json;
}
