/* A model as an ONNX graph: scale the inputs, each network by MatMul and Add, the mean, and the
 * outputs in the user's units. The weights are constants named "member0.layer0.weights" (in, out)
 * and "member0.layer0.biases"; the metadata "backpropd" is the head of the JSON export. From these
 * import_onnx.c makes the same model again.
 */
#include "api/export/export.h"

#include <limits.h>

#include "api/export/onnx_graph.h"

enum { IR_VERSION = 7, OPSET = 13, METADATA = 6 };

static void put_constants(OnnxGraph *graph, const Model *model)
{
    const Scaling *s = model->scaling;
    onnx_constant(graph, "x.shift", s->shift, (size_t[]){0, s->inputs});
    onnx_constant(graph, "x.scale", s->scale, (size_t[]){0, s->inputs});
    onnx_constant(graph, "y.shift", s->shift + s->inputs, (size_t[]){0, s->outputs});
    onnx_constant(graph, "y.scale", s->scale + s->inputs, (size_t[]){0, s->outputs});
    onnx_act_prepare(graph, model->member[0]->act);
    if (model->members > 1)
        onnx_scalar(graph, "members", (double)model->members);
}

static char *put_net(OnnxGraph *graph, const Net *net, size_t member, char *a)
{
    for (size_t l = 0; l < net->depth; l++) {
        Layer layer = net_layer(net, net->parameters, l);
        char *weights = onnx_text(graph, "member%zu.layer%zu.weights", member, l);
        char *biases = onnx_text(graph, "member%zu.layer%zu.biases", member, l);
        onnx_constant(graph, weights, layer.weights, (size_t[]){layer.in, layer.out});
        onnx_constant(graph, biases, layer.biases, (size_t[]){0, layer.out});
        a = onnx_node(graph, "Add", onnx_node(graph, "MatMul", a, weights), biases);
        if (l + 1 < net->depth)
            a = onnx_act(graph, net->act, a);
    }
    return a;
}

/* The square of how far an answer is from the mean. */
static char *square_away(OnnxGraph *graph, const char *answer, const char *mean)
{
    char *away = onnx_node(graph, "Sub", answer, mean);
    return onnx_node(graph, "Mul", away, away);
}

static char *mean_of(OnnxGraph *graph, char *const *value, size_t count)
{
    char *sum = value[0];
    for (size_t i = 1; i < count; i++)
        sum = onnx_node(graph, "Add", sum, value[i]);
    return onnx_node(graph, "Div", sum, "members");
}

/* All nodes; the last gives "y", and of an ensemble some before it "std". */
static void put_nodes(OnnxGraph *graph, const Model *model)
{
    size_t members = model->members;
    char **answer = onnx_take(graph, members * sizeof *answer);
    if (!answer)
        return;
    char *x = onnx_node(graph, "Sub", "x", "x.shift");
    x = onnx_node(graph, "Div", x, "x.scale");
    for (size_t m = 0; m < members; m++)
        answer[m] = put_net(graph, model->member[m], m, x);
    char *y = answer[0];
    if (members > 1) {
        y = mean_of(graph, answer, members);
        for (size_t m = 0; m < members; m++)
            answer[m] = square_away(graph, answer[m], y);
        char *std = onnx_node(graph, "Sqrt", mean_of(graph, answer, members), NULL);
        onnx_node(graph, "Mul", std, "y.scale");
        onnx_rename(graph, "std");
    }
    y = onnx_node(graph, "Mul", y, "y.scale");
    onnx_node(graph, "Add", y, "y.shift");
    onnx_rename(graph, "y");
}

/* A value (N, cols) of float64 that goes in or out, with all that it takes to say so. */
typedef struct Port {
    Onnx__ValueInfoProto info;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dim[2], *dims[2];
} Port;

static Onnx__ValueInfoProto *put_port(OnnxGraph *graph, const char *name, size_t cols)
{
    Port *port = onnx_take(graph, sizeof *port);
    if (!port)
        return NULL;
    onnx__value_info_proto__init(&port->info);
    onnx__type_proto__init(&port->type);
    onnx__type_proto__tensor__init(&port->tensor);
    onnx__tensor_shape_proto__init(&port->shape);
    for (size_t i = 0; i < 2; i++) {
        onnx__tensor_shape_proto__dimension__init(&port->dim[i]);
        port->dims[i] = &port->dim[i];
    }
    port->dim[0].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    port->dim[0].dim_param = onnx_text(graph, "N");
    port->dim[1].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    port->dim[1].dim_value = (int64_t)cols;
    port->shape.n_dim = 2;
    port->shape.dim = port->dims;
    port->tensor.has_elem_type = 1;
    port->tensor.elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    port->tensor.shape = &port->shape;
    port->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    port->type.tensor_type = &port->tensor;
    port->info.name = onnx_text(graph, "%s", name);
    port->info.type = &port->type;
    return &port->info;
}

