/* The Jacobian against finite differences of the outputs, and against the gradient. */
#include "core/jacobian.h"
#include "core/pass.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 7 };

/* y(ROWS, outputs) of the network on these rows. */
static void predict(const Net *net, const Data *data, real *y)
{
    Pass *pass = pass_new(net);
    cr_assert_not_null(pass);
    pass_predict(pass, net, data_inputs(data), mat_out(y, data->rows, data->outputs));
    pass_free(pass);
}

/* d y / d parameter by central differences, into slope(ROWS, outputs). */
static void differences(Net *net, const Data *data, size_t parameter, real *slope)
{
    const real h = 1e-6, old = net->parameters[parameter];
    real above[ROWS * 3], below[ROWS * 3];
    net->parameters[parameter] = old + h;
    predict(net, data, above);
    net->parameters[parameter] = old - h;
    predict(net, data, below);
    net->parameters[parameter] = old;
    for (size_t i = 0; i < data->rows * data->outputs; i++) {
        slope[i] = (above[i] - below[i]) / (2 * h);
    }
}

static void assert_jacobian(const char *act, size_t depth, const size_t *width)
{
    Net *net = fixture_net(depth, width, act, 4);
    Data *data = fixture_data(ROWS, width[0], width[depth], 5);
    Jacobian *jacobian = jacobian_new(net);
    real slope[ROWS * 3], rows[ROWS * 128], largest = 0;
    cr_assert_not_null(jacobian);
    jacobian_of(jacobian, net);
    jacobian_rows(jacobian, data_inputs(data));
    for (size_t p = 0; p < net->parameter_count; p++) {
        differences(net, data, p, slope);
        for (size_t k = 0; k < ROWS * data->outputs; k++) {
            const size_t i = k / data->outputs, output = k % data->outputs;
            const Mat j = mat_out(rows, ROWS, net->parameter_count);
            fixture_jacobian(jacobian, net, output, j);
            const real ours = j.v[i * j.stride + p];
            cr_assert(fabs(ours - slope[k]) < 1e-7, "%s: row %zu, output %zu, parameter %zu: %g %g",
                      act, i, output, p, ours, slope[k]);
            largest = fmax(largest, fabs(ours));
        }
    }
    cr_assert_gt(largest, 0.1, "else all may be 0");
    jacobian_free(jacobian);
    data_free(data);
    net_free(net);
}

Test(jacobian, agrees_with_finite_differences)
{
    static const char *const smooth[] = {"tanh", "sigmoid", "softplus", "silu", "gelu", "identity"};
    for (size_t a = 0; a < sizeof smooth / sizeof smooth[0]; a++) {
        assert_jacobian(smooth[a], 1, (const size_t[]){3, 1});
        assert_jacobian(smooth[a], 1, (const size_t[]){3, 2});
        assert_jacobian(smooth[a], 2, (const size_t[]){3, 5, 1});
        assert_jacobian(smooth[a], 3, (const size_t[]){2, 6, 4, 3});
        assert_jacobian(smooth[a], 4, (const size_t[]){1, 1, 7, 1, 2});
    }
}

/* gradient = 2 weight J^T (y_hat - y), for every activation. */
Test(jacobian, times_the_errors_is_the_gradient)
{
    for (size_t a = 0; act_at(a) != NULL; a++) {
        Net *net = fixture_net(3, (const size_t[]){4, 6, 5, 2}, act_at(a)->name, 4);
        Data *data = fixture_data(JACOBIAN_ROWS, 4, 2, 5);
        const MatIn targets = data_targets(data);
        const size_t n = net->parameter_count;
        Pass *pass = pass_new(net);
        Jacobian *jacobian = jacobian_new(net);
        real y[JACOBIAN_ROWS * 2], gradient[128] = {0}, ours[128] = {0};
        real rows[JACOBIAN_ROWS * 128];
        cr_assert(pass != NULL && jacobian != NULL && n <= 128);
        (void)pass_gradient(pass, net, data, 0.25, gradient);
        predict(net, data, y);
        jacobian_of(jacobian, net);
        jacobian_rows(jacobian, data_inputs(data));
        for (size_t k = 0; k < 2 * JACOBIAN_ROWS; k++) {
            const Mat j = mat_out(rows, JACOBIAN_ROWS, n);
            fixture_jacobian(jacobian, net, k % 2, j);
            const real error = y[k] - targets.v[k / 2 * targets.stride + k % 2];
            for (size_t p = 0; p < n; p++) {
                ours[p] += 0.5 * error * j.v[k / 2 * j.stride + p];
            }
        }
        for (size_t p = 0; p < n; p++) {
            cr_assert(fabs(ours[p] - gradient[p]) < 1e-12, "%s, %zu", act_at(a)->name, p);
        }
        cr_assert_neq(gradient[0], 0);
        jacobian_free(jacobian);
        pass_free(pass);
        data_free(data);
        net_free(net);
    }
}
