/* The epoch loop. A Trainer owns everything that a training needs and is one thread's; the hooks
 * are the only way out of the loop, and they see numbers, not the trainer.
 *
 * One generator, seeded once, is the only source of randomness, and is used in this order: the
 * split into training and validation rows, the first parameters (unless they are given), and then
 * each epoch's order of the rows, which shuffles the order of the epoch before.
 *
 * Epoch k begins with the network after k epochs: its losses are taken, the rules asked, and only
 * then is it updated. Where the whole split is one batch, that loss and the gradient of the update
 * come from one pass.
 */
#include "core/train.h"

#include "core/stop.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows between two questions to the poll. Sums of squares are added up slice by slice, so this is
 * part of what the bits of a loss depend on; whether anyone polls is not. */
enum { SLICE_ROWS = 1024 };

static const real not_known = (real)NAN;

struct Trainer {
    TrainOptions options;
    Data *data;                /* scaled; training rows, then validation rows */
    Data training, validation; /* views of data */
    Scaling *scaling;
    Net *net;
    Pass *pass;
    Opt *opt;
    real *gradient; /* (parameter_count) */
    real *best;     /* (parameter_count): of the best epoch; NULL without a validation split */
    Data *batch;    /* the rows of a shuffled batch; NULL where batches are slices */
    size_t *order;  /* (training.rows): of the rows, where they are shuffled; else NULL */
    Rng rng;
    Stop stop;
    TrainProgress progress;
};

size_t train_shape(const TrainOptions *options, size_t inputs, size_t outputs, size_t *width)
{
    width[0] = inputs;
    memcpy(width + 1, options->hidden, options->hidden_count * sizeof(size_t));
    width[options->hidden_count + 1] = outputs;
    return options->hidden_count + 1;
}

/* Whether the whole training split is one batch. */
static int is_full_batch(const Trainer *t)
{
    return t->options.batch_size == 0 || t->options.batch_size >= t->training.rows;
}

