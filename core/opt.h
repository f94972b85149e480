/* The table of optimisers, and those of the first order among them, over flat arrays of parameters.
 * To add one of these: a step function and a row in opt.c. A method that needs more than a gradient
 * has a file of its own, a row here, and a place in method.c.
 */
#ifndef CORE_OPT_H
#define CORE_OPT_H

#include "core/tape.h"

#define OPT_SLOTS 2

typedef struct OptOptions {
    real learning_rate; /* alpha, > 0; rprop: the first step of each parameter */
    real momentum;      /* gradient_descent: 0 <= momentum < 1 */
    int nesterov;       /* gradient_descent: look ahead along the momentum */
    real beta1, beta2;  /* adam: decay of the first and second moment */
    real epsilon;       /* adam, rmsprop: added to the root */
    real decay;         /* rmsprop: of the squared gradient */
} OptOptions;

typedef struct Opt Opt;

typedef enum OptFamily {
    OPT_FIRST_ORDER,        /* opt: what a step function makes of a gradient */
    OPT_LBFGS,              /* lbfgs */
    OPT_LEVENBERG_MARQUARDT /* lm */
} OptFamily;

typedef struct OptRule {
    const char *name;
    OptFamily family;
    int full_batch;     /* knows no batches, learning-rate schedule or clipping */
    real learning_rate; /* the default; 0: it has none */
    size_t slots;       /* arrays of state as long as the parameters, <= OPT_SLOTS */
    void (*step)(Opt *opt, const real *restrict gradient, real *restrict parameters);
} OptRule;

struct Opt {
    const OptRule *rule;
    OptOptions options;
    size_t count;          /* parameters */
    uint64_t updates;      /* made so far */
    real *slot[OPT_SLOTS]; /* state of the rule: each (count), or NULL; 0 at first */
};

/* Row i of the table, NULL past its end; the first is the default. */
const OptRule *opt_at(size_t i);
const OptRule *opt_find(const char *name);

/* A rule of the first order at work. NULL where there is no memory. */
Opt *opt_new(const OptRule *rule, const OptOptions *options, size_t count) MUST_USE;
void opt_free(Opt *opt);

/* One update of parameters(count) by gradient(count). */
void opt_step(Opt *opt, const real *gradient, real *parameters);

void opt_tape(Opt *opt, Tape *tape);

#endif
