/* The reader of a body holds the rows of an array against the first of them. What goes into a layer
 * is known from the features and the layer before, so here each row is held against that: where the
 * first is the odd one, the others are not to blame. */
#include <stdio.h>

#include "api/codec/codec_import.h"
#include "api/codec/codec_ragged.h"
#include "api/request.h"

#define LAYERS_LOOKED_AT 512 /* of all members: more cannot be right */

/* reason: why a row of weights has to have so many values, "there are 8 features". */
static void blame(const Ragged *ragged, const void *reason, size_t from, size_t to, size_t cols)
{
    char at[PROBLEM_POINTER];
    for (size_t row = from; row < to; row++) {
        snprintf(at, sizeof at, "%.100s/%zu", ragged->place, row);
        problem_add(ragged->problem, at, "has %zu value%s, but %s", cols, cols == 1 ? "" : "s",
                    (const char *)reason);
    }
}

/* The array of rows that is the weights of a layer; NULL where it is none. */
static NumberArray *weights_of(Body *body, size_t m, size_t l, char place[PROBLEM_POINTER])
{
    snprintf(place, PROBLEM_POINTER, "#/members/%zu/layers/%zu/weights", m, l);
    NumberArray *array = json_ingest_array(body->json, place + 1);
    return array && !array->flat ? array : NULL;
}

static void hold_layers(size_t m, size_t depth, size_t features, Body *body, Problem *problem)
{
    char place[PROBLEM_POINTER], reason[64];
    size_t inputs = features;
    for (size_t l = 0; l < depth; l++) {
        NumberArray *array = weights_of(body, m, l, place);
        const char *plural = inputs == 1 ? "" : "s";
        if (l > 0)
            snprintf(reason, sizeof reason, "the layer before has %zu unit%s", inputs, plural);
        else
            snprintf(reason, sizeof reason, "there %s %zu feature%s", inputs == 1 ? "is" : "are",
                     inputs, plural);
        if (array && array->ragged_rows > 0 && inputs > 0) {
            codec_ragged_hold(&(Ragged){array, place, inputs, problem}, blame, reason);
            array->cols = inputs; /* so that the whole is not blamed for a row */
        }
        inputs = array ? array->rows : 0;
    }
}

void codec_import_rows(const json_t *json, Body *body, Problem *problem)
{
    const json_t *members = json_object_get(json, "members");
    size_t features = json_array_size(json_object_get(json, "features"));
    size_t looked = 0;
    for (size_t m = 0; m < json_array_size(members) && looked <= LAYERS_LOOKED_AT; m++) {
        const json_t *layers = json_object_get(json_array_get(members, m), "layers");
        size_t depth = json_array_size(layers);
        if (depth <= IMPORT_DEPTH)
            hold_layers(m, depth, features, body, problem);
        looked += depth;
    }
}
