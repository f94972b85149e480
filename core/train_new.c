/* How a Trainer comes into being and goes. One generator, seeded once, is the only source of
 * randomness, and is used in this order: the split into training and validation rows, the first
 * parameters (unless they are given), and then each epoch's order of the rows.
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

static Outcome make_scaling(Trainer *t)
{
    const Scaling *given = t->options.scaling;
    assert(given == NULL ||
           (given->inputs == t->data->inputs && given->outputs == t->data->outputs));
    t->options.scaling = NULL;
    t->scaling =
        given != NULL ? scaling_copy(given) : scaling_new(t->data->inputs, t->data->outputs);
    if (t->scaling == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (given == NULL && t->options.standardize) {
        scaling_fit(t->scaling, &t->training);
    }
    if (given != NULL || t->options.standardize) {
        scaling_apply(t->scaling, t->data);
    }
    return OUTCOME_OK;
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
    return make_scaling(t);
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

/* All that is as long as the parameters. */
static Outcome make_scratch(Trainer *t)
{
    const size_t count = t->net->parameter_count;
    const int validated = t->validation.rows > 0;
    t->sweep = sweep_new(t->net, t->data->rows, t->options.team);
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
    t->options.bayesian &= options->optimizer->family == OPT_LEVENBERG_MARQUARDT;
    t->data = data;
    t->rng = rng_seeded(options->seed);
    outcome = split_and_scale(t);
    outcome = outcome == OUTCOME_OK ? make_net(t, initial) : outcome;
    outcome = outcome == OUTCOME_OK ? make_scratch(t) : outcome;
    outcome = outcome == OUTCOME_OK ? make_loop(t) : outcome;
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
    sweep_free(t->sweep);
    free(t->objective.gradient);
    method_free(t->method);
    batches_free(&t->batches);
    free(t->best);
    free(t);
}
