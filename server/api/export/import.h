/* A model as it is read from a document that export.h wrote, here or in another daemon: the head
 * first, then network by network. Each mistake is added to the problem, with its place.
 */
#ifndef API_EXPORT_IMPORT_H
#define API_EXPORT_IMPORT_H

#include "api/request.h"
#include "store/store_model.h"

#define IMPORT_DEPTH 65    /* layers of a network */
#define IMPORT_WIDTH 65536 /* units of a layer, at most */
#define IMPORT_MEMBERS 1000
#define IMPORT_PARAMETERS 5e7 /* of all networks */
#define IMPORT_COLUMNS 20000  /* features and targets together */

typedef struct Import {
    ModelRecord *record; /* owned; its model is there once a network was added */
    Scaling *scaling;    /* owned, until the model is made; NULL where the head is wrong */
    const Act *act;      /* NULL where the head is wrong */
    const char *place;   /* pointer of the head in the document: "#" */
    Problem *problem;
} Import;

/* One layer as it stands in the document. */
typedef struct ImportLayer {
    const double *weights; /* (rows, cols) */
    size_t rows, cols;
    const double *biases; /* (bias_count) */
    size_t bias_count;
    bool by_input; /* weights are (in, out) rather than (out, in) */
} ImportLayer;

/* Adds the network of these layers, whose numbers are borrowed; at says where it stands. False, and
 * problem says why, where it does not fit the head, or the networks before. */
bool import_add(Import *import, const char *at, const ImportLayer *layer, size_t depth);

/* The record, which is the caller's, or NULL where there was a problem. Empties the import. */
ModelRecord *import_end(Import *import) MUST_USE;

/* That there is no memory. */
void import_no_memory(Import *import);

/* The record of an ONNX model of n bytes, as export_onnx writes it. On failure returns NULL and
 * adds to problem. */
ModelRecord *import_onnx(const void *bytes, size_t n, Problem *problem) MUST_USE;

/* The record in the body of a request, JSON or ONNX: columns, scores, digests and model. On failure
 * returns NULL and adds to problem, which begins with what the body's form has. */
ModelRecord *import_model(const Request *request, Problem *problem) MUST_USE;

#endif
