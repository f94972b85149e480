/* Passes through a network, by blocks of rows: forward, error of the output, backward, gradient of
 * the block; then the next block. Blocks are small enough that their activations stay in the first
 * cache, and larger where the weights do not, so that these are used often. A Pass is one thread's
 * scratch and holds nothing between calls.
 *
 * Rows of odd length end in a few columns that fill no vector. So where there are rows enough to
 * pay for it, a layer works on copies of its weights and gradient whose rows are filled up with
 * zeros, and its activations have as many columns. What is computed there is never read.
 *
 * Method: backpropagation as in the project's notes, with the gradient of
 * the very loss that is reported. Sums over rows are taken in the order of the rows, one at a time,
 * so their bits depend neither on blocks and filling nor on where a caller cuts between calls.
 */
#include "core/pass.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 8,       /* columns are filled up to a multiple of them, */
    FILLED_ROWS = 16 /* from so many rows on */
};

/* Scratch of one layer. */
typedef struct LayerScratch {
    size_t cols;      /* out, or what it is filled up to: of all that follows */
    real *a;          /* (block_rows, cols): what the layer gives out */
    real *slope;      /* (block_rows, cols): g'(z), then delta; hidden layers only */
    real *transposed; /* (out, cols of the layer below): the weights; all layers but the first */
    real *filled;     /* (in + 1, cols): weights and biases; NULL where cols is always out */
    real *gradient;   /* likewise, of the gradient */
} LayerScratch;

struct Pass {
    size_t depth;
    size_t rows; /* of a prediction, at most; 0: of any number, and gradients too */
    size_t block_rows;
    void *memory;         /* owned: what all arrays of this scratch lie in */
    real *product;        /* (block_rows, widest layer) */
    real *zeros;          /* (widest layer) */
    LayerScratch layer[]; /* (depth) */
};

/* One column needs no filling, it has a kernel of its own. */
static size_t filled_up(size_t cols)
{
    return cols == 1 ? 1 : (cols + LANES - 1) / LANES * LANES;
}

static size_t widest(const Net *net)
{
    size_t most = 1;
    for (size_t l = 0; l <= net->depth; l++) {
        most = net->width[l] > most ? net->width[l] : most;
    }
    return filled_up(most);
}

static size_t rows_of_block(const Net *net)
{
    for (size_t l = 0; l < net->depth; l++) {
        if (net->width[l] >= PASS_WIDE_WEIGHTS / net->width[l + 1]) {
            return PASS_BLOCK_ROWS_WIDE;
        }
    }
    return PASS_BLOCK_ROWS;
}

/* The next n numbers, from the start of a cache line. Where there are none yet they are counted: in
 * a real, which no shape makes overflow. */
typedef struct Room {
    real *first; /* NULL while counting */
    real used;
} Room;

static real *take(Room *room, real n)
{
    real *taken = room->first == NULL ? NULL : room->first + (size_t)room->used;
    const real lines = (real)(uint64_t)((n + LANES - 1) / LANES);
    room->used += lines * LANES;
    return taken;
}

/* The first cache line of some memory with room for one more than is needed. An allocator that is
 * asked for a whole line takes several times as long, which a prediction of one row would feel. */
static real *first_line(real *memory)
{
    return memory + (LANES - (uintptr_t)memory / sizeof(real) % LANES) % LANES;
}

static void lay_out(Pass *pass, const Net *shape, Room *room)
{
    const int gradients = pass->rows == 0, fills = gradients || pass->rows >= FILLED_ROWS;
    const real rows = (real)pass->block_rows, most = (real)widest(shape);
    pass->product = take(room, rows * most);
    pass->zeros = take(room, most);
    for (size_t l = 0; l < shape->depth; l++) {
        LayerScratch *layer = &pass->layer[l];
        const real in = (real)shape->width[l], out = (real)shape->width[l + 1];
        const real cols = (real)filled_up(shape->width[l + 1]);
        layer->a = take(room, rows * cols);
        layer->slope = gradients ? take(room, rows * cols) : NULL;
        layer->transposed =
            gradients && l > 0 ? take(room, out * (real)filled_up(shape->width[l])) : NULL;
        layer->filled = fills && cols > out ? take(room, (in + 1) * cols) : NULL;
        layer->gradient = gradients && cols > out ? take(room, (in + 1) * cols) : NULL;
    }
}

