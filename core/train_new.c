/* How a Trainer comes into being and goes. One generator, seeded once, is its only source of
 * randomness, and is used in this order: the first parameters (unless they are given), and then
 * each epoch's order of the rows.
 */
#include "core/train_private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t train_shape(const TrainOptions *options, size_t inputs, size_t outputs, size_t *width)
{
    width[0] = inputs;
    memcpy(width + 1, options->hidden, options->hidden_count * sizeof(size_t));
    width[options->hidden_count + 1] = outputs;
    return options->hidden_count + 1;
}

static Outcome make_net(Trainer *t, const Net *initial)
{
    size_t width[TRAIN_HIDDEN_MAX + 2];
    const size_t depth = train_shape(&t->options, t->training.inputs, t->training.outputs, width);
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

/* All that is as long as the parameters. */
static Outcome make_scratch(Trainer *t)
{
    const size_t count = t->net->parameter_count;
    const int validated = t->validation.rows > 0;
    t->sweep = sweep_new(
        t->net, t->training.rows > t->validation.rows ? t->training.rows : t->validation.rows,
        t->options.team);
    t->objective = (Objective){.net = t->net,
                               .sweep = t->sweep,
                               .rows = t->training,
                               .l2 = t->options.l2,
                               .decays_biases = t->options.bayesian,
                               .gradient = mat_zeros(count)};
    t->best = validated ? mat_zeros(count) : NULL;
    if (t->sweep == NULL || t->objective.gradient == NULL || (validated && t->best == NULL)) {
        return OUTCOME_NO_MEMORY;
    }
    if (validated) { /* a training that ends before its first losses keeps what it began with */
        memcpy(t->best, t->net->parameters, count * sizeof(real));
    }
    return method_new(&t->options, t->net, &t->method);
}

static Outcome make_loop(Trainer *t)
{
    const size_t batch = t->options.optimizer->full_batch ? 0 : t->options.batch_size;
    t->stop = stop_new(&t->options, t->validation.rows > 0, data_target_power(&t->training));
    t->progress = (TrainProgress){.train_loss = (real)NAN, .validation_loss = (real)NAN};
    t->schedule = schedule_new(&t->options.schedule, t->options.epochs);
    return batches_new(&t->batches, &t->training, batch, t->options.shuffle);
}

Outcome trainer_new(const TrainOptions *options, const Net *initial, Trainer **trainer,
                    const Split *split)
{
    Trainer *t = calloc(1, sizeof *t);
    *trainer = NULL;
    if (t == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    assert(options->hidden_count <= TRAIN_HIDDEN_MAX);
    t->options = *options;
    t->options.scaling = NULL;
    t->options.bayesian &= options->optimizer->family == OPT_LEVENBERG_MARQUARDT;
    t->training = split->training;
    t->validation = split->validation;
    t->scaling = split->scaling;
    t->rng = rng_seeded(options->seed);
    Outcome outcome = make_net(t, initial);
    outcome = outcome == OUTCOME_OK ? make_scratch(t) : outcome;
    outcome = outcome == OUTCOME_OK ? make_loop(t) : outcome;
    if (outcome != OUTCOME_OK) {
        trainer_free(t);
        return outcome;
    }
    *trainer = t;
    return OUTCOME_OK;
}

Outcome trainer_new_take(const TrainOptions *options, const Net *initial, Trainer **trainer,
                         Data *data)
{
    Split *split;
    *trainer = NULL;
    Outcome outcome = split_new_take(options, 0, &split, data);
    if (outcome == OUTCOME_OK) {
        outcome = trainer_new(options, initial, trainer, split);
    }
    if (outcome == OUTCOME_OK) {
        (*trainer)->own = split;
    } else {
        split_free(split);
    }
    return outcome;
}

void trainer_free(Trainer *t)
{
    if (t == NULL) {
        return;
    }
    split_free(t->own);
    net_free(t->net);
    sweep_free(t->sweep);
    free(t->objective.gradient);
    method_free(t->method);
    batches_free(&t->batches);
    free(t->best);
    free(t);
}
