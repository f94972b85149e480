/* Forward passes against a naive twin, and the arithmetic of the gradient's contract. */
#include "core/pass.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One row through the network, sums in the order of k. in and out have room for any layer. */
static void naive_row(const Net *net, const real *x, real *out)
{
    real in[64];
    memcpy(in, x, net->width[0] * sizeof(real));
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        for (size_t j = 0; j < layer.out; j++) {
            out[j] = layer.biases[j];
            for (size_t k = 0; k < layer.in; k++) {
                out[j] += in[k] * layer.weights[k * layer.out + j];
            }
        }
        if (l + 1 < net->depth) {
            net->act->value(layer.out, out);
        }
        memcpy(in, out, layer.out * sizeof(real));
    }
}

static Pass *new_pass(const Net *net)
{
    Pass *pass = pass_new(net);
    cr_assert_not_null(pass);
    return pass;
}

static const size_t width[] = {5, 11, 7, 3};

Test(pass, predicts_what_a_naive_forward_pass_does_bit_for_bit)
{
    const size_t rows[] = {1, 2, 31, 32, 33, 100};
    Net *net = fixture_net(3, width, "gelu", 3);
    Pass *pass = new_pass(net);
    for (size_t r = 0; r < 6; r++) {
        Data *data = fixture_data(rows[r], 5, 3, 1);
        real y[300], expected[64];
        pass_predict(pass, net, data_inputs(data), mat_out(y, rows[r], 3));
        for (size_t i = 0; i < rows[r]; i++) {
            naive_row(net, data->v + 8 * i, expected);
            cr_assert(fixture_same_bits(y + 3 * i, expected, 3), "row %zu of %zu", i, rows[r]);
        }
        data_free(data);
    }
    pass_free(pass);
    net_free(net);
}

Test(pass, writes_predictions_into_rows_with_gaps)
{
    real y[10] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, expected[64];
    Net *net = fixture_net(3, width, "tanh", 3);
    Pass *pass = new_pass(net);
    Data *data = fixture_data(2, 5, 3, 1);
    const Mat out = {.v = y, .rows = 2, .cols = 3, .stride = 5};
    pass_predict(pass, net, data_inputs(data), out);
    naive_row(net, data->v + 8, expected);
    cr_assert(fixture_same_bits(y + 5, expected, 3));
    cr_assert(y[3] == 9 && y[4] == 9 && y[8] == 9 && y[9] == 9);
    data_free(data);
    pass_free(pass);
    net_free(net);
}

Test(pass, squared_error_sums_over_rows_and_outputs)
{
    real expected = 0, y[64];
    Net *net = fixture_net(3, width, "tanh", 3);
    Pass *pass = new_pass(net);
    Data *data = fixture_data(75, 5, 3, 1);
    for (size_t i = 0; i < 75; i++) {
        naive_row(net, data->v + 8 * i, y);
        for (size_t j = 0; j < 3; j++) {
            expected += pow(y[j] - data->v[8 * i + 5 + j], 2);
        }
    }
    cr_assert_gt(expected, 1);
    cr_assert_float_eq(pass_squared_error(pass, net, data), expected, 1e-12 * expected);
    data_free(data);
    pass_free(pass);
    net_free(net);
}

Test(pass, gradient_returns_the_very_squared_error)
{
    for (size_t a = 0; act_at(a) != NULL; a++) {
        Net *net = fixture_net(3, width, act_at(a)->name, 3);
        Pass *pass = new_pass(net);
        Data *data = fixture_data(75, 5, 3, 1);
        real *gradient = mat_zeros(net->parameter_count);
        const real sum = pass_gradient(pass, net, data, 0.25, gradient);
        cr_assert_eq(sum, pass_squared_error(pass, net, data), "%s", act_at(a)->name);
        free(gradient);
        data_free(data);
        pass_free(pass);
        net_free(net);
    }
}

Test(pass, gradient_is_added_to_what_is_there_and_linear_in_the_weight)
{
    Net *net = fixture_net(3, width, "tanh", 3);
    Pass *pass = new_pass(net);
    Data *data = fixture_data(40, 5, 3, 1);
    real *once = mat_zeros(net->parameter_count), *twice = mat_zeros(net->parameter_count);
    (void)pass_gradient(pass, net, data, 0.5, once);
    (void)pass_gradient(pass, net, data, 1, twice);
    (void)pass_gradient(pass, net, data, 0.5, twice);
    real largest = 0;
    for (size_t i = 0; i < net->parameter_count; i++) {
        largest = fmax(largest, fabs(once[i]));
        cr_assert_float_eq(twice[i], 3 * once[i], 1e-12);
    }
    cr_assert_gt(largest, 0.1);
    free(once);
    free(twice);
    data_free(data);
    pass_free(pass);
    net_free(net);
}

/* The bits must not depend on where a caller cuts: slices of 64 rows and a rest of 13, which is too
 * few for rows that are filled up. */
Test(pass, gradient_in_slices_has_the_bits_of_one_call)
{
    Net *net = fixture_net(3, width, "tanh", 3);
    Pass *pass = new_pass(net);
    Data *data = fixture_data(333, 5, 3, 1);
    real *whole = mat_zeros(net->parameter_count), *cut = mat_zeros(net->parameter_count);
    (void)pass_gradient(pass, net, data, 0.5, whole);
    for (size_t from = 0; from < 333; from += 64) {
        const Data slice = data_slice(data, from, 333 - from < 64 ? 333 - from : 64);
        (void)pass_gradient(pass, net, &slice, 0.5, cut);
    }
    cr_assert(fixture_same_bits(whole, cut, net->parameter_count));
    cr_assert_neq(whole[0], 0);
    free(whole);
    free(cut);
    data_free(data);
    pass_free(pass);
    net_free(net);
}

Test(pass, serves_any_network_of_its_shape)
{
    Net *first = fixture_net(3, width, "tanh", 3), *second = fixture_net(3, width, "relu", 4);
    Pass *pass = new_pass(first);
    Data *data = fixture_data(1, 5, 3, 1);
    real y[3], expected[64];
    pass_predict(pass, first, data_inputs(data), mat_out(y, 1, 3));
    pass_predict(pass, second, data_inputs(data), mat_out(y, 1, 3));
    naive_row(second, data->v, expected);
    cr_assert(fixture_same_bits(y, expected, 3));
    data_free(data);
    pass_free(pass);
    net_free(first);
    net_free(second);
}