static Pass *new_for(const Net *shape, size_t rows)
{
    Room room = {0};
    if (shape->depth > PTRDIFF_MAX / sizeof(LayerScratch) - sizeof(Pass)) {
        return NULL;
    }
    Pass *pass = malloc(sizeof *pass + shape->depth * sizeof(LayerScratch));
    if (pass == NULL) {
        return NULL;
    }
    pass->depth = shape->depth;
    pass->rows = rows;
    pass->block_rows = rows_of_block(shape);
    if (rows > 0 && rows < pass->block_rows) {
        pass->block_rows = rows;
    }
    lay_out(pass, shape, &room);
    const int fits = room.used < (real)(PTRDIFF_MAX / 2 / sizeof(real));
    pass->memory = fits ? calloc((size_t)room.used + LANES, sizeof(real)) : NULL;
    if (pass->memory == NULL) {
        free(pass);
        return NULL;
    }
    room = (Room){.first = first_line(pass->memory)};
    lay_out(pass, shape, &room);
    return pass;
}

Pass *pass_new(const Net *shape)
{
    return new_for(shape, 0);
}

Pass *pass_new_to_predict(const Net *shape, size_t rows)
{
    return new_for(shape, rows > 0 ? rows : 1);
}

void pass_free(Pass *pass)
{
    if (pass != NULL) {
        free(pass->memory);
        free(pass);
    }
}

/* The first cols columns of each row; what fills up the rest of `to` stays. */
static void copy_columns(MatIn from, Mat to, size_t cols)
{
    for (size_t i = 0; i < from.rows; i++) {
        memcpy(to.v + i * to.stride, from.v + i * from.stride, cols * sizeof(real));
    }
}

/* Weights and biases of a layer as one matrix, in an array laid out as the parameters are. */
static Mat whole_layer(const Net *net, real *array, size_t l)
{
    const Layer layer = net_layer(net, array, l);
    return mat_out(layer.weights, layer.in + 1, layer.out);
}

static MatIn read_only(Mat m)
{
    return (MatIn){.v = m.v, .rows = m.rows, .cols = m.cols, .stride = m.stride};
}

/* The same as the passes take it: filled up, or as it is. */
static Mat in_use(const Pass *pass, const Net *net, real *array, size_t l)
{
    const LayerScratch *layer = &pass->layer[l];
    if (layer->cols == net->width[l + 1]) {
        return whole_layer(net, array, l);
    }
    return mat_out(array == net->parameters ? layer->filled : layer->gradient, net->width[l] + 1,
                   layer->cols);
}

/* Settles for a call over so many rows how many columns layers have, and fills them up. */
static void begin(Pass *pass, const Net *net, size_t rows)
{
    assert(pass->depth == net->depth);
    for (size_t l = 0; l < net->depth; l++) {
        const size_t out = net->width[l + 1];
        pass->layer[l].cols = rows >= FILLED_ROWS ? filled_up(out) : out;
        if (pass->layer[l].cols != out) {
            copy_columns(read_only(whole_layer(net, net->parameters, l)),
                         in_use(pass, net, net->parameters, l), out);
        }
    }
}

/* What a gradient takes besides: transposed weights, and itself filled up. */
static void begin_gradient(Pass *pass, const Net *net, real *gradient)
{
    for (size_t l = 0; l < net->depth; l++) {
        const size_t out = net->width[l + 1];
        if (pass->layer[l].cols != out) {
            copy_columns(read_only(whole_layer(net, gradient, l)), in_use(pass, net, gradient, l),
                         out);
        }
    }
    for (size_t l = 1; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        const size_t cols = pass->layer[l - 1].cols;
        real *to = pass->layer[l].transposed;
        for (size_t i = 0; i < layer.out; i++) {
            memset(to + i * cols + layer.in, 0, (cols - layer.in) * sizeof(real));
        }
        mat_transpose(mat_in(layer.weights, layer.in, layer.out),
                      (Mat){.v = to, .rows = layer.out, .cols = layer.in, .stride = cols});
    }
}

static void end_gradient(const Pass *pass, const Net *net, real *gradient)
{
    for (size_t l = 0; l < net->depth; l++) {
        const size_t out = net->width[l + 1];
        if (pass->layer[l].cols != out) {
            copy_columns(read_only(in_use(pass, net, gradient, l)), whole_layer(net, gradient, l),
                         out);
        }
    }
}

/* z = a[l-1] W + b, a = g(z) for a block of rows; slopes too, where they are wanted. Returns the
 * output, which lies in the scratch of the last layer. */
