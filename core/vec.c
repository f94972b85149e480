/* Sums and steps over flat arrays. One long sum could not be vectorised without changing its order,
 * so the order is that of eight sums from the start. Owns nothing.
 */
#include "core/vec.h"

#include <math.h>

enum { CHAINS = 8 };

/* Squares between these neither overflow nor lose digits in a sum of any length that fits. */
#define SMALL 1e-280
#define LARGE 1e280

real vec_dot(size_t n, const real *a, const real *b)
{
    real sum[CHAINS] = {0};
    size_t i = 0;
    for (; i + CHAINS <= n; i += CHAINS) {
        for (size_t c = 0; c < CHAINS; c++) {
            sum[c] += a[i + c] * b[i + c];
        }
    }
    for (size_t c = 0; i < n; i++, c++) {
        sum[c] += a[i] * b[i];
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

real vec_norm(size_t n, const real *a)
{
    const real square = vec_dot(n, a, a);
    if ((square > SMALL && square < LARGE) || isnan(square)) {
        return sqrt(square);
    }
    real largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(a[i]));
    }
    if (!(largest > 0) || !isfinite(largest)) {
        return largest;
    }
    real sum = 0;
    for (size_t i = 0; i < n; i++) {
        const real share = a[i] / largest;
        sum += share * share;
    }
    return sqrt(sum) * largest;
}

void vec_add(size_t n, real factor, const real *restrict x, real *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += factor * x[i];
    }
}
