/* A network's shape, its layout, and how its parameters are drawn. */
#include "core/net.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(net, counts_weights_and_biases)
{
    cr_assert_eq(net_count(1, (const size_t[]){13, 1}), 14);
    cr_assert_eq(net_count(2, (const size_t[]){13, 50, 1}), 14 * 50 + 51);
    cr_assert_eq(net_count(3, (const size_t[]){2, 3, 4, 5}), 9 + 16 + 25);
}

Test(net, shapes_that_no_memory_could_hold_are_refused)
{
    const size_t huge = SIZE_MAX / 16, quarter = PTRDIFF_MAX / sizeof(real) / 4;
    const size_t shapes[][3] = {
        {SIZE_MAX, 1, 1}, {1, SIZE_MAX, 1}, {1, 1, SIZE_MAX}, {huge, huge, 1}, {1, huge, huge},
        {huge, 1, huge},  {1, quarter, 3},  {0, 1, 1},        {1, 0, 1},       {1, 1, 0},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        cr_assert_eq(net_count(2, shapes[i]), SIZE_MAX, "shape %zu", i);
        cr_assert_null(net_new(2, shapes[i], act_find("tanh")), "shape %zu", i);
    }
    cr_assert_eq(net_count(0, shapes[0]), SIZE_MAX);
}

Test(net, layers_follow_each_other_weights_before_biases)
{
    Net *net = net_new(2, (const size_t[]){3, 4, 2}, act_find("relu"));
    cr_assert_not_null(net);
    const Layer first = net_layer(net, net->parameters, 0);
    const Layer second = net_layer(net, net->parameters, 1);
    cr_assert(first.in == 3 && first.out == 4 && second.in == 4 && second.out == 2);
    cr_assert_eq(first.weights, net->parameters);
    cr_assert_eq(first.biases, net->parameters + 12);
    cr_assert_eq(second.weights, net->parameters + 16);
    cr_assert_eq(second.biases, net->parameters + 24);
    cr_assert_eq(net->parameter_count, 26);
    net_free(net);
}

Test(net, a_new_network_is_all_zeros)
{
    Net *net = net_new(3, (const size_t[]){5, 7, 6, 2}, act_find("tanh"));
    cr_assert_not_null(net);
    for (size_t i = 0; i < net->parameter_count; i++) {
        cr_assert_eq(net->parameters[i], 0);
    }
    net_free(net);
}

Test(net, a_copy_is_equal_and_independent)
{
    size_t width[] = {3, 4, 2};
    Net *net = fixture_net(2, width, "silu", 1);
    width[1] = 99; /* the shape is the network's own */
    Net *copy = net_copy(net);
    cr_assert_not_null(copy);
    cr_assert(fixture_same_bits(net->parameters, copy->parameters, 26));
    cr_assert(copy->act == net->act && copy->depth == 2 && copy->width[1] == 4);
    net->parameters[0] = 42;
    cr_assert_neq(copy->parameters[0], 42);
    net_free(net);
    cr_assert_eq(copy->width[2], 2);
    net_free(copy);
}

/* Draws a large layer and gives its largest weight and bias. */
static void assert_bound(NetInit init, real bound, real bias_bound)
{
    Rng rng = rng_seeded(1);
    Net *net = net_new(1, (const size_t[]){100, 50}, act_find("tanh"));
    cr_assert_not_null(net);
    net_init(net, init, &rng);
    const Layer layer = net_layer(net, net->parameters, 0);
    real largest = 0, sum = 0, largest_bias = 0;
    for (size_t i = 0; i < 5000; i++) {
        largest = fmax(largest, fabs(layer.weights[i]));
        sum += layer.weights[i];
    }
    for (size_t i = 0; i < 50; i++) {
        largest_bias = fmax(largest_bias, fabs(layer.biases[i]));
    }
    cr_assert(largest <= bound && largest > 0.99 * bound, "%g", largest);
    cr_assert(largest_bias <= bias_bound && largest_bias >= 0.8 * bias_bound, "%g", largest_bias);
    cr_assert_lt(fabs(sum / 5000), 0.03 * bound);
    net_free(net);
}

Test(net, xavier_draws_by_both_widths)
{
    assert_bound(NET_XAVIER_UNIFORM, sqrt(6.0 / 150), 0);
}

Test(net, he_draws_by_the_width_below)
{
    assert_bound(NET_HE_UNIFORM, sqrt(6.0 / 100), 0);
}

Test(net, uniform_draws_biases_too)
{
    assert_bound(NET_UNIFORM, 0.1, 0.1);
}

Test(net, a_seed_gives_one_network)
{
    const size_t width[] = {4, 6, 2};
    Net *a = fixture_net(2, width, "tanh", 5), *b = fixture_net(2, width, "tanh", 5);
    Net *c = fixture_net(2, width, "tanh", 6);
    cr_assert(fixture_same_bits(a->parameters, b->parameters, a->parameter_count));
    cr_assert_not(fixture_same_bits(a->parameters, c->parameters, a->parameter_count));
    net_free(a);
    net_free(b);
    net_free(c);
}

Test(net, one_bad_parameter_shows_wherever_it_is)
{
    const real bad[] = {(real)NAN, (real)INFINITY, (real)-INFINITY};
    Net *net = fixture_net(2, (const size_t[]){3, 4, 2}, "tanh", 1);
    net->parameters[3] = DBL_MAX;
    cr_assert(net_is_finite(net));
    for (size_t i = 0; i < net->parameter_count * 3; i++) {
        const real was = net->parameters[i / 3];
        net->parameters[i / 3] = bad[i % 3];
        cr_assert_not(net_is_finite(net));
        net->parameters[i / 3] = was;
    }
    net_free(net);
}
