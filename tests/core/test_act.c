/* The activations against formulas in extended precision, PyTorch's published values, and what must
 * hold at the edges.
 */
#include "core/act.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

typedef struct Point {
    real value, slope;
} Point;

static Point at(const char *name, real z)
{
    Point p = {.value = z};
    const Act *act = act_find(name);
    cr_assert(act != NULL, "%s", name);
    act->value_and_slope(1, &p.value, &p.slope);
    return p;
}

static long double sigmoid(long double z)
{
    return 1 / (1 + expl(-z));
}

static long double phi(long double z)
{
    return erfcl(-z / sqrtl(2)) / 2;
}

/* The definitions as they stand, good for |z| <= 20 in extended precision. */
static long double defined(const char *name, long double z)
{
    return strcmp(name, "sigmoid") == 0      ? sigmoid(z)
           : strcmp(name, "tanh") == 0       ? (expl(z) - expl(-z)) / (expl(z) + expl(-z))
           : strcmp(name, "relu") == 0       ? fmaxl(z, 0)
           : strcmp(name, "leaky_relu") == 0 ? fmaxl(z, 0) + 0.01L * fminl(z, 0)
           : strcmp(name, "elu") == 0        ? fmaxl(z, 0) + fminl(expl(z) - 1, 0)
           : strcmp(name, "softplus") == 0   ? logl(1 + expl(z))
           : strcmp(name, "silu") == 0       ? z * sigmoid(z)
           : strcmp(name, "gelu") == 0       ? z * phi(z)
           : strcmp(name, "identity") == 0   ? z
                                             : nanl("");
}

Test(act, the_table_holds_nine_and_ends)
{
    size_t n = 0;
    for (; act_at(n) != NULL; n++) {
        cr_assert_eq(act_find(act_at(n)->name), act_at(n));
    }
    cr_assert_eq(n, 9);
    cr_assert_null(act_at(SIZE_MAX));
    cr_assert_null(act_find("Tanh"));
    cr_assert_null(act_find(""));
}

Test(act, values_are_those_of_the_definitions)
{
    for (size_t a = 0; act_at(a) != NULL; a++) {
        const char *name = act_at(a)->name;
        for (real z = -19.9375; z < 20; z += 0.125) {
            const real expected = (real)defined(name, (long double)z);
            const real got = at(name, z).value;
            cr_assert(fabs(got - expected) <= 4e-16 * fmax(fabs(expected), fabs(z)),
                      "%s(%g) = %.17g, not %.17g", name, z, got, expected);
        }
    }
}

Test(act, slopes_are_those_of_the_definitions)
{
    const long double h = 1e-6L;
    for (size_t a = 0; act_at(a) != NULL; a++) {
        const char *name = act_at(a)->name;
        for (real z = -19.9375; z < 20; z += 0.125) {
            const long double lower = defined(name, (long double)z - h);
            const long double upper = defined(name, (long double)z + h);
            const real expected = (real)((upper - lower) / (2 * h));
            const real got = at(name, z).slope;
            cr_assert(z == 0 || fabs(got - expected) <= 1e-10, "%s'(%g) = %.17g, not %.17g", name,
                      z, got, expected);
        }
    }
}

Test(act, values_are_pytorchs)
{
    cr_assert_float_eq(at("gelu", 1).value, 0.8413447460685429, 1e-15);
    cr_assert_float_eq(at("gelu", -0.5).value, -0.15426876936299344, 1e-15);
    cr_assert_float_eq(at("silu", 1).value, 0.7310585786300049, 1e-15);
    cr_assert_float_eq(at("softplus", 1).value, 1.3132616875182228, 1e-15);
    cr_assert_float_eq(at("elu", -1).value, -0.6321205588285577, 1e-15);
    cr_assert_float_eq(at("leaky_relu", -3).value, -0.03, 1e-15);
    cr_assert_float_eq(at("sigmoid", 0.5).value, 0.6224593312018546, 1e-15);
    cr_assert_eq(at("softplus", 21).value, 21);
    cr_assert_eq(at("softplus", 21).slope, 1);
}

Test(act, slopes_at_both_zeros_are_pytorchs)
{
    const struct {
        const char *name;
        Point at_zero;
    } expected[] = {
        {"sigmoid", {0.5, 0.25}},  {"tanh", {0, 1}},   {"relu", {0, 0}},
        {"leaky_relu", {0, 0.01}}, {"elu", {0, 1}},    {"softplus", {0.69314718055994531, 0.5}},
        {"silu", {0, 0.5}},        {"gelu", {0, 0.5}}, {"identity", {0, 1}},
    };
    for (size_t i = 0; i < 18; i++) {
        const Point zero = expected[i / 2].at_zero;
        const Point got = at(expected[i / 2].name, i % 2 ? -0.0 : 0.0);
        cr_assert_float_eq(got.value, zero.value, 1e-16, "%s", expected[i / 2].name);
        cr_assert_float_eq(got.slope, zero.slope, 1e-16, "%s", expected[i / 2].name);
    }
}

/* Far out each activation is one of its limits, exactly. */
static void assert_far_out(real z)
{
    const struct {
        const char *name;
        Point left, right;
    } limits[] = {
        {"sigmoid", {0, 0}, {1, 0}},   {"tanh", {-1, 0}, {1, 0}},
        {"relu", {0, 0}, {z, 1}},      {"leaky_relu", {0.01 * -z, 0.01}, {z, 1}},
        {"elu", {-1, 0}, {z, 1}},      {"softplus", {0, 0}, {z, 1}},
        {"silu", {0, 0}, {z, 1}},      {"gelu", {0, 0}, {z, 1}},
        {"identity", {-z, 1}, {z, 1}},
    };
    for (size_t i = 0; i < 9; i++) {
        const Point left = at(limits[i].name, -z), right = at(limits[i].name, z);
        cr_assert(left.value == limits[i].left.value, "%s(%g)", limits[i].name, -z);
        cr_assert(left.slope == limits[i].left.slope, "%s'(%g)", limits[i].name, -z);
        cr_assert(right.value == limits[i].right.value, "%s(%g)", limits[i].name, z);
        cr_assert(right.slope == limits[i].right.slope, "%s'(%g)", limits[i].name, z);
    }
}

Test(act, far_out_each_is_its_limit)
{
    assert_far_out(1e3);
    assert_far_out(1e100);
    assert_far_out(1e308);
}

Test(act, what_is_not_a_number_stays_so)
{
    for (size_t a = 0; act_at(a) != NULL; a++) {
        cr_assert(isnan(at(act_at(a)->name, (real)NAN).value), "%s", act_at(a)->name);
    }
}

/* A loss must not depend on whether its gradient was taken as well. */
Test(act, values_alone_have_the_bits_of_values_with_slopes)
{
    enum { N = 1601 };
    for (size_t a = 0; act_at(a) != NULL; a++) {
        real alone[N], with[N], slope[N];
        for (size_t i = 0; i < N; i++) {
            alone[i] = with[i] = ((real)i - 800) * 0.03125;
        }
        act_at(a)->value(N, alone);
        act_at(a)->value_and_slope(N, with, slope);
        cr_assert_eq(memcmp(alone, with, sizeof alone), 0, "%s", act_at(a)->name);
    }
}
