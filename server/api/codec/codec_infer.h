/* The Open Inference Protocol (v2) between requests and replies: metadata, inference. A model has
 * one input, x (rows, features), and the output y (rows, targets); an ensemble has std too, the
 * standard deviation of its members' predictions, of the shape of y.
 */
#ifndef API_CODEC_INFER_H
#define API_CODEC_INFER_H

#include "api/request.h"
#include "store/store_model.h"
#include "tools/encoder.h"

typedef struct InferOutput {
    bool std;    /* rather than y */
    bool binary; /* raw bytes behind the JSON, rather than numbers in it */
} InferOutput;

/* What a client asks for. */
typedef struct Infer {
    char *id;              /* to be given back, owned; NULL where there was none */
    NumberArray x;         /* (rows, features), owned */
    InferOutput output[2]; /* in the order asked for */
    size_t outputs;
} Infer;

/* A body {"inputs": [{"name": "x", "shape", "datatype", "data"}], "outputs", "parameters", "id"},
 * with raw tensors behind it perhaps; the numbers are taken from the body. The request's path names
 * the record's model. Adds every mistake to problem; returns problem->status. infer is to be freed
 * in any case. */
Status codec_infer_decode(const Request *request, const ModelRecord *record, Infer *infer,
                          Problem *problem) MUST_USE;
void codec_infer_free(Infer *infer);

/* Whether any output goes behind the JSON. */
bool codec_infer_is_binary(const Infer *infer);

/* The JSON of the reply, and what goes behind it. value: y and std (rows, targets), without gaps;
 * std.v is not needed where it was not asked for. */
typedef struct InferValue {
    MatIn y, std;
} InferValue;
void codec_infer_encode(const Infer *infer, const ModelRecord *record, InferValue value,
                        Encoder *encoder);
void codec_infer_append(const Infer *infer, InferValue value, Text *text);

/* A model's metadata: name, versions (newest first), platform, inputs, outputs. */
void codec_infer_describe(const ModelRecord *record, ModelRecord *const *versions, size_t count,
                          Encoder *encoder);

/* "versions": ["2", "1"], a member of an object. */
void codec_infer_versions(ModelRecord *const *versions, size_t count, Encoder *encoder);

#endif