static Outcome split_and_scale(Trainer *t)
{
    size_t training;
    const Outcome outcome = data_split(t->data, t->options.validation_split, &t->rng, &training);
    if (outcome != OUTCOME_OK) {
        return outcome;
    }
    t->training = data_slice(t->data, 0, training);
    t->validation = data_slice(t->data, training, t->data->rows - training);
    t->scaling = scaling_new(t->data->inputs, t->data->outputs);
    if (t->scaling == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (t->options.standardize) {
        scaling_fit(t->scaling, &t->training);
        scaling_apply(t->scaling, t->data);
    }
    return OUTCOME_OK;
}

static Outcome make_net(Trainer *t, const Net *initial)
{
    size_t width[TRAIN_HIDDEN_MAX + 2];
    const size_t depth = train_shape(&t->options, t->data->inputs, t->data->outputs, width);
    if (net_count(depth, width) == SIZE_MAX) {
        return OUTCOME_TOO_LARGE;
    }
    t->net = net_new(depth, width, t->options.activation);
    if (t->net == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (initial == NULL) {
        net_init(t->net, t->options.init, &t->rng);
        return OUTCOME_OK;
    }
    assert(initial->parameter_count == t->net->parameter_count);
    memcpy(t->net->parameters, initial->parameters, initial->parameter_count * sizeof(real));
    return OUTCOME_OK;
}

/* The rows of shuffled batches, and their order, where there are such. */
static Outcome make_batch(Trainer *t)
{
    if (is_full_batch(t) || !t->options.shuffle) {
        return OUTCOME_OK;
    }
    t->batch = data_new(t->options.batch_size, t->data->inputs, t->data->outputs);
    t->order = calloc(t->training.rows, sizeof(size_t));
    if (t->batch == NULL || t->order == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < t->training.rows; i++) {
        t->order[i] = i;
    }
    return OUTCOME_OK;
}

static Outcome make_scratch(Trainer *t)
{
    const size_t count = t->net->parameter_count;
    const int validated = t->validation.rows > 0;
    t->stop = stop_new(&t->options, validated, data_target_power(&t->training));
    t->progress = (TrainProgress){.train_loss = not_known, .validation_loss = not_known};
    t->pass = pass_new(t->net);
    t->opt = opt_new(t->options.optimizer, &t->options.opt, count);
    t->gradient = mat_zeros(count);
    t->best = validated ? mat_zeros(count) : NULL;
    if (t->pass == NULL || t->opt == NULL || t->gradient == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (validated && t->best == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (validated) { /* a training that ends before its first losses keeps what it began with */
        memcpy(t->best, t->net->parameters, count * sizeof(real));
    }
    return make_batch(t);
}

Outcome trainer_new_take(const TrainOptions *options, const Net *initial, Trainer **trainer,
                         Data *data)
{
    Outcome outcome = OUTCOME_NO_MEMORY;
    Trainer *t = calloc(1, sizeof *t);
    *trainer = NULL;
    if (t == NULL) {
        data_free(data);
        return outcome;
    }
    assert(data->rows >= 1 && options->hidden_count <= TRAIN_HIDDEN_MAX);
    t->options = *options;
    t->data = data;
    t->rng = rng_seeded(options->seed);
    outcome = split_and_scale(t);
    if (outcome == OUTCOME_OK) {
        outcome = make_net(t, initial);
    }
    if (outcome == OUTCOME_OK) {
        outcome = make_scratch(t);
    }
    if (outcome != OUTCOME_OK) {
        trainer_free(t);
        return outcome;
    }
    *trainer = t;
    return OUTCOME_OK;
}

void trainer_free(Trainer *t)
{
    if (t == NULL) {
        return;
    }
    data_free(t->data);
    scaling_free(t->scaling);
    net_free(t->net);
    pass_free(t->pass);
    opt_free(t->opt);
    free(t->gradient);
    free(t->best);
    data_free(t->batch);
    free(t->order);
    free(t);
}

static TrainEnd ask_poll(const TrainHooks *hooks)
{
    return hooks != NULL && hooks->poll != NULL ? hooks->poll(hooks->context) : TRAIN_GOES_ON;
}

/* One slice: its sum of squares, and where gradient is not NULL that of `weight` times it. */
static real pass_slice(Trainer *t, const Data *slice, real weight, real *gradient)
{
    if (gradient == NULL) {
        return pass_squared_error(t->pass, t->net, slice);
    }
    return pass_gradient(t->pass, t->net, slice, weight, gradient);
}

/* The mean squared error over rows, in *loss, and where gradient is not NULL its gradient (cleared
 * first), asking the poll between slices. */
static TrainEnd pass_rows(Trainer *t, const TrainHooks *hooks, const Data *rows, real *gradient,
                          real *loss)
{
    const real numbers = (real)rows->rows * (real)rows->outputs;
    real sum = 0;
    if (gradient != NULL) {
        memset(gradient, 0, t->net->parameter_count * sizeof(real));
    }
    for (size_t from = 0; from < rows->rows; from += SLICE_ROWS) {
        const TrainEnd end = from > 0 ? ask_poll(hooks) : TRAIN_GOES_ON;
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        const size_t left = rows->rows - from;
        const Data slice = data_slice(rows, from, left < SLICE_ROWS ? left : SLICE_ROWS);
        sum += pass_slice(t, &slice, 1 / numbers, gradient);
    }
    *loss = sum / numbers;
    return TRAIN_GOES_ON;
}

/* The gradient of l2 times the sum of squared weights, biases not: 2 l2 W. */
static void add_weight_decay(Trainer *t)
{
    for (size_t l = 0; l < t->net->depth && t->options.l2 > 0; l++) {
        const Layer into = net_layer(t->net, t->gradient, l);
        const Layer of = net_layer(t->net, t->net->parameters, l);
        for (size_t i = 0; i < of.in * of.out; i++) {
            into.weights[i] += 2 * t->options.l2 * of.weights[i];
        }
    }
}

/* The gradient of what is minimised on a batch, into t->gradient, and the batch's loss. */
static TrainEnd batch_gradient(Trainer *t, const TrainHooks *hooks, const Data *rows, real *loss)
{
    const TrainEnd end = pass_rows(t, hooks, rows, t->gradient, loss);
    if (end == TRAIN_GOES_ON) {
        add_weight_decay(t);
    }
    return end;
}

/* The losses of the network as it stands, and the full gradient where an update or a rule needs it.
 */
static TrainEnd take_losses(Trainer *t, const TrainHooks *hooks, TrainProgress *progress)
{
    TrainEnd end;
    if (is_full_batch(t) || t->options.gradient_tolerance > 0) {
        end = batch_gradient(t, hooks, &t->training, &progress->train_loss);
    } else {
        end = pass_rows(t, hooks, &t->training, NULL, &progress->train_loss);
    }
    progress->validation_loss = not_known;
    if (end == TRAIN_GOES_ON && t->validation.rows > 0) {
        end = pass_rows(t, hooks, &t->validation, NULL, &progress->validation_loss);
    }
    return end;
}

static int has_diverged(const Trainer *t)
{
    return !isfinite(t->progress.train_loss) ||
           (t->validation.rows > 0 && !isfinite(t->progress.validation_loss)) ||
           !net_is_finite(t->net);
}

/* Whether every component of the full gradient is below the tolerance for it. */
static int is_flat(const Trainer *t)
{
    int flat = t->options.gradient_tolerance > 0;
    for (size_t i = 0; flat && i < t->net->parameter_count; i++) {
        flat = fabs(t->gradient[i]) < t->options.gradient_tolerance;
    }
    return flat;
}

/* Notes an epoch's losses and asks hook and rules. */
static TrainEnd judge(Trainer *t, const TrainHooks *hooks)
{
    t->progress.best_epoch = t->stop.best_epoch;
    if (has_diverged(t)) {
        return TRAIN_DIVERGED;
    }
    if (stop_note(&t->stop, &t->progress) && t->best != NULL) {
        memcpy(t->best, t->net->parameters, t->net->parameter_count * sizeof(real));
    }
    if (hooks != NULL && hooks->epoch != NULL) {
        const TrainEnd said = hooks->epoch(hooks->context, &t->progress);
        if (said != TRAIN_GOES_ON) {
            return said;
        }
    }
    return stop_verdict(&t->stop, is_flat(t));
}

/* Rows [from, from + rows) of this epoch's order. */
static Data batch_rows(Trainer *t, size_t from, size_t rows)
{
    if (t->order == NULL) {
        return data_slice(&t->training, from, rows);
    }
    const size_t columns = t->data->inputs + t->data->outputs;
    for (size_t i = 0; i < rows; i++) {
        memcpy(t->batch->v + i * columns, t->training.v + t->order[from + i] * columns,
               columns * sizeof(real));
    }
    return data_slice(t->batch, 0, rows);
}

/* One epoch of updates. Of the whole split the gradient is there already, from taking the losses.
 */
static TrainEnd update(Trainer *t, const TrainHooks *hooks)
{
    if (is_full_batch(t)) {
        opt_step(t->opt, t->gradient, t->net->parameters);
        return TRAIN_GOES_ON;
    }
    if (t->order != NULL) {
        rng_shuffle(&t->rng, t->training.rows, t->order);
    }
    for (size_t from = 0; from < t->training.rows; from += t->options.batch_size) {
        const size_t left = t->training.rows - from;
        const size_t rows = left < t->options.batch_size ? left : t->options.batch_size;
        const Data batch = batch_rows(t, from, rows);
        real loss;
        TrainEnd end = from > 0 ? ask_poll(hooks) : TRAIN_GOES_ON;
        if (end == TRAIN_GOES_ON) {
            end = batch_gradient(t, hooks, &batch, &loss);
        }
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        opt_step(t->opt, t->gradient, t->net->parameters);
    }
    return TRAIN_GOES_ON;
}

TrainEnd trainer_run(Trainer *t, const TrainHooks *hooks)
{
    TrainProgress next = {0};
    TrainEnd end = TRAIN_GOES_ON;
    while (end == TRAIN_GOES_ON) {
        end = take_losses(t, hooks, &next);
        if (end == TRAIN_GOES_ON) {
            t->progress = next;
            end = judge(t, hooks);
        }
        if (end == TRAIN_GOES_ON) {
            end = update(t, hooks);
        }
        next.epoch++;
    }
    if (t->best != NULL) {
        memcpy(t->net->parameters, t->best, t->net->parameter_count * sizeof(real));
    }
    /* A hook may end it before the losses show what the last update has done. */
    return net_is_finite(t->net) ? end : TRAIN_DIVERGED;
}

TrainProgress trainer_progress(const Trainer *t)
{
    return t->progress;
}

size_t trainer_training_rows(const Trainer *t)
{
    return t->training.rows;
}

size_t trainer_validation_rows(const Trainer *t)
{
    return t->validation.rows;
}

const Net *trainer_net(const Trainer *t)
{
    return t->net;
}

Outcome trainer_score(const Trainer *t, Score *training, Score *validation)
{
    const Outcome outcome = score_net(t->net, t->scaling, &t->training, training);
    if (outcome != OUTCOME_OK || t->validation.rows == 0) {
        return outcome;
    }
    return score_net(t->net, t->scaling, &t->validation, validation);
}

Model *trainer_model(const Trainer *t)
{
    return model_new_take(net_copy(t->net), scaling_copy(t->scaling));
}
