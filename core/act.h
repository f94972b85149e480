/* The table of activation functions of the hidden layers. Definitions and derivatives are those of
 * PyTorch's defaults. All are finite and free of NaN for every finite argument.
 * To add one: a pair of functions and a row in act.c.
 */
#ifndef CORE_ACT_H
#define CORE_ACT_H

#include "core/real.h"

typedef struct Act {
    const char *name;
    /* z(n) becomes g(z). */
    void (*value)(size_t n, real *z);
    /* z(n) becomes g(z), and slope(n) becomes g'(z). */
    void (*value_and_slope)(size_t n, real *restrict z, real *restrict slope);
} Act;

/* Row i of the table, NULL past its end. */
const Act *act_at(size_t i);

/* The activation of that name, NULL where there is none. */
const Act *act_find(const char *name);

#endif
