/* Layers in and out. In memory weights are (in, out), outside (out, in). */
#include "api/codec/codec_layers.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX (SPEC_LIST_MAX + 1)

/* Layers while they are read: what they are read with, and their arrays once found sound. */
typedef struct Reading {
    Body *body;
    const Hyper *hyper;
    Problem *problem;
    const NumberArray *weights[DEPTH_MAX]; /* (out, in); NULL where they are wrong, which is said */
    const NumberArray *biases[DEPTH_MAX];  /* (out) */
} Reading;

static const NumberArray *find_array(Reading *reading, const json_t *layer, size_t l,
                                     const char *member)
{
    bool flat = strcmp(member, "biases") == 0;
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "#/initial_layers/%zu/%s", l, member);
    const NumberArray *array = json_ingest_array(reading->body->json, at + 1);
    if (!json_object_get(layer, member))
        problem_add(reading->problem, at, "is missing");
    else if (!array || array->rows == 0 || array->cols == 0 || array->flat != flat)
        problem_add(reading->problem, at, "must be %s",
                    flat ? "a flat list of numbers, one a unit, such as [1, 2]"
                         : "rows of numbers, one row a unit, such as [[1, 2], [3, 4]]");
    else
        return array;
    return NULL;
}

static void check_activation(Reading *reading, const json_t *layer, size_t l)
{
    const json_t *given = json_object_get(layer, "activation");
    bool last = l == reading->hyper->hidden.count;
    const char *right = last ? "identity" : act_at(reading->hyper->activation)->name;
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "#/initial_layers/%zu/activation", l);
    if (given && (!json_is_string(given) || strcmp(json_string_value(given), right) != 0))
        problem_add(reading->problem, at, "must be '%s', as %s", right,
                    last ? "the last layer's always is" : "the hyperparameters have it");
}

static void check_shape(Reading *reading, size_t l, const char *at)
{
    const NumberArray *weights = reading->weights[l], *biases = reading->biases[l];
    const NumberArray *before = l > 0 ? reading->weights[l - 1] : NULL;
    const SpecList *hidden = &reading->hyper->hidden;
    if (weights && before && weights->cols != before->rows)
        problem_add(reading->problem, at,
                    "has weights of %zu columns, but the layer before has %zu units", weights->cols,
                    before->rows);
    if (weights && biases && biases->rows != weights->rows)
        problem_add(reading->problem, at, "has %zu biases, but weights of %zu rows", biases->rows,
                    weights->rows);
    if (weights && l < hidden->count && (size_t)hidden->v[l] != weights->rows)
        problem_add(reading->problem, at, "has %zu units, but hyperparameters.hidden says %lld",
                    weights->rows, (long long)hidden->v[l]);
}

static void read_layer(Reading *reading, const json_t *layer, size_t l)
{
    static const char *const names[] = {"weights", "biases", "activation"};
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "#/initial_layers/%zu", l);
    if (!json_is_object(layer)) {
        problem_add(reading->problem, at, "must be an object with weights and biases");
        return;
    }
    spec_refuse_unknown(layer, at, names, 3, reading->problem);
    check_activation(reading, layer, l);
    reading->weights[l] = find_array(reading, layer, l, "weights");
    reading->biases[l] = find_array(reading, layer, l, "biases");
    check_shape(reading, l, at);
}

static Net *build(const Reading *reading, size_t depth)
{
    size_t width[DEPTH_MAX + 1] = {reading->weights[0]->cols};
    for (size_t l = 0; l < depth; l++)
        width[l + 1] = reading->weights[l]->rows;
    Net *net = net_new(depth, width, act_at(reading->hyper->activation));
    for (size_t l = 0; net && l < depth; l++) {
        const NumberArray *weights = reading->weights[l];
        Layer layer = net_layer(net, net->parameters, l);
        mat_transpose(mat_in(weights->v, layer.out, layer.in),
                      mat_out(layer.weights, layer.in, layer.out));
        memcpy(layer.biases, reading->biases[l]->v, layer.out * sizeof(real));
    }
    return net;
}

void codec_layers_hidden(const json_t *layers, Body *body, SpecList *hidden)
{
    size_t depth = json_array_size(layers);
    if (depth < 1 || depth > DEPTH_MAX)
        return;
    hidden->count = depth - 1;
    for (size_t l = 0; l + 1 < depth; l++) {
        char at[PROBLEM_POINTER];
        snprintf(at, sizeof at, "/initial_layers/%zu/weights", l);
        const NumberArray *weights = json_ingest_array(body->json, at);
        hidden->v[l] = weights && weights->rows > 0 ? (int64_t)weights->rows : 1;
    }
}

Net *codec_layers_decode(const json_t *layers, Body *body, const Hyper *hyper, Problem *problem)
{
    Reading reading = {.body = body, .hyper = hyper, .problem = problem};
    size_t depth = hyper->hidden.count + 1, before = problem_size(problem);
    if (json_array_size(layers) != depth) {
        problem_add(problem, "#/initial_layers",
                    "must be an array of %zu layers, one for each of hyperparameters.hidden and "
                    "the output, got %zu",
                    depth, json_array_size(layers));
        return NULL;
    }
    for (size_t l = 0; l < depth; l++)
        read_layer(&reading, json_array_get(layers, l), l);
    if (body->problem.status != STATUS_OK || !problem_none_since(problem, before))
        return NULL; /* arrays with mistakes are not kept */
    Net *net = build(&reading, depth);
    if (!net)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this network now");
    return net;
}

void codec_net_encode(const Net *net, Encoder *encoder)
{
    enc_object(encoder);
    enc_key(encoder, "layers");
    enc_array(encoder);
    for (size_t l = 0; l < net->depth; l++) {
        Layer layer = net_layer(net, net->parameters, l);
        enc_object(encoder);
        enc_key(encoder, "weights");
        enc_array(encoder);
        for (size_t unit = 0; unit < layer.out; unit++) {
            enc_array(encoder);
            for (size_t i = 0; i < layer.in; i++)
                enc_real(encoder, layer.weights[i * layer.out + unit]);
            enc_array_end(encoder);
        }
        enc_array_end(encoder);
        enc_key(encoder, "biases");
        enc_reals(encoder, layer.biases, layer.out);
        enc_put_string(encoder, "activation", l + 1 < net->depth ? net->act->name : "identity");
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
    enc_object_end(encoder);
}

void codec_weights_encode(const Model *model, Encoder *encoder)
{
    if (model->members == 1) {
        codec_net_encode(model->member[0], encoder);
        return;
    }
    enc_object(encoder);
    enc_key(encoder, "members");
    enc_array(encoder);
    for (size_t m = 0; m < model->members; m++)
        codec_net_encode(model->member[m], encoder);
    enc_array_end(encoder);
    enc_object_end(encoder);
}