/* What the encoder holds, as a text of the graph's; takes it. */
static char *json_text(OnnxGraph *graph, Encoder *encoder)
{
    graph->failed = graph->failed || encoder->text.failed;
    char *text = onnx_text(graph, "%s", encoder->text.bytes ? encoder->text.bytes : "");
    text_free(&encoder->text);
    return text;
}

static char *json_names(OnnxGraph *graph, const Column *column, size_t count)
{
    Encoder encoder = {0};
    enc_array(&encoder);
    for (size_t i = 0; i < count; i++)
        enc_string(&encoder, column[i].name);
    enc_array_end(&encoder);
    return json_text(graph, &encoder);
}

static char *json_head(OnnxGraph *graph, const ModelRecord *record)
{
    Encoder encoder = {0};
    enc_object(&encoder);
    export_json_head(record, &encoder);
    enc_object_end(&encoder);
    return json_text(graph, &encoder);
}

/* The model around the graph, with what it says of itself. */
typedef struct Whole {
    Onnx__ModelProto model;
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__ValueInfoProto *input[1], *output[2];
    Onnx__StringStringEntryProto entry[METADATA], *entries[METADATA];
} Whole;

static void put_metadata(OnnxGraph *graph, const ModelRecord *record, Whole *whole)
{
    const struct {
        const char *key;
        char *value;
    } known[METADATA] = {
        {"backpropd", json_head(graph, record)},
        {"features", json_names(graph, record->column, record->features)},
        {"targets", json_names(graph, record->column + record->features, record->targets)},
        {"activation", onnx_text(graph, "%s", record->model->member[0]->act->name)},
        {"digest", onnx_text(graph, "%s", record->digest)},
        {"dataset_digest", onnx_text(graph, "%s", record->dataset_digest)},
    };
    for (size_t i = 0; i < METADATA; i++) {
        onnx__string_string_entry_proto__init(&whole->entry[i]);
        whole->entry[i].key = onnx_text(graph, "%s", known[i].key);
        whole->entry[i].value = known[i].value;
        whole->entries[i] = &whole->entry[i];
    }
    whole->model.n_metadata_props = METADATA;
    whole->model.metadata_props = whole->entries;
}

static void put_graph(OnnxGraph *graph, const ModelRecord *record, Whole *whole)
{
    bool several = record->model->members > 1;
    onnx__graph_proto__init(&whole->graph);
    whole->graph.name = onnx_text(graph, "%s", record->name);
    whole->graph.n_node = graph->nodes;
    whole->graph.node = graph->node;
    whole->graph.n_initializer = graph->constants;
    whole->graph.initializer = graph->constant;
    whole->input[0] = put_port(graph, "x", record->features);
    whole->output[0] = put_port(graph, "y", record->targets);
    whole->output[1] = several ? put_port(graph, "std", record->targets) : NULL;
    whole->graph.n_input = 1;
    whole->graph.input = whole->input;
    whole->graph.n_output = several ? 2 : 1;
    whole->graph.output = whole->output;
}

static void put_whole(OnnxGraph *graph, const ModelRecord *record, Whole *whole)
{
    onnx__model_proto__init(&whole->model);
    onnx__operator_set_id_proto__init(&whole->opset);
    whole->opset.domain = onnx_text(graph, "%s", "");
    whole->opset.has_version = 1;
    whole->opset.version = OPSET;
    whole->opsets[0] = &whole->opset;
    whole->model.n_opset_import = 1;
    whole->model.opset_import = whole->opsets;
    whole->model.has_ir_version = 1;
    whole->model.ir_version = IR_VERSION;
    whole->model.producer_name = onnx_text(graph, "backpropd");
    whole->model.producer_version = onnx_text(graph, BACKPROPD_VERSION);
    whole->model.has_model_version = 1;
    whole->model.model_version = record->version;
    whole->model.graph = &whole->graph;
    put_graph(graph, record, whole);
    put_metadata(graph, record, whole);
}

Status export_onnx(const ModelRecord *record, Text *text)
{
    OnnxGraph graph = {0};
    Whole whole;
    Status status = STATUS_NO_MEMORY;
    put_constants(&graph, record->model);
    put_nodes(&graph, record->model);
    put_whole(&graph, record, &whole);
    if (graph.failed)
        goto out;
    size_t size = onnx__model_proto__get_packed_size(&whole.model);
    if (size > INT_MAX) {
        status = STATUS_TOO_LARGE;
    } else if (text_reserve(text, size)) {
        onnx__model_proto__pack(&whole.model, (unsigned char *)text->bytes + text->length);
        text->length += size;
        status = STATUS_OK;
    }
out:
    onnx_graph_free(&graph);
    return status;
}
