/* Counts numbers of 8 bytes, as reals. Whoever changes what a part of the core allocates changes
 * its line here; the tests hold the sum against what trainings take. Owns nothing.
 */
#include "core/footprint.h"

#include "core/cholesky.h"
#include "core/gram.h"
#include "core/jacobian.h"
#include "core/sweep.h"

#include <math.h>

typedef struct Shape {
    const TrainOptions *options;
    size_t depth, width[TRAIN_HIDDEN_MAX + 2];
    real parameters, columns; /* of the network, and of the data */
    real units, widest;       /* of the hidden and output layers in all, and of the widest */
    real rows;
} Shape;

static real filled_up(size_t width)
{
    return width == 1 ? 1 : ceil((real)width / 8) * 8;
}

static Shape shape_of(const TrainOptions *options, size_t rows, size_t inputs, size_t outputs)
{
    Shape shape = {.options = options, .rows = (real)rows};
    shape.depth = train_shape(options, inputs, outputs, shape.width);
    shape.parameters = (real)net_count(shape.depth, shape.width);
    shape.columns = (real)inputs + (real)outputs;
    shape.widest = filled_up(inputs);
    for (size_t l = 1; l <= shape.depth; l++) {
        shape.units += filled_up(shape.width[l]);
        shape.widest = fmax(shape.widest, filled_up(shape.width[l]));
    }
    return shape;
}

static real of_pass(const Shape *shape)
{
    real block = PASS_BLOCK_ROWS, weights = 0;
    for (size_t l = 0; l < shape->depth; l++) {
        size_t in = shape->width[l], out = shape->width[l + 1];
        real cols = filled_up(out);
        if ((real)in * (real)out >= PASS_WIDE_WEIGHTS) {
            block = PASS_BLOCK_ROWS_WIDE;
        }
        weights += l > 0 ? (real)out * filled_up(in) : 0;
        weights += cols > (real)out ? 2 * ((real)in + 1) * cols : 0;
    }
    return block * (2 * shape->units + shape->widest) + weights;
}

static real of_sweep(const Shape *shape, real rows)
{
    const Team *team = shape->options->team;
    real chunk = fmax(fmin(SWEEP_CHUNK_PRODUCTS / shape->parameters, SWEEP_CHUNK_ROWS),
                      SWEEP_CHUNK_ROWS_LEAST);
    real chunks = ceil(rows / chunk);
    real workers = fmin(chunks, team ? (real)team->workers : 1);
    real each = floor(SWEEP_PARTIAL_NUMBERS / shape->parameters / workers);
    real slots = workers < 2 ? 1 : workers * fmin(fmax(each, 1), SWEEP_CHUNKS_A_WORKER);
    real partial = chunks > 1 ? fmin(chunks, slots) * shape->parameters : 0;
    return workers * of_pass(shape) + partial;
}

/* A row of the Jacobian's factors: what goes into each layer and a 1, and the slopes of the hidden
 * ones. */
static real of_factors(const Shape *shape)
{
    real factors = 0;
    for (size_t l = 0; l < shape->depth; l++) {
        factors += filled_up(shape->width[l] + 1) + (l > 0 ? filled_up(shape->width[l]) : 0);
    }
    return factors;
}

static real of_optimiser(const Shape *shape)
{
    const TrainOptions *options = shape->options;
    real count = shape->parameters, filled = 8 * ceil(count / 8);
    real workers = options->team ? (real)options->team->workers : 1;
    switch (options->optimizer->family) {
    case OPT_FIRST_ORDER:
        break;
    case OPT_LBFGS:
        return 23 * count;
    case OPT_LEVENBERG_MARQUARDT:
        return 2 * count * filled + (2 + CHOLESKY_PANEL) * filled + GRAM_ROWS * of_factors(shape) +
               workers * (count + shape->widest + 2 * JACOBIAN_ROWS * shape->units + GRAM_SCRATCH);
    }
    return (real)options->optimizer->slots * count;
}

static real of_training(const Shape *shape)
{
    const TrainOptions *options = shape->options;
    const real data = shape->rows * shape->columns, batch = (real)options->batch_size;
    const real held_out = options->validation_split * shape->rows;
    const real training = shape->rows - held_out;
    real whole = data + 2 * shape->columns + (held_out > 0 ? 3 : 2) * shape->parameters +
                 of_optimiser(shape) + of_sweep(shape, fmax(training, held_out));
    if (options->shuffle && batch > 0 && batch < training && !options->optimizer->full_batch) {
        whole += batch * shape->columns + training;
    }
    return fmax(data + held_out * shape->columns, whole);
}

real footprint_of_training(const TrainOptions *options, size_t rows, size_t inputs, size_t outputs)
{
    const Shape shape = shape_of(options, rows, inputs, outputs);
    return 8 * of_training(&shape);
}

real footprint_of_fit(const FitOptions *options, size_t rows, size_t inputs, size_t outputs)
{
    const Shape shape = shape_of(&options->train, rows, inputs, outputs);
    const real whole = of_training(&shape) + (real)options->ensemble * shape.parameters;
    return 8 * (options->folds > 0 ? whole + shape.rows * shape.columns : whole);
}
