/* The Jacobian of a network's outputs by its parameters, a few rows at a time: what second-order
 * methods need of a network beyond its gradient. A row is known by two factors a layer, which take
 * far less room than it does.
 */
#ifndef CORE_JACOBIAN_H
#define CORE_JACOBIAN_H

#include "core/mat.h"
#include "core/net.h"

#define JACOBIAN_ROWS 32 /* at a time, at most */

typedef struct Jacobian Jacobian;

/* Of one layer: all that rows of J hold. */
typedef struct JacobianFactors {
    Mat inputs; /* (rows, in + 1): what goes into the layer, and 1 for the biases */
    Mat slopes; /* (rows, out): d y_hat[output] / d z; hidden layers only, of the last it is 1 for
                 * the output itself and 0 for all others, and not filled */
} JacobianFactors;

/* Scratch for networks of this shape: JACOBIAN_ROWS x what is as wide as its layers, and its
 * weights. NULL where there is no memory. */
Jacobian *jacobian_new(const Net *shape) MUST_USE;
void jacobian_free(Jacobian *jacobian);

/* Takes up the weights of a network, which has to stay as it is until the next call. */
void jacobian_of(Jacobian *jacobian, const Net *net);

/* Takes up x(n, inputs), n <= JACOBIAN_ROWS, which has to stay as well. */
void jacobian_rows(Jacobian *jacobian, MatIn x);

/* Fills the factors' rows [from, from + n) for one output: row i of J, laid out as net->parameters,
 * has d y_hat[i][output] / d W[l](k, c) = inputs(i, k) slopes(i, c), and k = in for the biases. */
void jacobian_output(Jacobian *jacobian, size_t output, JacobianFactors *layer, size_t from);

#endif
