/* Reads a reference run. Its layers hold weights (out, in); a Net holds them (in, out). */
#include "tests/core/golden.h"

#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static real number_at(const json_t *array, size_t i)
{
    const json_t *number = json_array_get(array, i);
    cr_assert(json_is_number(number));
    return json_number_value(number);
}

static real option(const json_t *hyper, const char *name, real fallback)
{
    const json_t *value = json_object_get(hyper, name);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

static const char *text_option(const json_t *hyper, const char *name)
{
    const char *text = json_string_value(json_object_get(hyper, name));
    cr_assert_not_null(text);
    return text;
}

static TrainOptions read_options(const json_t *hyper)
{
    const json_t *hidden = json_object_get(hyper, "hidden");
    TrainOptions options = fixture_options();
    options.hidden_count = json_array_size(hidden);
    for (size_t l = 0; l < options.hidden_count; l++) {
        options.hidden[l] = (size_t)number_at(hidden, l);
    }
    options.activation = act_find(text_option(hyper, "activation"));
    options.optimizer = opt_find(text_option(hyper, "optimizer"));
    options.opt.learning_rate = option(hyper, "learning_rate", -1);
    options.opt.momentum = option(hyper, "momentum", 0);
    options.opt.nesterov = json_is_true(json_object_get(hyper, "nesterov"));
    options.epochs = (size_t)option(hyper, "epochs", 0);
    options.batch_size = (size_t)option(hyper, "batch_size", 0);
    options.l2 = option(hyper, "l2", 0);
    cr_assert(options.activation != NULL && options.optimizer != NULL);
    cr_assert(options.opt.learning_rate > 0);
    return options;
}

static Data *read_data(const json_t *x, const json_t *y)
{
    const size_t rows = json_array_size(x);
    const size_t inputs = json_array_size(json_array_get(x, 0));
    const size_t outputs = json_array_size(json_array_get(y, 0));
    Data *data = data_new(rows, inputs, outputs);
    cr_assert_not_null(data);
    for (size_t i = 0; i < rows; i++) {
        real *row = data->v + i * (inputs + outputs);
        for (size_t j = 0; j < inputs; j++) {
            row[j] = number_at(json_array_get(x, i), j);
        }
        for (size_t j = 0; j < outputs; j++) {
            row[inputs + j] = number_at(json_array_get(y, i), j);
        }
    }
    return data;
}

static void read_layer(const json_t *from, Layer layer)
{
    const json_t *weights = json_object_get(from, "weights");
    cr_assert_eq(json_array_size(weights), layer.out);
    for (size_t o = 0; o < layer.out; o++) {
        layer.biases[o] = number_at(json_object_get(from, "biases"), o);
        for (size_t i = 0; i < layer.in; i++) {
            layer.weights[i * layer.out + o] = number_at(json_array_get(weights, o), i);
        }
    }
}

static Net *read_net(const Golden *golden, const json_t *layers)
{
    size_t width[TRAIN_HIDDEN_MAX + 2];
    const Data *data = golden->data;
    const size_t depth = train_shape(&golden->options, data->inputs, data->outputs, width);
    Net *net = net_new(depth, width, golden->options.activation);
    cr_assert_not_null(net);
    cr_assert_eq(json_array_size(layers), depth);
    for (size_t l = 0; l < depth; l++) {
        read_layer(json_array_get(layers, l), net_layer(net, net->parameters, l));
    }
    return net;
}

/* The numbers of an array of rows, one after the other. */
static real *read_rows(const json_t *rows, size_t cols)
{
    const size_t n = json_array_size(rows);
    real *numbers = mat_zeros(n * cols);
    cr_assert(numbers != NULL && n > 0);
    for (size_t i = 0; i < n * cols; i++) {
        numbers[i] = number_at(json_array_get(rows, i / cols), i % cols);
    }
    return numbers;
}

Golden golden_load(const char *name)
{
    Golden golden;
    char path[256];
    json_error_t error;
    (void)snprintf(path, sizeof path, "tests/golden/%s.json", name);
    json_t *root = json_load_file(path, 0, &error);
    cr_assert(root != NULL, "%s: %s (run me in the project's root)", path, error.text);
    golden.options = read_options(json_object_get(root, "hyperparameters"));
    golden.data = read_data(json_object_get(root, "x"), json_object_get(root, "y"));
    golden.initial = read_net(&golden, json_object_get(root, "initial_layers"));
    golden.final = read_net(&golden, json_object_get(root, "final_layers"));
    const json_t *loss = json_object_get(root, "loss");
    golden.loss_count = json_array_size(loss);
    golden.loss = mat_zeros(golden.loss_count);
    cr_assert_not_null(golden.loss);
    for (size_t k = 0; k < golden.loss_count; k++) {
        golden.loss[k] = number_at(loss, k);
    }
    golden.predictions = read_rows(json_object_get(root, "predictions"), golden.data->outputs);
    json_decref(root);
    return golden;
}

void golden_free(Golden *golden)
{
    data_free(golden->data);
    net_free(golden->initial);
    net_free(golden->final);
    free(golden->loss);
    free(golden->predictions);
}
