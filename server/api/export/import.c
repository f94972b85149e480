/* Networks become a model as far as they fit each other and the columns. */
#include "api/export/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_import.h"

void import_no_memory(Import *import)
{
    problem_set(import->problem, STATUS_NO_MEMORY, "there is not enough memory for this model now");
}

/* What a layer takes in and gives out. */
static size_t inputs_of(const ImportLayer *layer)
{
    return layer->by_input ? layer->rows : layer->cols;
}

static size_t outputs_of(const ImportLayer *layer)
{
    return layer->by_input ? layer->cols : layer->rows;
}

static void check_ends(const Import *import, const char *at, const ImportLayer *layer, size_t depth)
{
    const ModelRecord *record = import->record;
    size_t in = inputs_of(&layer[0]), out = outputs_of(&layer[depth - 1]);
    if (import->scaling && in != record->features)
        problem_add(import->problem, at, "takes %zu inputs, but there are %zu features", in,
                    record->features);
    if (import->scaling && out != record->targets)
        problem_add(import->problem, at, "gives %zu outputs, but there are %zu targets", out,
                    record->targets);
}

static void check_layers(const Import *import, const char *at, const ImportLayer *layer,
                         size_t depth)
{
    char place[PROBLEM_POINTER];
    for (size_t l = 0; l < depth; l++) {
        size_t in = inputs_of(&layer[l]), out = outputs_of(&layer[l]);
        snprintf(place, sizeof place, "%s/layers/%zu", at, l);
        if (l > 0 && in != outputs_of(&layer[l - 1]))
            problem_add(import->problem, place,
                        "has weights for %zu inputs, but the layer before has %zu units", in,
                        outputs_of(&layer[l - 1]));
        if (layer[l].bias_count != out)
            problem_add(import->problem, place, "has %zu biases, but weights of %zu units",
                        layer[l].bias_count, out);
        if (l + 1 < depth && out > IMPORT_WIDTH)
            problem_add(import->problem, place, "has %zu units, at most %d are taken", out,
                        IMPORT_WIDTH);
    }
}

static void check_size(const Import *import, const char *at, const Net *net)
{
    const Model *model = import->record->model;
    const Net *first = model ? model->member[0] : net;
    double members = model ? (double)model->members + 1 : 1;
    bool same = first->depth == net->depth &&
                memcmp(first->width, net->width, (net->depth + 1) * sizeof *net->width) == 0;
    if (!same)
        problem_add(import->problem, at, "is a network of another shape than the first");
    if (members > IMPORT_MEMBERS)
        problem_add(import->problem, at, "is one too many: at most %d are taken", IMPORT_MEMBERS);
    if (members * (double)net->parameter_count > IMPORT_PARAMETERS)
        problem_add(import->problem, at, "makes a model of more than %.0f parameters",
                    IMPORT_PARAMETERS);
}

static void copy_layers(const ImportLayer *layer, Net *net)
{
    for (size_t l = 0; l < net->depth; l++) {
        Layer to = net_layer(net, net->parameters, l);
        if (layer[l].by_input)
            memcpy(to.weights, layer[l].weights, to.in * to.out * sizeof(double));
        else
            mat_transpose(mat_in(layer[l].weights, to.out, to.in),
                          mat_out(to.weights, to.in, to.out));
        memcpy(to.biases, layer[l].biases, to.out * sizeof(double));
    }
}

static bool keep_take(Import *import, Net *net)
{
    ModelRecord *record = import->record;
    if (record->model)
        return model_add_take(record->model, net) == OUTCOME_OK;
    record->model = model_new_take(net, import->scaling);
    import->scaling = record->model ? record->model->scaling : NULL;
    return record->model != NULL;
}

bool import_add(Import *import, const char *at, const ImportLayer *layer, size_t depth)
{
    Problem *problem = import->problem;
    size_t width[IMPORT_DEPTH + 1] = {inputs_of(&layer[0])};
    for (size_t l = 0; l < depth; l++)
        width[l + 1] = outputs_of(&layer[l]);
    check_ends(import, at, layer, depth);
    check_layers(import, at, layer, depth);
    if (problem->status != STATUS_OK)
        return false;
    Net *net = net_new(depth, width, import->act);
    if (!net) {
        import_no_memory(import);
        return false;
    }
    copy_layers(layer, net);
    check_size(import, at, net);
    if (!net_is_finite(net))
        problem_add(problem, at, "holds a number that is not finite");
    if (problem->status != STATUS_OK)
        net_free(net);
    else if (!keep_take(import, net))
        import_no_memory(import);
    return problem->status == STATUS_OK;
}

ModelRecord *import_end(Import *import)
{
    ModelRecord *record = import->record;
    bool made = record && record->model && import->problem->status == STATUS_OK;
    if (!record || !record->model)
        scaling_free(import->scaling);
    *import = (Import){0};
    if (made)
        return record;
    model_record_free(record);
    return NULL;
}

ModelRecord *import_model(const Request *request, Problem *problem)
{
    const Body *body = request->body;
    *problem = body->problem;
    if (body->json)
        return codec_import_json(request, problem);
    return import_onnx(body->raw.bytes, body->raw.length, problem);
}
