/* One thread's scratch for passes through a network, and the passes: prediction, loss, gradient.
 * Rows are taken in blocks whose activations stay in the first cache. A pass fits every network of
 * the shape it was made for. Nothing here allocates but pass_new and pass_new_to_predict.
 */
#ifndef CORE_PASS_H
#define CORE_PASS_H

#include "core/data.h"
#include "core/net.h"

enum {
    PASS_BLOCK_ROWS = 32,
    PASS_BLOCK_ROWS_WIDE = 128, /* where a layer has as many weights as this: */
    PASS_WIDE_WEIGHTS = 1 << 16 /* half a megabyte */
};

typedef struct Pass Pass;

/* Scratch for networks of this shape; NULL where there is no memory. */
Pass *pass_new(const Net *shape) MUST_USE;

/* The same for predictions alone, of at most so many rows at a time: it is smaller. */
Pass *pass_new_to_predict(const Net *shape, size_t rows) MUST_USE;
void pass_free(Pass *pass);

/* y(n, outputs) = the network's answer to x(n, inputs). */
void pass_predict(Pass *pass, const Net *net, MatIn x, Mat y);

/* The sum over all rows and outputs of (y_hat - y)^2. */
real pass_squared_error(Pass *pass, const Net *net, const Data *data);

/* Adds to gradient (laid out as net->parameters) the gradient of
 *     weight * sum over rows and outputs of (y_hat - y)^2,
 * and returns that sum of squares, without the weight. For the mean squared error of a batch of N
 * rows and m outputs, weight is 1 / (N m). */
real pass_gradient(Pass *pass, const Net *net, const Data *data, real weight, real *gradient);

#endif
