/* An ONNX graph while it is written: nodes and constants that are added in order, each named by
 * what it gives. All memory of it is one arena. Where that runs out `failed` is set, and adding
 * goes on without harm, so a writer looks once at the end.
 */
#ifndef API_EXPORT_ONNX_GRAPH_H
#define API_EXPORT_ONNX_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include <onnx.pb-c.h>

#include "core/act.h"

typedef struct OnnxGraph {
    void *blocks; /* the arena */
    bool failed;
    Onnx__NodeProto **node; /* in the arena, like all else */
    Onnx__TensorProto **constant;
    size_t nodes, node_room;
    size_t constants, constant_room;
} OnnxGraph;

/* An empty graph is all zeros. */
void onnx_graph_free(OnnxGraph *graph);

/* Zeroed memory that lives as long as the graph; NULL where there is none. */
void *onnx_take(OnnxGraph *graph, size_t n);

/* A text in the arena, "" where there is no memory. */
char *onnx_text(OnnxGraph *graph, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds operator(a) or, where b is not NULL, operator(a, b); the name of the value that it gives. */
char *onnx_node(OnnxGraph *graph, const char *operator, const char * a, const char *b);

/* Adds Where: a where the condition holds, else b. */
char *onnx_where(OnnxGraph *graph, const char *condition, const char *a, const char *b);

/* Gives the last node's value another name. */
void onnx_rename(OnnxGraph *graph, const char *name);

/* Adds a constant of that name: v of rows x cols (rows 0: a vector of cols; cols 0: a scalar). */
void onnx_constant(OnnxGraph *graph, const char *name, const double *v, const size_t shape[2]);
void onnx_scalar(OnnxGraph *graph, const char *name, double v);

/* Adds the constants that an activation needs, once; and the activation of a value z. */
void onnx_act_prepare(OnnxGraph *graph, const Act *act);
char *onnx_act(OnnxGraph *graph, const Act *act, char *z);

#endif
