/* The table of optimisers, and those of the first order, over flat arrays: a step reads the
 * gradient, moves the parameters and keeps its moments in the slots, which the Opt owns. The
 * formulas are those of the table of optimisers in the project's mathematics, and PyTorch's.
 */
#include "core/opt.h"

#include "core/mat.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* v <- momentum v + g;  p <- p - alpha v, or with nesterov p <- p - alpha (g + momentum v). */
static void gradient_descent(Opt *opt, const real *restrict gradient, real *restrict parameters)
{
    const real rate = opt->options.learning_rate, momentum = opt->options.momentum;
    const real ahead = opt->options.nesterov ? 1 : 0;
    real *restrict v = opt->slot[0];
    if (momentum == 0) {
        for (size_t i = 0; i < opt->count; i++) {
            parameters[i] -= rate * gradient[i];
        }
        return;
    }
    for (size_t i = 0; i < opt->count; i++) {
        const real velocity = momentum * v[i] + gradient[i];
        const real looked = gradient[i] + momentum * velocity;
        v[i] = velocity;
        parameters[i] -= rate * (ahead > 0 ? looked : velocity);
    }
}

/* base^n by squaring: the same bits whatever pow a machine has. */
static real power(real base, uint64_t n)
{
    real result = 1;
    for (; n > 0; n >>= 1) {
        result *= (n & 1) ? base : 1;
        base *= base;
    }
    return result;
}

/* Adam (Kingma and Ba, 2015): m and s are the running means of g and g^2, corrected for their start
 * at 0;  p <- p - alpha (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps). */
static void adam(Opt *opt, const real *restrict gradient, real *restrict parameters)
{
    const OptOptions *o = &opt->options;
    const real b1 = o->beta1, b2 = o->beta2, epsilon = o->epsilon;
    const real rate = o->learning_rate / (1 - power(b1, opt->updates));
    const real correction = 1 - power(b2, opt->updates);
    real *restrict m = opt->slot[0], *restrict s = opt->slot[1];
    for (size_t i = 0; i < opt->count; i++) {
        m[i] = b1 * m[i] + (1 - b1) * gradient[i];
        s[i] = b2 * s[i] + (1 - b2) * gradient[i] * gradient[i];
        parameters[i] -= rate * m[i] / (sqrt(s[i] / correction) + epsilon);
    }
}

/* RMSprop (Tieleman and Hinton, 2012): s is the running mean of g^2;
 * p <- p - alpha g / (sqrt(s) + eps). */
static void rmsprop(Opt *opt, const real *restrict gradient, real *restrict parameters)
{
    const real rate = opt->options.learning_rate, epsilon = opt->options.epsilon;
    const real decay = opt->options.decay;
    real *restrict s = opt->slot[0];
    for (size_t i = 0; i < opt->count; i++) {
        s[i] = decay * s[i] + (1 - decay) * gradient[i] * gradient[i];
        parameters[i] -= rate * gradient[i] / (sqrt(s[i]) + epsilon);
    }
}

/* Rprop's factors and bounds of a step. */
static const real longer = 1.2, shorter = 0.5, shortest = 1e-6, longest = 50;

/* iRprop- (Igel and Huesken, 2003): each parameter has a step of its own, which grows while the
 * gradient keeps its sign and shrinks where that has changed; there it rests for one update, and
 * the gradient counts as 0 in the next. Only signs matter, so they are compared, not multiplied. */
static void rprop(Opt *opt, const real *restrict gradient, real *restrict parameters)
{
    real *restrict before = opt->slot[0], *restrict step = opt->slot[1];
    for (size_t i = 0; i < opt->count; i++) {
        const int up = gradient[i] > 0, down = gradient[i] < 0;
        const int kept = (up && before[i] > 0) || (down && before[i] < 0);
        const int turned = (up && before[i] < 0) || (down && before[i] > 0);
        const real last = opt->updates > 1 ? step[i] : opt->options.learning_rate;
        const real next = kept ? fmin(last * longer, longest) : last;
        step[i] = turned ? fmax(last * shorter, shortest) : next;
        before[i] = turned ? 0 : gradient[i];
        parameters[i] -= turned ? 0 : up ? step[i] : down ? -step[i] : 0;
    }
}

static const OptRule table[] = {
    {"gradient_descent", OPT_FIRST_ORDER, 0, 0.01, 1, gradient_descent},
    {"adam", OPT_FIRST_ORDER, 0, 0.001, 2, adam},
    {"rmsprop", OPT_FIRST_ORDER, 0, 0.01, 1, rmsprop},
    {"rprop", OPT_FIRST_ORDER, 1, 0.1, 2, rprop},
    {"lbfgs", OPT_LBFGS, 1, 0, 0, NULL},
    {"levenberg_marquardt", OPT_LEVENBERG_MARQUARDT, 1, 0, 0, NULL},
};

const OptRule *opt_at(size_t i)
{
    return i < sizeof table / sizeof table[0] ? &table[i] : NULL;
}

const OptRule *opt_find(const char *name)
{
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

Opt *opt_new(const OptRule *rule, const OptOptions *options, size_t count)
{
    assert(rule->family == OPT_FIRST_ORDER);
    Opt *opt = calloc(1, sizeof *opt);
    if (opt == NULL) {
        return NULL;
    }
    opt->rule = rule;
    opt->options = *options;
    opt->count = count;
    for (size_t i = 0; i < rule->slots; i++) {
        opt->slot[i] = mat_zeros(count);
        if (opt->slot[i] == NULL) {
            opt_free(opt);
            return NULL;
        }
    }
    return opt;
}

void opt_free(Opt *opt)
{
    if (opt == NULL) {
        return;
    }
    for (size_t i = 0; i < OPT_SLOTS; i++) {
        free(opt->slot[i]);
    }
    free(opt);
}

void opt_step(Opt *opt, const real *gradient, real *parameters)
{
    opt->updates++; /* the rules count updates from 1 */
    opt->rule->step(opt, gradient, parameters);
}

void opt_tape(Opt *opt, Tape *tape)
{
    tape_word(tape, &opt->updates);
    for (size_t i = 0; i < opt->rule->slots; i++) {
        tape_reals(tape, opt->slot[i], opt->count);
    }
}
