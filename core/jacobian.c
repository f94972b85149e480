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
    real *zeros;          /* (widest layer) */
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
    size_t of_row = 0;
    for (size_t l = 1; l <= net->depth; l++) {
        of_row += 2 * net->width[l];
    }
    if (of_row > (limit - net->parameter_count - widest(net)) / JACOBIAN_ROWS) {
        return SIZE_MAX;
    }
    return net->parameter_count + widest(net) + JACOBIAN_ROWS * of_row;
}

static void lay_out(Jacobian *j, const Net *shape)
{
    real *next = j->numbers;
    j->zeros = next;
    next += widest(shape);
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

static void fill_inputs(MatIn a, Mat rows)
{
    for (size_t i = 0; i < a.rows; i++) {
        real *row = rows.v + i * rows.stride;
        memcpy(row, a.v + i * a.stride, a.cols * sizeof(real));
        row[a.cols] = 1;
    }
}

/* delta[l-1] = (delta[l] W[l]^T) * g'(z[l-1]); of the last layer delta is 1 for the one output. */
static void go_below(const Jacobian *j, size_t l, size_t output, MatIn delta, Mat below)
{
    const size_t in = below.cols;
    const real *transposed = j->layer[l].transposed, *slope = j->layer[l - 1].slope;
    if (l + 1 == j->net->depth) {
        mat_fill_rows(transposed + output * in, below);
    } else {
        mat_fill_rows(j->zeros, below);
        mat_add_product(delta, mat_in(transposed, delta.cols, in), below);
    }
    for (size_t i = 0; i < below.rows; i++) {
        real *row = below.v + i * below.stride;
        for (size_t c = 0; c < in; c++) {
            row[c] *= slope[i * in + c];
        }
    }
}

static Mat rows_of(Mat a, size_t from, size_t rows)
{
    return (Mat){a.v + from * a.stride, rows, a.cols, a.stride};
}

void jacobian_output(Jacobian *j, size_t output, JacobianFactors *layer, size_t from)
{
    const size_t depth = j->net->depth, rows = j->x.rows;
    Mat delta = {0};
    for (size_t l = 0; l < depth; l++) {
        fill_inputs(input_of(j, l), rows_of(layer[l].inputs, from, rows));
    }
    for (size_t l = depth - 1; l > 0; l--) {
        const Mat below = rows_of(layer[l - 1].slopes, from, rows);
        go_below(j, l, output, (MatIn){delta.v, delta.rows, delta.cols, delta.stride}, below);
        delta = below;
    }
}
