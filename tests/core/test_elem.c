/* The elementary functions against MPFR, over two million points each, and at their edges. Most
 * points are only sifted, by libm in extended precision, itself held to MPFR on every 64th; those
 * that it finds far off are measured by MPFR.
 */
#include "core/elem.h"
#include "core/rng.h"
#include "core/ulp.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

_Static_assert(LDBL_MANT_DIG >= 64, "the sieve needs more digits than a double has");

typedef struct Function {
    const char *name;
    void (*apply)(size_t n, real *x);
    int (*truth)(mpfr_t value, const mpfr_t x, mpfr_rnd_t);
    long double (*sieve)(long double x);
    real bound; /* in ulp */
    struct {
        real low, high;
    } ranges[6];
} Function;

static int sigmoid(mpfr_t value, const mpfr_t x, mpfr_rnd_t rounding)
{
    mpfr_neg(value, x, rounding);
    mpfr_exp(value, value, rounding);
    mpfr_add_ui(value, value, 1, rounding);
    return mpfr_ui_div(value, 1, value, rounding);
}

static long double sigmoid_sieve(long double x)
{
    return 1 / (1 + expl(-x));
}

/* The ranges: all that is not trivial, the middle, and around what is selected by size. */
static const Function functions[] = {
    {"exp",
     elem_exp,
     mpfr_exp,
     expl,
     1.05,
     {{-746, 710}, {-20, 20}, {-2, 2}, {-0.4, 0.4}, {-746, -700}, {709, 710}}},
    {"expm1",
     elem_expm1,
     mpfr_expm1,
     expm1l,
     1.5,
     {{-40, 710}, {-2, 2}, {-0.4, 0.4}, {0.34, 0.36}, {-41, -36}, {709, 710}}},
    {"log",
     elem_log,
     mpfr_log,
     logl,
     0.95,
     {{0, 10}, {0.7, 1.6}, {0.9, 1.1}, {0, 0x1p-1021}, {0, 1e300}, {1.49, 1.51}}},
    {"log1p",
     elem_log1p,
     mpfr_log1p,
     log1pl,
     0.95,
     {{-1, 10}, {-0.3, 0.6}, {-0.1, 0.1}, {-1, -0.99}, {0, 0x1p62}, {0.49, 0.51}}},
    {"tanh",
     elem_tanh,
     mpfr_tanh,
     tanhl,
     1.55,
     {{-20, 20}, {-4, 4}, {-1, 1}, {0.24, 0.28}, {0.11, 0.13}, {0.5, 0.7}}},
    {"sigmoid",
     elem_sigmoid,
     sigmoid,
     sigmoid_sieve,
     1.6,
     {{-746, 40}, {-40, 40}, {-4, 4}, {-1, 1}, {-746, -700}, {-2, -1}}},
    {"erf",
     elem_erf,
     mpfr_erf,
     erfl,
     1.65,
     {{-6, 6}, {-1.1, 1.1}, {0.99, 1.05}, {0, 0.5}, {5.8, 6.1}, {1, 3}}},
};

enum { RANGES = 6, POINTS = 2048 };

/* Range 6 is every size of number near 0, range 7 every pattern of bits. */
static void fill(const Function *f, size_t range, Rng *rng, real x[POINTS])
{
    for (size_t i = 0; i < POINTS; i++) {
        const uint64_t bits = rng_next(rng);
        memcpy(&x[i], &bits, sizeof bits);
        if (range < RANGES) {
            x[i] = rng_uniform(rng, f->ranges[range].low, f->ranges[range].high);
        } else if (range == RANGES) {
            x[i] = ldexp(rng_uniform(rng, -1, 1), -(int)(bits % 64));
        }
    }
}

static real measured(const Function *f, real x, real got)
{
    mpfr_t at, truth;
    mpfr_inits2(ULP_PRECISION, at, truth, (mpfr_ptr)NULL);
    mpfr_set_d(at, x, MPFR_RNDN);
    f->truth(truth, at, MPFR_RNDN);
    const real distance = ulp_distance(got, truth, NULL);
    mpfr_clears(at, truth, (mpfr_ptr)NULL);
    return distance;
}

