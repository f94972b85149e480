/* The Jacobian by backpropagation: the rows of a block go forward once, and for each output the
 * slope of that output alone goes back, row by row instead of summed. A Jacobian owns its scratch
 * and borrows network and rows between calls.
 */
#include "core/jacobian.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Scratch of one layer. */
typedef struct LayerScratch {
    real *a;          /* (JACOBIAN_ROWS, out): what the layer gives out */
    real *slope;      /* (JACOBIAN_ROWS, out): g'(z); hidden layers only */
    real *transposed; /* (out, in): the weights; all layers but the first */
} LayerScratch;

struct Jacobian {
    const Net *net;       /* borrowed */
    MatIn x;              /* borrowed */
    real *numbers;        /* owned: all arrays of this scratch */
    real *delta, *below;  /* (JACOBIAN_ROWS, widest layer) */
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

/* How many numbers the scratch takes, SIZE_MAX where they could not be addressed. */
static size_t scratch_count(const Net *net)
{
    const size_t limit = PTRDIFF_MAX / sizeof(real);
    size_t of_row = 2 * widest(net);
    for (size_t l = 1; l <= net->depth; l++) {
        of_row += 2 * net->width[l];
    }
    if (of_row > (limit - net->parameter_count) / JACOBIAN_ROWS) {
        return SIZE_MAX;
    }
    return net->parameter_count + JACOBIAN_ROWS * of_row;
}

static void lay_out(Jacobian *j, const Net *shape)
{
    real *next = j->numbers;
    j->delta = next;
    next += JACOBIAN_ROWS * widest(shape);
    j->below = next;
    next += JACOBIAN_ROWS * widest(shape);
    for (size_t l = 0; l < shape->depth; l++) {
        const size_t in = shape->width[l], out = shape->width[l + 1];
        j->layer[l] = (LayerScratch){next, next + JACOBIAN_ROWS * out, NULL};
        next += 2 * JACOBIAN_ROWS * out;
        j->layer[l].transposed = next;
        next += l > 0 ? in * out : 0;
    }
}

Jacobian *jacobian_new(const Net *shape)
{
    const size_t count = scratch_count(shape);
    if (count == SIZE_MAX) {
        return NULL;
    }
    Jacobian *j = calloc(1, sizeof *j + shape->depth * sizeof(LayerScratch));
    real *numbers = mat_zeros(count);
    if (j == NULL || numbers == NULL) {
        free(j);
        free(numbers);
        return NULL;
    }
    j->numbers = numbers;
    lay_out(j, shape);
    return j;
}

void jacobian_free(Jacobian *j)
{
    if (j != NULL) {
        free(j->numbers);
        free(j);
    }
}

void jacobian_of(Jacobian *j, const Net *net)
{
    j->net = net;
    for (size_t l = 1; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        mat_transpose(mat_in(layer.weights, layer.in, layer.out),
                      mat_out(j->layer[l].transposed, layer.out, layer.in));
    }
}

void jacobian_rows(Jacobian *j, MatIn x)
{
    const Net *net = j->net;
    MatIn a = x;
    assert(x.rows <= JACOBIAN_ROWS && x.cols == net->width[0]);
    j->x = x;
    for (size_t l = 0; l + 1 < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        const Mat z = mat_out(j->layer[l].a, x.rows, layer.out);
        mat_fill_rows(layer.biases, z);
        mat_add_product(a, mat_in(layer.weights, layer.in, layer.out), z);
        net->act->value_and_slope(x.rows * layer.out, z.v, j->layer[l].slope);
        a = mat_in(z.v, x.rows, layer.out);
    }
}

/* What goes into layer l. */
static MatIn input_of(const Jacobian *j, size_t l)
{
    return l == 0 ? j->x : mat_in(j->layer[l - 1].a, j->x.rows, j->net->width[l]);
}

/* The last layer: an output depends on its own column of weights and its own bias. */
static void fill_last(const Jacobian *j, size_t output, Mat rows)
{
    const size_t last = j->net->depth - 1;
    const MatIn a = input_of(j, last);
    for (size_t i = 0; i < a.rows; i++) {
        const Layer into = net_layer(j->net, rows.v + i * rows.stride, last);
        memset(into.weights, 0, (into.in + 1) * into.out * sizeof(real));
        for (size_t k = 0; k < a.cols; k++) {
            into.weights[k * into.out + output] = a.v[i * a.stride + k];
        }
        into.biases[output] = 1;
    }
}

/* d y / d W[l] = a[l-1]^T delta[l] and d y / d b[l] = delta[l], for each row alone. */
static void fill(const Jacobian *j, size_t l, Mat rows)
{
    const MatIn a = input_of(j, l);
    for (size_t i = 0; i < a.rows; i++) {
        const Layer into = net_layer(j->net, rows.v + i * rows.stride, l);
        const real *restrict delta = j->delta + i * into.out;
        for (size_t k = 0; k < into.in; k++) {
            const real factor = a.v[i * a.stride + k];
            real *restrict weights = into.weights + k * into.out;
            for (size_t c = 0; c < into.out; c++) {
                weights[c] = factor * delta[c];
            }
        }
        memcpy(into.biases, delta, into.out * sizeof(real));
    }
}

/* delta[l-1] = (delta[l] W[l]^T) * g'(z[l-1]); of the last layer delta is 1 for the one output. */
static void go_below(Jacobian *j, size_t l, size_t output)
{
    const size_t in = j->net->width[l], out = j->net->width[l + 1], count = j->x.rows * in;
    const Mat below = mat_out(j->below, j->x.rows, in);
    if (l + 1 == j->net->depth) {
        mat_fill_rows(j->layer[l].transposed + output * in, below);
    } else {
        memset(below.v, 0, count * sizeof(real));
        mat_add_product(mat_in(j->delta, j->x.rows, out), mat_in(j->layer[l].transposed, out, in),
                        below);
    }
    for (size_t i = 0; i < count; i++) {
        below.v[i] *= j->layer[l - 1].slope[i];
    }
    j->below = j->delta;
    j->delta = below.v;
}

void jacobian_output(Jacobian *j, size_t output, Mat rows)
{
    assert(rows.rows == j->x.rows && rows.cols == j->net->parameter_count);
    fill_last(j, output, rows);
    for (size_t l = j->net->depth - 1; l > 0; l--) {
        go_below(j, l, output);
        fill(j, l - 1, rows);
    }
}
