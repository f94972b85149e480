/* The activation functions of the hidden layers and their slopes, by PyTorch's definitions. Each is
 * written so that nothing overflows on the way and a NaN comes through as one: a network that has
 * diverged must not look healthy behind a relu. Loops are over flat arrays and without branches
 * that a compiler could not turn into selections.
 */
#include "core/act.h"

#include <math.h>
#include <string.h>

/* What is taken of libm, in one place. */

static real exponential(real x)
{
    return exp(x);
}

static real exponential_minus_1(real x)
{
    return expm1(x);
}

static real logarithm_of_1_plus(real x)
{
    return log1p(x);
}

static real hyperbolic_tangent(real x)
{
    return tanh(x);
}

static real error_function(real x)
{
    return erf(x);
}

/* sigmoid(z) = 1 / (1 + e^-z), by e^-|z| so that nothing overflows; *slope = sigmoid (1 - sigmoid),
 * without the cancellation of 1 - sigmoid. */
static real sigmoid(real z, real *slope)
{
    const real e = exponential(-fabs(z));
    const real r = 1 / (1 + e);
    *slope = e * r * r;
    return z < 0 ? e * r : r;
}

static void sigmoid_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = sigmoid(z[i], &slope);
    }
}

static void sigmoid_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = sigmoid(z[i], &slope[i]);
    }
}

static void tanh_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = hyperbolic_tangent(z[i]);
    }
}

/* tanh' = 1 - tanh^2 */
static void tanh_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    tanh_value(n, z);
    for (size_t i = 0; i < n; i++) {
        slope[i] = 1 - z[i] * z[i];
    }
}

static void relu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = z[i] <= 0 ? 0 : z[i];
    }
}

static void relu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        slope[i] = z[i] > 0 ? 1 : 0;
        z[i] = z[i] <= 0 ? 0 : z[i];
    }
}

static const real leak = 0.01;

static void leaky_relu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = z[i] > 0 ? z[i] : leak * z[i];
    }
}

static void leaky_relu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        slope[i] = z[i] > 0 ? 1 : leak;
        z[i] *= slope[i];
    }
}

/* elu(z) = z where z > 0, else e^z - 1 */
static void elu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = z[i] > 0 ? z[i] : exponential_minus_1(z[i]);
    }
}

/* The slope on the left is e^z = elu(z) + 1. */
static void elu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    elu_value(n, z);
    for (size_t i = 0; i < n; i++) {
        slope[i] = z[i] > 0 ? 1 : z[i] + 1;
    }
}

static const real softplus_threshold = 20;

/* softplus(z) = ln(1 + e^z), and z itself above the threshold; its slope is the sigmoid, and 1. */
static void softplus_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = z[i] > softplus_threshold ? z[i] : logarithm_of_1_plus(exponential(z[i]));
    }
}

static void softplus_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        real unused;
        slope[i] = z[i] > softplus_threshold ? 1 : sigmoid(z[i], &unused);
    }
    softplus_value(n, z);
}

/* silu(z) = z s with s = sigmoid(z); its slope is s + z s (1 - s). */
static void silu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real unused;
        z[i] *= sigmoid(z[i], &unused);
    }
}

static void silu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        real slope_of_s;
        const real s = sigmoid(z[i], &slope_of_s);
        slope[i] = s + z[i] * slope_of_s;
        z[i] *= s;
    }
}

static const real root_of_half = 0.70710678118654752440;          /* sqrt(1/2) */
static const real one_by_root_of_two_pi = 0.39894228040143267794; /* 1 / sqrt(2 pi) */

/* The normal distribution's share below z. */
static real normal_share(real z)
{
    return 0.5 * (1 + error_function(z * root_of_half));
}

/* gelu(z) = z P(z); its slope is P(z) + z p(z), P and p the normal distribution and its density. */
static void gelu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        z[i] *= normal_share(z[i]);
    }
}

static void gelu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        const real share = normal_share(z[i]);
        const real density = exponential(-0.5 * z[i] * z[i]) * one_by_root_of_two_pi;
        slope[i] = share + z[i] * density;
        z[i] *= share;
    }
}

static void identity_value(size_t n, real *z)
{
    (void)n;
    (void)z;
}

static void identity_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    (void)z;
    for (size_t i = 0; i < n; i++) {
        slope[i] = 1;
    }
}

static const Act table[] = {
    {"sigmoid", sigmoid_value, sigmoid_value_and_slope},
    {"tanh", tanh_value, tanh_value_and_slope},
    {"relu", relu_value, relu_value_and_slope},
    {"leaky_relu", leaky_relu_value, leaky_relu_value_and_slope},
    {"elu", elu_value, elu_value_and_slope},
    {"softplus", softplus_value, softplus_value_and_slope},
    {"silu", silu_value, silu_value_and_slope},
    {"gelu", gelu_value, gelu_value_and_slope},
    {"identity", identity_value, identity_value_and_slope},
};

const Act *act_at(size_t i)
{
    return i < sizeof table / sizeof table[0] ? &table[i] : NULL;
}

const Act *act_find(const char *name)
{
    for (size_t i = 0; act_at(i) != NULL; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}