static Mat forward(Pass *pass, const Net *net, MatIn x, int with_slopes)
{
    Mat z = {0};
    MatIn a = x;
    for (size_t l = 0; l < net->depth; l++) {
        const MatIn weights = read_only(in_use(pass, net, net->parameters, l));
        const size_t in = net->width[l], count = x.rows * weights.cols;
        z = mat_out(pass->layer[l].a, x.rows, weights.cols);
        mat_product_from(weights.v + in * weights.stride, a, mat_in(weights.v, in, weights.cols),
                         z);
        if (l + 1 < net->depth && with_slopes) {
            net->act->value_and_slope(count, z.v, pass->layer[l].slope);
        } else if (l + 1 < net->depth) {
            net->act->value(count, z.v);
        }
        a = read_only(z);
        a.cols = net->width[l + 1];
    }
    z.cols = net->width[net->depth];
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

/* below(rows, cols) *= delta(rows) weights(cols): of a layer with one output. */
static void scale_by_outer(MatIn delta, const real *restrict weights, Mat below)
{
    for (size_t i = 0; i < below.rows; i++) {
        const real d = delta.v[i * delta.stride];
        real *restrict row = below.v + i * below.stride;
        for (size_t j = 0; j < below.cols; j++) {
            row[j] *= d * weights[j];
        }
    }
}

/* delta[l-1] = (delta[l] W[l]^T) * g'(z[l-1]), in the place of those slopes. */
static real *delta_below(Pass *pass, size_t l, MatIn delta)
{
    const size_t cols = pass->layer[l - 1].cols, count = delta.rows * cols;
    real *restrict below = pass->layer[l - 1].slope;
    real *restrict product = pass->product;
    if (delta.cols == 1) {
        scale_by_outer(delta, pass->layer[l].transposed, mat_out(below, delta.rows, cols));
        return below;
    }
    mat_product_from(pass->zeros, delta, mat_in(pass->layer[l].transposed, delta.cols, cols),
                     mat_out(product, delta.rows, cols));
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
        const size_t in = net->width[l];
        const Mat into = in_use(pass, net, gradient, l);
        MatIn d = mat_in(delta, x.rows, into.cols), a = x;
        if (l > 0) {
            a = mat_in(pass->layer[l - 1].a, x.rows, pass->layer[l - 1].cols);
            a.cols = in;
        }
        mat_add_product_tn(a, d, mat_out(into.v, in, into.cols));
        mat_add_rows(d, into.v + in * into.stride);
        if (l > 0) {
            d.cols = net->width[l + 1];
            delta = delta_below(pass, l, d);
        }
    }
}

static size_t block_rows(const Pass *pass, size_t rows, size_t from)
{
    return rows - from < pass->block_rows ? rows - from : pass->block_rows;
}

void pass_predict(Pass *pass, const Net *net, MatIn x, Mat y)
{
    assert(pass->rows == 0 || x.rows <= pass->rows);
    begin(pass, net, x.rows);
    for (size_t from = 0; from < x.rows; from += pass->block_rows) {
        MatIn block = x;
        block.v += from * x.stride;
        block.rows = block_rows(pass, x.rows, from);
        const Mat answer = forward(pass, net, block, 0);
        for (size_t i = 0; i < block.rows; i++) {
            memcpy(y.v + (from + i) * y.stride, answer.v + i * answer.stride,
                   answer.cols * sizeof(real));
        }
    }
}

real pass_squared_error(Pass *pass, const Net *net, const Data *data)
{
    real sum = 0;
    begin(pass, net, data->rows);
    for (size_t from = 0; from < data->rows; from += pass->block_rows) {
        const Data block = data_slice(data, from, block_rows(pass, data->rows, from));
        const Mat answer = forward(pass, net, data_inputs(&block), 0);
        sum += output_error(data_targets(&block), 0, answer);
    }
    return sum;
}

real pass_gradient(Pass *pass, const Net *net, const Data *data, real weight, real *gradient)
{
    real sum = 0;
    begin(pass, net, data->rows);
    begin_gradient(pass, net, gradient);
    for (size_t from = 0; from < data->rows; from += pass->block_rows) {
        const Data block = data_slice(data, from, block_rows(pass, data->rows, from));
        const MatIn x = data_inputs(&block);
        sum += output_error(data_targets(&block), weight, forward(pass, net, x, 1));
        backward(pass, net, x, gradient);
    }
    end_gradient(pass, net, gradient);
    return sum;
}
