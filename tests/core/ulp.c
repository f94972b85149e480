/* See ulp.h. The quotient is taken in MPFR: in doubles, distances between subnormal numbers would
 * be rounded to whole units. */
#include "core/ulp.h"

#include <math.h>

real ulp_distance(real got, mpfr_t truth, mpfr_t scale)
{
    const real rounded = mpfr_get_d(truth, MPFR_RNDN);
    if (!isfinite(rounded) || !isfinite(got)) {
        return got == rounded || (isnan(got) && isnan(rounded)) ? 0 : (real)INFINITY;
    }
    mpfr_exp_t exponent = mpfr_zero_p(truth) ? -1021 : mpfr_get_exp(truth);
    if (scale != NULL && !mpfr_zero_p(scale) && mpfr_get_exp(scale) > exponent) {
        exponent = mpfr_get_exp(scale);
    }
    mpfr_t distance;
    mpfr_init2(distance, ULP_PRECISION);
    mpfr_sub_d(distance, truth, got, MPFR_RNDN);
    mpfr_mul_2si(distance, distance, 53 - (exponent < -1021 ? -1021 : exponent), MPFR_RNDN);
    const real units = fabs(mpfr_get_d(distance, MPFR_RNDN));
    mpfr_clear(distance);
    return units;
}
