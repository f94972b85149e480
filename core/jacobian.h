/* The Jacobian of a network's outputs by its parameters, a few rows at a time: what second-order
 * methods need of a network beyond its gradient.
 */
#ifndef CORE_JACOBIAN_H
#define CORE_JACOBIAN_H

#include "core/mat.h"
#include "core/net.h"

#define JACOBIAN_ROWS 32 /* at a time, at most */

typedef struct Jacobian Jacobian;

/* Scratch for networks of this shape: JACOBIAN_ROWS x what is as wide as its layers, and its
 * weights. NULL where there is no memory. */
Jacobian *jacobian_new(const Net *shape) MUST_USE;
void jacobian_free(Jacobian *jacobian);

/* Takes up the weights of a network, which has to stay as it is until the next call. */
void jacobian_of(Jacobian *jacobian, const Net *net);

/* Takes up x(n, inputs), n <= JACOBIAN_ROWS, which has to stay as well. */
void jacobian_rows(Jacobian *jacobian, MatIn x);

/* Fills rows(n, parameter_count), laid out as net->parameters: row i is d y_hat[i][output] / d
 * parameters. */
void jacobian_output(Jacobian *jacobian, size_t output, Mat rows);

#endif
