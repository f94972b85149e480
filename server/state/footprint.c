/* The formulas of train.h, sweep.h and fit.h in numbers of 8 bytes, kept as reals, which no shape
 * makes overflow. What the core takes is held against its formulas by its own tests; here it is
 * what these say for networks of any depth. */
#include "state/footprint.h"

#include <math.h>
#include <stdbool.h>

#include "core/cholesky.h"
#include "core/gram.h"
#include "core/jacobian.h"
#include "core/sweep.h"

#define CHUNK_PRODUCTS 67108864.0 /* rows of a chunk times parameters, at most */
#define PARTIAL_NUMBERS 524288.0  /* of the partial gradients of a wave */
#define WIDE_WEIGHTS 65536.0      /* of a layer, from which on blocks have more rows */

typedef struct Shape {
    const TrainOptions *options;
    size_t depth, width[TRAIN_HIDDEN_MAX + 2];
    double parameters, columns; /* of the network, and of the data */
    double units, widest;       /* of the hidden and output layers in all, and of the widest */
    double rows;
} Shape;

static double filled_up(size_t width)
{
    return width == 1 ? 1 : ceil((double)width / 8) * 8;
}

static Shape shape_of(const FitOptions *options, size_t rows, size_t inputs, size_t outputs)
{
    Shape shape = {.options = &options->train, .rows = (double)rows};
    shape.depth = train_shape(&options->train, inputs, outputs, shape.width);
    shape.parameters = (double)net_count(shape.depth, shape.width);
    shape.columns = (double)inputs + (double)outputs;
    shape.widest = filled_up(inputs);
    for (size_t l = 1; l <= shape.depth; l++) {
        shape.units += filled_up(shape.width[l]);
        shape.widest = fmax(shape.widest, filled_up(shape.width[l]));
    }
    return shape;
}

static double of_pass(const Shape *shape)
{
    double block = 32, weights = 0;
    for (size_t l = 0; l < shape->depth; l++) {
        size_t in = shape->width[l], out = shape->width[l + 1];
        double cols = filled_up(out);
        if ((double)in * (double)out >= WIDE_WEIGHTS)
            block = 128;
        weights += l > 0 ? (double)out * filled_up(in) : 0;
        weights += cols > (double)out ? 2 * ((double)in + 1) * cols : 0;
    }
    return block * (2 * shape->units + shape->widest) + weights;
}

static double of_sweep(const Shape *shape, double rows)
{
    const Team *team = shape->options->team;
    double chunk = fmax(fmin(CHUNK_PRODUCTS / shape->parameters, SWEEP_CHUNK_ROWS), 32);
    double chunks = ceil(rows / chunk);
    double workers = fmin(chunks, team ? (double)team->workers : 1);
    double each = floor(PARTIAL_NUMBERS / shape->parameters / workers);
    double slots = workers < 2 ? 1 : workers * fmin(fmax(each, 1), 4);
    double partial = chunks > 1 ? fmin(chunks, slots) * shape->parameters : 0;
    return workers * of_pass(shape) + partial;
}

/* A row of the Jacobian's factors: what goes into each layer and a 1, and the slopes of the hidden
 * ones. */
static double of_factors(const Shape *shape)
{
    double factors = 0;
    for (size_t l = 0; l < shape->depth; l++)
        factors += filled_up(shape->width[l] + 1) + (l > 0 ? filled_up(shape->width[l]) : 0);
    return factors;
}

static double of_optimiser(const Shape *shape)
{
    const TrainOptions *options = shape->options;
    double count = shape->parameters, filled = 8 * ceil(count / 8);
    double workers = options->team ? (double)options->team->workers : 1;
    switch (options->optimizer->family) {
    case OPT_FIRST_ORDER:
        break;
    case OPT_LBFGS:
        return 23 * count;
    case OPT_LEVENBERG_MARQUARDT:
        return 2 * count * filled + (2 + CHOLESKY_PANEL) * filled +
               GRAM_ROWS * of_factors(shape) +
               workers * (count + shape->widest + 2 * JACOBIAN_ROWS * shape->units + GRAM_SCRATCH);
    }
    return (double)options->optimizer->slots * count;
}

double footprint_bytes(const FitOptions *options, size_t rows, size_t inputs, size_t outputs)
{
    const TrainOptions *train = &options->train;
    Shape shape = shape_of(options, rows, inputs, outputs);
    double data = shape.rows * shape.columns, batch = (double)train->batch_size;
    double held_out = train->validation_split * shape.rows, training = shape.rows - held_out;
    bool batches = train->shuffle && batch > 0 && batch < training && !train->optimizer->full_batch;
    double whole = data + 2 * shape.columns + (held_out > 0 ? 3 : 2) * shape.parameters +
                   of_optimiser(&shape) + of_sweep(&shape, fmax(training, held_out));
    if (batches)
        whole += batch * shape.columns + training;
    whole = fmax(data + held_out * shape.columns, whole);
    whole += (double)options->ensemble * shape.parameters;
    return 8 * (options->folds > 0 ? whole + data : whole);
}