static real sifted(const Function *f, real x, real got)
{
    const long double value = f->sieve((long double)x);
    const real rounded = (real)value;
    if (got == rounded || (isnan(got) && isnan(rounded))) {
        return 0.5;
    }
    const int exponent = isfinite(rounded) && rounded != 0 ? ilogb(rounded) : -1022;
    const int unit = (exponent < -1022 ? -1022 : exponent) - 52;
    return (real)ldexpl(fabsl(value - (long double)got), -unit);
}

/* The largest distance from the truth among the points of one filling. */
static real worst_of(const Function *f, const real x[POINTS], const real got[POINTS])
{
    real worst = 0;
    for (size_t i = 0; i < POINTS; i++) {
        const real sieve = sifted(f, x[i], got[i]);
        if (i % 64 == 0 || !(sieve < 0.9 * f->bound)) {
            const real distance = measured(f, x[i], got[i]);
            cr_assert(distance <= f->bound, "%s(%a) = %a is %g ulp off", f->name, x[i], got[i],
                      distance);
            cr_assert(distance <= sieve + 0.05, "the sieve passes %s(%a)", f->name, x[i]);
            worst = distance > worst ? distance : worst;
        }
    }
    return worst;
}

static void assert_within_bound(const char *name)
{
    const Function *f = functions;
    while (strcmp(f->name, name) != 0) {
        f++;
    }
    Rng rng = rng_seeded(1);
    real x[POINTS], got[POINTS], worst = 0;
    for (size_t round = 0; round < 128 * (RANGES + 2); round++) {
        fill(f, round % (RANGES + 2), &rng, x);
        memcpy(got, x, sizeof x);
        f->apply(POINTS, got);
        worst = fmax(worst, worst_of(f, x, got));
    }
    cr_log_info("%s: at most %.3f ulp", name, worst);
    cr_assert(worst > 0.5, "nothing was measured");
}

Test(elem, exp_is_within_its_bound)
{
    assert_within_bound("exp");
}
Test(elem, expm1_is_within_its_bound)
{
    assert_within_bound("expm1");
}
Test(elem, log_is_within_its_bound)
{
    assert_within_bound("log");
}
Test(elem, log1p_is_within_its_bound)
{
    assert_within_bound("log1p");
}
Test(elem, tanh_is_within_its_bound)
{
    assert_within_bound("tanh");
}
Test(elem, sigmoid_is_within_its_bound)
{
    assert_within_bound("sigmoid");
}
Test(elem, erf_is_within_its_bound)
{
    assert_within_bound("erf");
}

static real at(void (*apply)(size_t n, real *x), real x)
{
    apply(1, &x);
    return x;
}

static void assert_same_bits(real got, real expected)
{
    cr_assert_eq(memcmp(&got, &expected, sizeof got), 0, "%a, not %a", got, expected);
}

Test(elem, infinities_give_the_limits)
{
    const real infinity = (real)INFINITY;
    assert_same_bits(at(elem_exp, infinity), infinity);
    assert_same_bits(at(elem_exp, -infinity), 0);
    assert_same_bits(at(elem_expm1, infinity), infinity);
    assert_same_bits(at(elem_expm1, -infinity), -1);
    assert_same_bits(at(elem_log, infinity), infinity);
    assert_same_bits(at(elem_log1p, infinity), infinity);
    assert_same_bits(at(elem_tanh, infinity), 1);
    assert_same_bits(at(elem_tanh, -infinity), -1);
    assert_same_bits(at(elem_sigmoid, infinity), 1);
    assert_same_bits(at(elem_sigmoid, -infinity), 0);
    assert_same_bits(at(elem_erf, infinity), 1);
    assert_same_bits(at(elem_erf, -infinity), -1);
}

