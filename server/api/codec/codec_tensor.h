/* Tensors of the Open Inference Protocol: the table of its numeric datatypes, and their elements
 * between little-endian bytes and doubles.
 */
#ifndef API_CODEC_TENSOR_H
#define API_CODEC_TENSOR_H

#include "ingest/number.h"
#include "tools/problem.h"
#include "tools/text.h"

typedef enum TensorKind { TENSOR_UNSIGNED, TENSOR_SIGNED, TENSOR_FLOAT } TensorKind;

typedef struct TensorType {
    const char *name; /* "FP32" */
    TensorKind kind;
    size_t size;     /* bytes of an element */
    int digits;      /* TENSOR_FLOAT: bits of the significand */
    int least;       /* TENSOR_FLOAT: the smallest number is 2 to this power */
    double min, max; /* that an element can be here: whole numbers that are exact as doubles */
} TensorType;

/* Row i of the table, NULL past its end; the row of that name, NULL where there is none. */
const TensorType *tensor_type_at(size_t i);
const TensorType *tensor_type(const char *name);

/* v[0 .. n-1] = the elements that bytes hold, row-major and without gaps. v may be the bytes
 * themselves where type->size is that of a double. */
void tensor_read(const TensorType *type, const unsigned char *bytes, size_t n, double *v);

/* Adds a mistake for each element that is none of the type's numbers (not finite, out of range, not
 * whole), at pointer ("#/inputs/0/data") and its place there: its row and column, or its index
 * where array->flat. The others become the nearest number that the type has. */
void tensor_check(const TensorType *type, NumberArray *array, const char *pointer,
                  Problem *problem);

/* Appends doubles as FP64. */
void tensor_write(const double *v, size_t n, Text *text);

#endif
