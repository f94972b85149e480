/* The loops of elem.h over the functions of one number in elem_*.h. */
#include "core/elem.h"

#include "core/elem_erf.h"
#include "core/elem_exp.h"
#include "core/elem_log.h"
#include "core/elem_logistic.h"

void elem_exp(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        const real below = x[i] > 710 ? 710 : x[i];
        x[i] = elem_exp_sum(below < -746 ? -746 : below, 0);
    }
}

/* By halves, for the powers of two would overflow before the result does; where e^x - 1 rounds to
 * x, x itself, which may have no half. */
void elem_expm1(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        const real above = x[i] < -40 ? -40 : x[i];
        const real half = elem_less_1(elem_exp_parts(above > 710 ? 710 : above, 0), 0.5);
        x[i] = elem_abs(x[i]) < 0x1p-54 ? x[i] : 2 * half;
    }
}

void elem_log(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = elem_log_1(x[i]);
    }
}

void elem_log1p(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = elem_log1p_1(x[i]);
    }
}

void elem_tanh(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        x[i] = elem_tanh_1(x[i], &slope);
    }
}

void elem_sigmoid(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        real slope;
        x[i] = elem_sigmoid_1(x[i], &slope);
    }
}

void elem_erf(size_t n, real *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = elem_erf_1(x[i]);
    }
}
