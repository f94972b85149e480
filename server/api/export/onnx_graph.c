/* The arena, and what is put into it. */
#include "api/export/onnx_graph.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

typedef struct Block {
    struct Block *next;
    max_align_t memory[];
} Block;

static char nothing[] = "";

void onnx_graph_free(OnnxGraph *graph)
{
    for (Block *block = graph->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *graph = (OnnxGraph){0};
}

void *onnx_take(OnnxGraph *graph, size_t n)
{
    Block *block = n < SIZE_MAX - sizeof *block ? calloc(1, sizeof *block + n) : NULL;
    if (!block) {
        graph->failed = true;
        return NULL;
    }
    block->next = graph->blocks;
    graph->blocks = block;
    return block->memory;
}

char *onnx_text(OnnxGraph *graph, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length >= 0 ? onnx_take(graph, (size_t)length + 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text ? text : nothing;
}

/* The array with room for one element more, where there is memory: count < *room tells. It doubles,
 * and the old one is left to the arena. */
static void *grown(OnnxGraph *graph, void *array, size_t count, size_t *room)
{
    if (count < *room)
        return array;
    void *larger = onnx_take(graph, (2 * count + 16) * sizeof(void *));
    if (!larger)
        return array;
    if (count > 0)
        memcpy(larger, array, count * sizeof(void *));
    *room = 2 * count + 16;
    return larger;
}

/* Adds a node; inputs end with a NULL or with the third. */
static char *add_node(OnnxGraph *graph, const char *operator, const char *const input[3])
{
    char *output = onnx_text(graph, "v%zu", graph->nodes);
    Onnx__NodeProto *node = onnx_take(graph, sizeof *node);
    char **names = onnx_take(graph, 4 * sizeof *names);
    graph->node = grown(graph, graph->node, graph->nodes, &graph->node_room);
    if (!node || !names || graph->nodes == graph->node_room)
        return nothing;
    onnx__node_proto__init(node);
    for (; node->n_input < 3 && input[node->n_input]; node->n_input++)
        names[node->n_input] = onnx_text(graph, "%s", input[node->n_input]);
    names[3] = output;
    node->input = names;
    node->output = names + 3;
    node->n_output = 1;
    node->op_type = onnx_text(graph, "%s", operator);
    node->name = onnx_text(graph, "n%zu", graph->nodes);
    graph->node[graph->nodes++] = node;
    return output;
}

char *onnx_node(OnnxGraph *graph, const char *operator, const char *a, const char *b)
{
    return add_node(graph, operator, (const char *[]){a, b, NULL});
}

char *onnx_where(OnnxGraph *graph, const char *condition, const char *a, const char *b)
{
    return add_node(graph, "Where", (const char *[]){condition, a, b});
}

void onnx_rename(OnnxGraph *graph, const char *name)
{
    if (!graph->failed)
        graph->node[graph->nodes - 1]->output[0] = onnx_text(graph, "%s", name);
}

void onnx_constant(OnnxGraph *graph, const char *name, const double *v, const size_t shape[2])
{
    size_t dims = (shape[0] > 0) + (size_t)(shape[1] > 0);
    size_t n = (shape[0] > 0 ? shape[0] : 1) * (shape[1] > 0 ? shape[1] : 1);
    Onnx__TensorProto *tensor = onnx_take(graph, sizeof *tensor);
    int64_t *dim = onnx_take(graph, 2 * sizeof *dim);
    unsigned char *bytes = onnx_take(graph, 8 * n);
    graph->constant = grown(graph, graph->constant, graph->constants, &graph->constant_room);
    if (!tensor || !dim || !bytes || graph->constants == graph->constant_room)
        return;
    onnx__tensor_proto__init(tensor);
    for (size_t i = 0; i < n; i++)
        bytes_store_real(bytes + 8 * i, v[i]);
    dim[0] = (int64_t)(shape[0] > 0 ? shape[0] : shape[1]);
    dim[1] = (int64_t)shape[1];
    tensor->n_dims = dims;
    tensor->dims = dim;
    tensor->has_data_type = 1;
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    tensor->name = onnx_text(graph, "%s", name);
    tensor->has_raw_data = 1;
    tensor->raw_data = (ProtobufCBinaryData){8 * n, bytes};
    graph->constant[graph->constants++] = tensor;
}

void onnx_scalar(OnnxGraph *graph, const char *name, double v)
{
    onnx_constant(graph, name, &v, (size_t[]){0, 0});
}
