/* The values and slopes of the activations against MPFR, in units of the last place. Slopes that
 * are a sum, which cancels where silu and gelu turn, are measured in units of its larger part.
 */
#include "core/act.h"
#include "core/rng.h"
#include "core/ulp.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* What MPFR says at z: the value, the slope, and the part of the slope that sets its unit. */
typedef struct Truth {
    mpfr_t z, value, slope, part;
} Truth;

/* part = s = 1 / (1 + e^-z), slope = s (1 - s) = s^2 e^-z. */
static void sigmoid(Truth *t)
{
    mpfr_neg(t->slope, t->z, MPFR_RNDN);
    mpfr_exp(t->slope, t->slope, MPFR_RNDN);
    mpfr_add_ui(t->value, t->slope, 1, MPFR_RNDN);
    mpfr_ui_div(t->value, 1, t->value, MPFR_RNDN);
    mpfr_mul(t->slope, t->slope, t->value, MPFR_RNDN);
    mpfr_mul(t->slope, t->slope, t->value, MPFR_RNDN);
    mpfr_set_ui(t->part, 0, MPFR_RNDN);
}

static void hyperbolic(Truth *t)
{
    mpfr_tanh(t->value, t->z, MPFR_RNDN);
    mpfr_sech(t->slope, t->z, MPFR_RNDN);
    mpfr_sqr(t->slope, t->slope, MPFR_RNDN);
    mpfr_set_ui(t->part, 0, MPFR_RNDN);
}

static void elu(Truth *t)
{
    if (mpfr_sgn(t->z) > 0) {
        mpfr_set(t->value, t->z, MPFR_RNDN);
        mpfr_set_ui(t->slope, 1, MPFR_RNDN);
    } else {
        mpfr_expm1(t->value, t->z, MPFR_RNDN);
        mpfr_exp(t->slope, t->z, MPFR_RNDN);
    }
    mpfr_set_ui(t->part, 0, MPFR_RNDN);
}

static void softplus(Truth *t)
{
    sigmoid(t);
    if (mpfr_cmp_ui(t->z, 20) > 0) {
        mpfr_set(t->value, t->z, MPFR_RNDN);
        mpfr_set_ui(t->slope, 1, MPFR_RNDN);
        return;
    }
    mpfr_set(t->slope, t->value, MPFR_RNDN);
    mpfr_exp(t->value, t->z, MPFR_RNDN);
    mpfr_log1p(t->value, t->value, MPFR_RNDN);
}

/* slope = share + z density, value = z share, from share in value and density in slope. */
static void weighted(Truth *t)
{
    mpfr_mul(t->part, t->slope, t->z, MPFR_RNDN);
    mpfr_add(t->slope, t->part, t->value, MPFR_RNDN);
    mpfr_mul(t->value, t->value, t->z, MPFR_RNDN);
}

static void silu(Truth *t)
{
    sigmoid(t);
    weighted(t);
}

/* share = erfc(-z / sqrt 2) / 2, density = e^(-z^2 / 2) / sqrt(2 pi). */
static void gelu(Truth *t)
{
    mpfr_sqrt_ui(t->part, 2, MPFR_RNDN);
    mpfr_div(t->value, t->z, t->part, MPFR_RNDN);
    mpfr_neg(t->value, t->value, MPFR_RNDN);
    mpfr_erfc(t->value, t->value, MPFR_RNDN);
    mpfr_div_2ui(t->value, t->value, 1, MPFR_RNDN);
    mpfr_sqr(t->slope, t->z, MPFR_RNDN);
    mpfr_div_2ui(t->slope, t->slope, 1, MPFR_RNDN);
    mpfr_neg(t->slope, t->slope, MPFR_RNDN);
    mpfr_exp(t->slope, t->slope, MPFR_RNDN);
    mpfr_const_pi(t->part, MPFR_RNDN);
    mpfr_mul_2ui(t->part, t->part, 1, MPFR_RNDN);
    mpfr_sqrt(t->part, t->part, MPFR_RNDN);
    mpfr_div(t->slope, t->slope, t->part, MPFR_RNDN);
    weighted(t);
}

