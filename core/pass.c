/* Passes through a network, by blocks of rows small enough that the activations of a block stay in
 * the first cache: forward, error of the output, backward, gradient of the block; then the next
 * block. A Pass is one thread's scratch and holds nothing between calls.
 *
 * Method: backpropagation as in the project's notes, with the gradient of
 * the very loss that is reported. Sums over rows are taken block by block, in the order of the
 * rows, so their bits do not depend on how often a caller interrupts between blocks.
 */
#include "core/pass.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 32 };

/* Scratch of one layer. */
typedef struct LayerScratch {
    real *a;          /* (BLOCK_ROWS, out): what the layer gives out */
    real *slope;      /* (BLOCK_ROWS, out): g'(z), then delta; hidden layers only */
    real *transposed; /* (out, in): the weights; all layers but the first */
} LayerScratch;

struct Pass {
    size_t depth;
    real *numbers;        /* owned: all arrays of this scratch */
    real *product;        /* (BLOCK_ROWS, widest layer) */
    LayerScratch layer[]; /* (depth) */
};

static size_t widest(const Net *net)
{
    size_t most = 0;
    for (size_t l = 0; l <= net->depth; l++) {
        most = net->width[l] > most ? net->width[l] : most;
    }
    return most;
}

/* How many numbers the scratch takes, SIZE_MAX where they could not be addressed. A layer's weights
 * and its blocks are counted against the limit one by one, so no sum here can overflow. */
static size_t scratch_count(const Net *net)
{
    const size_t limit = PTRDIFF_MAX / sizeof(real);
    size_t rows_of = widest(net); /* numbers that a row takes */
    for (size_t l = 1; l <= net->depth; l++) {
        rows_of += 2 * net->width[l];
    }
    if (rows_of > (limit - net->parameter_count) / BLOCK_ROWS) {
        return SIZE_MAX;
    }
    return net->parameter_count + BLOCK_ROWS * rows_of;
}

/* Hands out the numbers to the layers. */
static void lay_out(Pass *pass, const Net *shape)
{
    real *next = pass->numbers;
    pass->product = next;
    next += BLOCK_ROWS * widest(shape);
    for (size_t l = 0; l < shape->depth; l++) {
        const size_t in = shape->width[l], out = shape->width[l + 1];
        pass->layer[l].a = next;
        next += BLOCK_ROWS * out;
        pass->layer[l].slope = next;
        next += BLOCK_ROWS * out;
        pass->layer[l].transposed = next;
        next += l > 0 ? in * out : 0;
    }
}

Pass *pass_new(const Net *shape)
{
    const size_t count = scratch_count(shape);
    if (count == SIZE_MAX || shape->depth > PTRDIFF_MAX / sizeof(LayerScratch) - sizeof(Pass)) {
        return NULL;
    }
    Pass *pass = malloc(sizeof *pass + shape->depth * sizeof(LayerScratch));
    real *numbers = mat_room(count);
    if (pass == NULL || numbers == NULL) {
        free(pass);
        free(numbers);
        return NULL;
    }
    pass->depth = shape->depth;
    pass->numbers = numbers;
    lay_out(pass, shape);
    return pass;
}

void pass_free(Pass *pass)
{
    if (pass != NULL) {
        free(pass->numbers);
        free(pass);
    }
}

/* z = a[l-1] W + b, a = g(z) for a block of rows; slopes too, where they are wanted. Returns the
 * output, which lies in the scratch of the last layer. */
static Mat forward(Pass *pass, const Net *net, MatIn x, int with_slopes)
{
    Mat z = {0};
    MatIn a = x;
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        const size_t count = x.rows * layer.out;
        z = mat_out(pass->layer[l].a, x.rows, layer.out);
        mat_fill_rows(layer.biases, z);
        mat_add_product(a, mat_in(layer.weights, layer.in, layer.out), z);
        if (l + 1 < net->depth && with_slopes) {
            net->act->value_and_slope(count, z.v, pass->layer[l].slope);
        } else if (l + 1 < net->depth) {
            net->act->value(count, z.v);
        }
        a = mat_in(z.v, x.rows, layer.out);
    }
    return z;
}

