/* The activation functions of the hidden layers and their slopes, by PyTorch's definitions. Each is
 * written so that nothing overflows on the way and a NaN comes through as one: a network that has
 * diverged must not look healthy behind a relu. Loops are over flat arrays and without branches
 * that a compiler could not turn into selections; what is taken of elementary functions is inlined
 * into them from core/elem_*.h, and nothing of libm, so that the bits are the same everywhere.
 */
#include "core/act.h"

#include "core/elem_erf.h"
#include "core/elem_exp.h"
#include "core/elem_log.h"
#include "core/elem_logistic.h"

#include <string.h>

static void sigmoid_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = elem_sigmoid_1(z[i], &slope);
    }
}

static void sigmoid_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = elem_sigmoid_1(z[i], &slope[i]);
    }
}

static void tanh_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = elem_tanh_1(z[i], &slope);
    }
}

/* tanh' = 1 - tanh^2 */
static void tanh_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = elem_tanh_1(z[i], &slope[i]);
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

/* elu(z) = z where z > 0, else e^z - 1; *slope = 1 and e^z. */
static inline real elu(real z, real *slope)
{
    const real below = z > 0 ? 0 : z;
    const ElemExp e = elem_exp_parts(below < -746 ? -746 : below, 0);
    const real left = elem_less_1(e, 1), left_slope = (1 + (e.head + e.tail)) * e.up1 * e.up2;
    *slope = z > 0 ? 1 : left_slope;
    return z > 0 ? z : left;
}

static void elu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = elu(z[i], &slope);
    }
}

static void elu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = elu(z[i], &slope[i]);
    }
}

static const real softplus_threshold = 20;

/* softplus(z) = ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|), and z itself above the threshold; its
 * slope is the sigmoid, and 1. */
static inline real softplus(real z, real *slope)
{
    const real size = elem_abs(z);
    const real e = elem_exp_sum(-(size > 746 ? 746 : size), 0);
    const real lower = e / (1 + e), upper = 1 - lower;
    const real sigmoid = z < 0 ? lower : upper;
    const real bend = elem_log1p_of_share(e);
    const real sum = (z > 0 ? z : 0) + bend;
    *slope = z > softplus_threshold ? 1 : sigmoid;
    return z > softplus_threshold ? z : sum;
}

static void softplus_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = softplus(z[i], &slope);
    }
}

static void softplus_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = softplus(z[i], &slope[i]);
    }
}

/* silu(z) = z s with s = sigmoid(z); *slope = s + z s (1 - s). */
static inline real silu(real z, real *slope)
{
    real slope_of_s;
    const real s = elem_sigmoid_1(z, &slope_of_s);
    *slope = s + z * slope_of_s;
    return z * s;
}

static void silu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        z[i] = silu(z[i], &slope);
    }
}

static void silu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    for (size_t i = 0; i < n; i++) {
        z[i] = silu(z[i], &slope[i]);
    }
}

/* gelu(z) = z P(z); its slope is P(z) + z p(z), P and p the normal distribution and its density. */
static void gelu_value(size_t n, real *z)
{
    for (size_t i = 0; i < n; i++) {
        const real y = elem_normal_size(z[i]);
        z[i] *= elem_normal(z[i], y, elem_bell(y));
    }
}

static void gelu_value_and_slope(size_t n, real *restrict z, real *restrict slope)
{
    const real by_root_of_2_pi = 0x1.9884533d43651p-2;
    for (size_t i = 0; i < n; i++) {
        const real y = elem_normal_size(z[i]), bell = elem_bell(y);
        const real share = elem_normal(z[i], y, bell);
        slope[i] = share + z[i] * (bell * by_root_of_2_pi);
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