Test(elem, zeros_keep_their_sign_and_the_rest_is_exact_there)
{
    void (*const odd[])(size_t, real *) = {elem_expm1, elem_log1p, elem_tanh, elem_erf};
    const real tiny[] = {0.0, 0x1p-1074, 0x1p-1022, 0x1.8p-1000};
    for (size_t i = 0; i < 4; i++) {
        assert_same_bits(at(odd[i], 0.0), 0.0);
        assert_same_bits(at(odd[i], -0.0), -0.0);
    }
    for (size_t i = 0; i < 12; i++) {
        assert_same_bits(at(odd[i / 4], tiny[i % 4]), tiny[i % 4]);
        assert_same_bits(at(odd[i / 4], -tiny[i % 4]), -tiny[i % 4]);
    }
    assert_same_bits(at(elem_exp, 0), 1);
    assert_same_bits(at(elem_exp, -0.0), 1);
    assert_same_bits(at(elem_sigmoid, 0), 0.5);
    assert_same_bits(at(elem_sigmoid, -0.0), 0.5);
    assert_same_bits(at(elem_log, 1), 0);
}

Test(elem, logarithms_end_where_they_are_defined)
{
    cr_assert(at(elem_log, 0.0) == -(real)INFINITY && at(elem_log, -0.0) == -(real)INFINITY);
    cr_assert(isnan(at(elem_log, -0x1p-1074)) && isnan(at(elem_log, -(real)INFINITY)));
    cr_assert(at(elem_log1p, -1) == -(real)INFINITY);
    cr_assert(isnan(at(elem_log1p, -1.5)) && isnan(at(elem_log1p, -(real)INFINITY)));
}

Test(elem, exp_runs_out_gradually)
{
    cr_assert(isfinite(at(elem_exp, 0x1.62e42fefa39efp9)));
    cr_assert(isinf(at(elem_exp, 0x1.62e42fefa39f0p9)) && isinf(at(elem_expm1, 1e300)));
    assert_same_bits(at(elem_exp, -745), 0x1p-1074);
    assert_same_bits(at(elem_exp, -746), 0);
    assert_same_bits(at(elem_exp, -1e308), 0);
    assert_same_bits(at(elem_sigmoid, -745), 0x1p-1074);
    assert_same_bits(at(elem_sigmoid, -746), 0);
    assert_same_bits(at(elem_sigmoid, -1e308), 0);
}

Test(elem, what_is_not_a_number_stays_so)
{
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        cr_assert(isnan(at(functions[f].apply, (real)NAN)), "%s", functions[f].name);
        cr_assert(isnan(at(functions[f].apply, -(real)NAN)), "%s", functions[f].name);
    }
}

/* Whichever way the compiler has cut the loop, into vectors, their tails and single ones. */
Test(elem, arrays_of_any_length_have_the_bits_of_single_numbers)
{
    enum { LONGEST = 17 };
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        for (size_t n = 0; n <= LONGEST; n++) {
            real x[LONGEST + 1], single[LONGEST + 1];
            for (size_t i = 0; i <= LONGEST; i++) {
                x[i] = single[i] = ((real)i - 0.99) * 0.37;
            }
            functions[f].apply(n, x);
            for (size_t i = 0; i < n; i++) {
                functions[f].apply(1, &single[i]);
            }
            cr_assert_eq(memcmp(x, single, sizeof x), 0, "%s, %zu", functions[f].name, n);
        }
    }
}

/* Digests (FNV-1a) that gcc and clang gave alike, with and without optimiser and vectors, on
 * x86-64, aarch64 and riscv64. */
Test(elem, bits_are_those_of_every_other_machine)
{
    static const uint64_t expected[] = {
        0x51a64f3a98041584U, 0x1fa956d8996ed3a4U, 0x85b03359861a1e6cU, 0x814885c6ff12cc64U,
        0xac062eb76655a0b3U, 0x575f228de3d23f12U, 0x917ebb264a5369e1U,
    };
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        Rng rng = rng_seeded(2);
        uint64_t digest = 0xcbf29ce484222325U;
        for (size_t i = 0; i < 100000; i++) {
            uint64_t bits = rng_next(&rng);
            real x;
            memcpy(&x, &bits, sizeof x);
            x = at(functions[f].apply, i % 2 ? x : rng_uniform(&rng, -4, 4));
            memcpy(&bits, &x, sizeof x);
            digest = (digest ^ (isnan(x) ? 1 : bits)) * 0x100000001b3U;
        }
        cr_assert_eq(digest, expected[f], "%s: %#llx", functions[f].name,
                     (unsigned long long)digest);
    }
}