/* Below low the factors of the values are subnormal, and lose digits that z multiplies. */
typedef struct Bound {
    const char *name;
    void (*truth)(Truth *t);
    real value, slope; /* in ulp */
    real low;
} Bound;

static const Bound bounds[] = {
    {"sigmoid", sigmoid, 1.6, 3, -750}, {"tanh", hyperbolic, 1.55, 5, -350},
    {"elu", elu, 1.5, 1.1, -750},       {"softplus", softplus, 2, 3, -750},
    {"silu", silu, 2.5, 4, -708},       {"gelu", gelu, 8, 8, -37.5},
};

static real off_by_at_most(real got, mpfr_t truth, mpfr_t scale, const Bound *b, real bound)
{
    const real distance = ulp_distance(got, truth, scale);
    cr_assert(distance <= bound, "%s: %a is %g ulp off", b->name, got, distance);
    return distance;
}

static void assert_within(const Bound *b)
{
    enum { POINTS = 4096 };
    Rng rng = rng_seeded(3);
    real x[POINTS], z[POINTS], slope[POINTS], worst_value = 0, worst_slope = 0;
    Truth t;
    mpfr_inits2(ULP_PRECISION, t.z, t.value, t.slope, t.part, (mpfr_ptr)NULL);
    const real lows[] = {-1, -5, -40, b->low};
    for (size_t i = 0; i < POINTS; i++) {
        const real low = fmax(lows[i % 4], b->low);
        x[i] = z[i] = rng_uniform(&rng, low, fmin(-low, 350));
    }
    act_find(b->name)->value_and_slope(POINTS, z, slope);
    for (size_t i = 0; i < POINTS; i++) {
        mpfr_set_d(t.z, x[i], MPFR_RNDN);
        b->truth(&t);
        worst_value = fmax(worst_value, off_by_at_most(z[i], t.value, NULL, b, b->value));
        worst_slope = fmax(worst_slope, off_by_at_most(slope[i], t.slope, t.part, b, b->slope));
    }
    cr_log_info("%s: %.2f ulp, its slope %.2f", b->name, worst_value, worst_slope);
    mpfr_clears(t.z, t.value, t.slope, t.part, (mpfr_ptr)NULL);
}

Test(act_ulp, sigmoid_and_its_slope)
{
    assert_within(&bounds[0]);
}
Test(act_ulp, tanh_and_its_slope)
{
    assert_within(&bounds[1]);
}
Test(act_ulp, elu_and_its_slope)
{
    assert_within(&bounds[2]);
}
Test(act_ulp, softplus_and_its_slope)
{
    assert_within(&bounds[3]);
}
Test(act_ulp, silu_and_its_slope)
{
    assert_within(&bounds[4]);
}
Test(act_ulp, gelu_and_its_slope)
{
    assert_within(&bounds[5]);
}

/* Whichever way the compiler has cut the loop. */
Test(act_ulp, arrays_of_any_length_have_the_bits_of_single_numbers)
{
    enum { LONGEST = 17 };
    for (size_t a = 0; act_at(a) != NULL; a++) {
        for (size_t n = 0; n <= LONGEST; n++) {
            real z[LONGEST], slope[LONGEST] = {0}, single[LONGEST], single_slope[LONGEST] = {0};
            for (size_t i = 0; i < LONGEST; i++) {
                z[i] = single[i] = ((real)i - 8) * 0.37;
            }
            act_at(a)->value_and_slope(n, z, slope);
            for (size_t i = 0; i < n; i++) {
                act_at(a)->value_and_slope(1, &single[i], &single_slope[i]);
            }
            cr_assert_eq(memcmp(z, single, sizeof z), 0, "%s, %zu", act_at(a)->name, n);
            cr_assert_eq(memcmp(slope, single_slope, sizeof z), 0, "%s, %zu", act_at(a)->name, n);
        }
    }
}