/* Turns the answers y_hat into delta = 2 weight (y_hat - y), the slope of weight times the sum of
 * squares; returns that sum. */
static real output_error(MatIn y, real weight, Mat y_hat)
{
    real sum = 0;
    for (size_t i = 0; i < y.rows; i++) {
        for (size_t j = 0; j < y.cols; j++) {
            const real error = y_hat.v[i * y_hat.stride + j] - y.v[i * y.stride + j];
            y_hat.v[i * y_hat.stride + j] = 2 * weight * error;
            sum += error * error;
        }
    }
    return sum;
}

/* delta[l-1] = (delta[l] W[l]^T) * g'(z[l-1]), in the place of those slopes. */
static const real *delta_below(Pass *pass, size_t l, MatIn delta, size_t in)
{
    const size_t count = delta.rows * in;
    real *restrict below = pass->layer[l - 1].slope;
    real *restrict product = pass->product;
    memset(product, 0, count * sizeof(real));
    mat_add_product(delta, mat_in(pass->layer[l].transposed, delta.cols, in),
                    mat_out(product, delta.rows, in));
    for (size_t i = 0; i < count; i++) {
        below[i] *= product[i];
    }
    return below;
}

/* dL/dW[l] += a[l-1]^T delta[l] and dL/db[l] += delta[l], from the last layer to the first. */
static void backward(Pass *pass, const Net *net, MatIn x, real *gradient)
{
    const real *delta = pass->layer[net->depth - 1].a;
    for (size_t l = net->depth; l-- > 0;) {
        const Layer into = net_layer(net, gradient, l);
        const MatIn d = mat_in(delta, x.rows, into.out);
        const MatIn a = l > 0 ? mat_in(pass->layer[l - 1].a, x.rows, into.in) : x;
        mat_add_product_tn(a, d, mat_out(into.weights, into.in, into.out));
        mat_add_rows(d, into.biases);
        if (l > 0) {
            delta = delta_below(pass, l, d, into.in);
        }
    }
}

static size_t block_rows(size_t rows, size_t from)
{
    return rows - from < BLOCK_ROWS ? rows - from : BLOCK_ROWS;
}

void pass_predict(Pass *pass, const Net *net, MatIn x, Mat y)
{
    assert(pass->depth == net->depth);
    for (size_t from = 0; from < x.rows; from += BLOCK_ROWS) {
        MatIn block = x;
        block.v += from * x.stride;
        block.rows = block_rows(x.rows, from);
        const Mat answer = forward(pass, net, block, 0);
        for (size_t i = 0; i < block.rows; i++) {
            memcpy(y.v + (from + i) * y.stride, answer.v + i * answer.stride,
                   answer.cols * sizeof(real));
        }
    }
}

real pass_squared_error(Pass *pass, const Net *net, const Data *data)
{
    assert(pass->depth == net->depth);
    real sum = 0;
    for (size_t from = 0; from < data->rows; from += BLOCK_ROWS) {
        const Data block = data_slice(data, from, block_rows(data->rows, from));
        const Mat answer = forward(pass, net, data_inputs(&block), 0);
        sum += output_error(data_targets(&block), 0, answer);
    }
    return sum;
}

static void transpose_weights(Pass *pass, const Net *net)
{
    for (size_t l = 1; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        mat_transpose(mat_in(layer.weights, layer.in, layer.out),
                      mat_out(pass->layer[l].transposed, layer.out, layer.in));
    }
}

real pass_gradient(Pass *pass, const Net *net, const Data *data, real weight, real *gradient)
{
    assert(pass->depth == net->depth);
    real sum = 0;
    transpose_weights(pass, net);
    for (size_t from = 0; from < data->rows; from += BLOCK_ROWS) {
        const Data block = data_slice(data, from, block_rows(data->rows, from));
        const MatIn x = data_inputs(&block);
        sum += output_error(data_targets(&block), weight, forward(pass, net, x, 1));
        backward(pass, net, x, gradient);
    }
    return sum;
}
