/* Backpropagation against central differences of the loss that is minimised, taken by a plain
 * forward pass: every activation, one to four layers, one and several targets, with and without
 * weight decay. The gradient is read off one step of gradient descent with learning rate 1, so that
 * the trainer's weight decay is under test as well.
 */
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 37, INPUTS = 3 };

static const size_t hidden[] = {5, 4, 6};

/* mean squared error + l2 * sum of squared weights */
static real objective(const Net *net, const Data *data, real l2)
{
    Pass *pass = pass_new(net);
    real y[ROWS * 3], sum = 0, decay = 0;
    const MatIn targets = data_targets(data);
    cr_assert_not_null(pass);
    pass_predict(pass, net, data_inputs(data), mat_out(y, ROWS, data->outputs));
    for (size_t i = 0; i < ROWS * data->outputs; i++) {
        const size_t row = i / data->outputs, col = i % data->outputs;
        sum += pow(y[i] - targets.v[row * targets.stride + col], 2);
    }
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        for (size_t i = 0; i < layer.in * layer.out; i++) {
            decay += layer.weights[i] * layer.weights[i];
        }
    }
    pass_free(pass);
    return sum / (real)(ROWS * data->outputs) + l2 * decay;
}

static Data *make_data(size_t outputs)
{
    return fixture_data(ROWS, INPUTS, outputs, 11);
}

/* The gradient at net, by one step of the trainer from there. */
static real *trained_gradient(const Net *net, size_t outputs, real l2)
{
    TrainOptions options = fixture_options();
    options.hidden_count = net->depth - 1;
    memcpy(options.hidden, hidden, sizeof hidden);
    options.activation = net->act;
    options.opt.learning_rate = 1;
    options.epochs = 1;
    options.l2 = l2;
    real *gradient = mat_zeros(net->parameter_count);
    Trainer *trainer = fixture_trainer(&options, net, make_data(outputs));
    cr_assert_not_null(gradient);
    const TrainEnd end = trainer_run(trainer, NULL); /* so long a step may lead out of bounds */
    cr_assert(end == TRAIN_MAX_EPOCHS || end == TRAIN_DIVERGED);
    for (size_t i = 0; i < net->parameter_count; i++) {
        gradient[i] = net->parameters[i] - trainer_net(trainer)->parameters[i];
    }
    trainer_free(trainer);
    return gradient;
}

/* A gradient of zeros would agree with differences of a dead network. */
static void assert_alive(const Net *net, real *gradient)
{
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, gradient, l);
        real weights = 0, biases = 0;
        for (size_t i = 0; i < layer.in * layer.out; i++) {
            weights = fmax(weights, fabs(layer.weights[i]));
        }
        for (size_t i = 0; i < layer.out; i++) {
            biases = fmax(biases, fabs(layer.biases[i]));
        }
        cr_assert(weights > 1e-4 && biases > 1e-4, "%s, layer %zu is dead", net->act->name, l);
    }
}

static void check(const char *act, size_t depth, size_t outputs, real l2)
{
    size_t width[5] = {INPUTS};
    memcpy(width + 1, hidden, sizeof hidden);
    width[depth] = outputs;
    const real h = 1e-5;
    Net *net = fixture_net(depth, width, act, 21 + depth);
    Data *data = make_data(outputs);
    real *gradient = trained_gradient(net, outputs, l2);
    assert_alive(net, gradient);
    for (size_t i = 0; i < net->parameter_count; i++) {
        const real was = net->parameters[i];
        net->parameters[i] = was + h;
        const real above = objective(net, data, l2);
        net->parameters[i] = was - h;
        const real below = objective(net, data, l2);
        net->parameters[i] = was;
        const real difference = (above - below) / (2 * h);
        cr_assert(fabs(gradient[i] - difference) < 2e-9,
                  "%s, depth %zu, %zu outputs, l2 %g: parameter %zu has %.12g, not %.12g", act,
                  depth, outputs, l2, i, gradient[i], difference);
    }
    free(gradient);
    data_free(data);
    net_free(net);
}

static void check_depths(size_t outputs, real l2)
{
    for (size_t a = 0; act_at(a) != NULL; a++) {
        for (size_t depth = 1; depth <= 4; depth++) {
            check(act_at(a)->name, depth, outputs, l2);
        }
    }
}

Test(gradient, of_one_target_agrees_with_differences)
{
    check_depths(1, 0);
}

Test(gradient, of_three_targets_agrees_with_differences)
{
    check_depths(3, 0);
}

Test(gradient, of_one_target_with_weight_decay_agrees_with_differences)
{
    check_depths(1, 0.03);
}

Test(gradient, of_three_targets_with_weight_decay_agrees_with_differences)
{
    check_depths(3, 0.03);
}
