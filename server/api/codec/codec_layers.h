/* The layers of a network between its parameters and JSON: {"weights": [[...]], "biases": [...],
 * "activation"}, weights (out, in) as in the notes.
 */
#ifndef API_CODEC_LAYERS_H
#define API_CODEC_LAYERS_H

#include "api/request.h"
#include "core/model.h"
#include "state/hyper.h"
#include "tools/spec.h"

/* The widths of the hidden layers that "initial_layers" has, where its arrays are sound. */
void codec_layers_hidden(const json_t *layers, Body *body, SpecList *hidden);

/* The network of "initial_layers", whose numbers were taken from the body. It has the hidden layers
 * of hyper. On failure returns NULL and adds all mistakes to problem. */
Net *codec_layers_decode(const json_t *layers, Body *body, const Hyper *hyper,
                         Problem *problem) MUST_USE;

/* {"layers": [...]}, numbers that read back to the same bits. */
void codec_net_encode(const Net *net, Encoder *encoder);

/* {"layers": [...]} of a model of one network, {"members": [{"layers": [...]}, ...]} of more. */
void codec_weights_encode(const Model *model, Encoder *encoder);

#endif
