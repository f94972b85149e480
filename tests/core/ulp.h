/* The distance of a double from the true value, which MPFR gives. */
#ifndef TESTS_CORE_ULP_H
#define TESTS_CORE_ULP_H

#include "core/real.h"

#include <mpfr.h>

enum { ULP_PRECISION = 140 }; /* bits of a reference */

/* |got - truth| in units of the last place of the larger of |truth| and |scale|; scale may be NULL.
 * What is not finite is at distance 0 from its like, and from all else infinitely far. */
real ulp_distance(real got, mpfr_t truth, mpfr_t scale);

#endif
