/* The families of optimisers behind one face. A Method owns the state of its optimiser.
 */
#include "core/method.h"

#include "core/lbfgs.h"
#include "core/lm.h"
#include "core/vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct Family {
    void *(*make)(const TrainOptions *options, const Net *shape); /* NULL where no memory is */
    TrainEnd (*step)(Method *method, Objective *objective, real share);
    void (*tape)(void *state, Tape *tape);
    void (*release)(void *state);
    size_t parameters_max;
} Family;

struct Method {
    const Family *family;
    void *state; /* owned; Opt, Lbfgs or Lm */
    real clip_norm;
    real learning_rate;
};

static void *make_opt(const TrainOptions *options, const Net *shape)
{
    return opt_new(options->optimizer, &options->opt, shape->parameter_count);
}

/* g <- g min(1, clip_norm / |g|). */
static void clip(const Method *method, Objective *o)
{
    const size_t n = o->net->parameter_count;
    const real norm = method->clip_norm > 0 ? vec_norm(n, o->gradient) : 0;
    if (norm > method->clip_norm) {
        const real factor = method->clip_norm / norm;
        for (size_t i = 0; i < n; i++) {
            o->gradient[i] *= factor;
        }
    }
}

static TrainEnd step_opt(Method *method, Objective *o, real share)
{
    Opt *opt = method->state;
    const TrainEnd end = objective_know(o);
    if (end == TRAIN_GOES_ON) {
        o->known = 0;
        clip(method, o);
        opt->options.learning_rate = share * method->learning_rate;
        opt_step(opt, o->gradient, o->net->parameters);
    }
    return end;
}

static void tape_opt(void *state, Tape *tape)
{
    opt_tape(state, tape);
}

static void free_opt(void *state)
{
    opt_free(state);
}

static void *make_lbfgs(const TrainOptions *options, const Net *shape)
{
    (void)options;
    return lbfgs_new(shape);
}

static TrainEnd step_lbfgs(Method *method, Objective *o, real share)
{
    (void)share;
    return lbfgs_step(method->state, o);
}

static void tape_lbfgs(void *state, Tape *tape)
{
    lbfgs_tape(state, tape);
}

static void free_lbfgs(void *state)
{
    lbfgs_free(state);
}

static void *make_lm(const TrainOptions *options, const Net *shape)
{
    return lm_new(shape, options->bayesian, options->team);
}

static TrainEnd step_lm(Method *method, Objective *o, real share)
{
    (void)share;
    return lm_step(method->state, o);
}

static void tape_lm(void *state, Tape *tape)
{
    lm_tape(state, tape);
}

static void free_lm(void *state)
{
    lm_free(state);
}

/* By OptFamily. */
static const Family families[] = {
    [OPT_FIRST_ORDER] = {make_opt, step_opt, tape_opt, free_opt, SIZE_MAX},
    [OPT_LBFGS] = {make_lbfgs, step_lbfgs, tape_lbfgs, free_lbfgs, SIZE_MAX},
    [OPT_LEVENBERG_MARQUARDT] = {make_lm, step_lm, tape_lm, free_lm, LM_PARAMETERS_MAX},
};

Outcome method_new(const TrainOptions *options, const Net *shape, Method **method)
{
    const Family *family = &families[options->optimizer->family];
    *method = NULL;
    if (shape->parameter_count > family->parameters_max) {
        return OUTCOME_TOO_LARGE;
    }
    Method *made = calloc(1, sizeof *made);
    void *state = family->make(options, shape);
    if (made == NULL || state == NULL) {
        free(made);
        family->release(state);
        return OUTCOME_NO_MEMORY;
    }
    *made = (Method){.family = family,
                     .state = state,
                     .clip_norm = options->clip_norm,
                     .learning_rate = options->opt.learning_rate};
    *method = made;
    return OUTCOME_OK;
}

void method_free(Method *method)
{
    if (method != NULL) {
        method->family->release(method->state);
        free(method);
    }
}

TrainEnd method_step(Method *method, Objective *o, real share)
{
    return method->family->step(method, o, share);
}

void method_tape(Method *method, Tape *tape)
{
    method->family->tape(method->state, tape);
}

real method_effective(const Method *method)
{
    const int is_lm = method->family == &families[OPT_LEVENBERG_MARQUARDT];
    return is_lm ? lm_effective(method->state) : (real)NAN;
}
