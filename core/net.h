/* A network: its shape, and all its parameters in one array. It holds no scratch, so a network that
 * nobody writes may be read by any number of threads.
 *
 *   z[l] = a[l-1] W[l] + b[l],   a[l] = act(z[l]) for hidden layers,   a[depth] = z[depth]
 */
#ifndef CORE_NET_H
#define CORE_NET_H

#include "core/act.h"
#include "core/rng.h"

typedef struct Net {
    size_t depth;           /* layers of weights, >= 1; 1 is linear regression */
    const size_t *width;    /* (depth + 1): inputs, hidden layers, outputs; each >= 1 */
    const Act *act;         /* of the hidden layers; the output is the identity */
    size_t parameter_count; /* of all layers */
    real *parameters;       /* layer by layer: weights (in, out) row-major, then biases (out) */
} Net;

/* One layer inside an array laid out as Net.parameters is: of a network, a gradient, a moment. */
typedef struct Layer {
    size_t in, out;
    real *weights; /* (in, out), row-major */
    real *biases;  /* (out) */
} Layer;

/* How the first parameters are drawn. */
typedef enum NetInit {
    NET_XAVIER_UNIFORM, /* +-sqrt(6 / (in + out)), biases 0 (Glorot and Bengio, 2010) */
    NET_HE_UNIFORM,     /* +-sqrt(6 / in), biases 0 (He et al., 2015) */
    NET_UNIFORM,        /* +-1 / sqrt(in), biases too (LeCun et al., 1998) */
} NetInit;

/* How many parameters a shape has: width is (depth + 1). SIZE_MAX where they could not be counted
 * or addressed. */
size_t net_count(size_t depth, const size_t *width);

/* A network with all parameters 0; NULL where there is no memory or the shape is too large. */
Net *net_new(size_t depth, const size_t *width, const Act *act) MUST_USE;
Net *net_copy(const Net *net) MUST_USE;
void net_free(Net *net);

/* Draws all parameters, layer by layer, weights before biases. */
void net_init(Net *net, NetInit init, Rng *rng);

/* Layer l (0 .. depth-1) of an array that is laid out as net's parameters are. */
Layer net_layer(const Net *net, real *array, size_t l);

/* Whether all parameters are finite. */
int net_is_finite(const Net *net);

#endif
