/* The table of hyperparameters, and its way into the core's options.
 * To add one: a member in hyper.h, a row here, a line in train_options, a line in the README. */
#include "state/hyper.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "state/preset.h"

#define AT(member) offsetof(Hyper, member)
#define MANY 1e9

static const char *activation_name(size_t i)
{
    return act_at(i) ? act_at(i)->name : NULL;
}

static const char *optimizer_name(size_t i)
{
    return opt_at(i) ? opt_at(i)->name : NULL;
}

static const char *init_name(size_t i)
{
    static const char *const names[] = {"xavier_uniform", "he_uniform", "uniform"}; /* as NetInit */
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const char *schedule_name(size_t i)
{
    static const char *const names[] = {"constant", "step", "cosine",
                                        "reduce_on_plateau"}; /* as ScheduleKind */
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const char *regularization_name(size_t i)
{
    return i == 0 ? "bayesian" : NULL;
}

static const SpecField fields[] = {
    {"hidden", SPEC_WHOLES, AT(hidden), 0, 1, 65536, NULL, "[16]",
     "widths of the hidden layers, at most 64 of them; none is linear regression"},
    {"activation", SPEC_CHOICE, AT(activation), 0, 0, 0, activation_name, "\"tanh\"",
     "activation function of the hidden layers"},
    {"optimizer", SPEC_CHOICE, AT(optimizer), 0, 0, 0, optimizer_name, "\"gradient_descent\"",
     "how the gradient becomes a step"},
    {"learning_rate", SPEC_REAL, AT(learning_rate), SPEC_ABOVE_MIN | SPEC_NULL_TOO, 0, DBL_MAX,
     NULL, "null",
     "step size alpha (rprop: the first step); null takes the optimizer's own; lbfgs and "
     "levenberg_marquardt have none"},
    {"momentum", SPEC_REAL, AT(momentum), SPEC_BELOW_MAX, 0, 1, NULL, "0",
     "gradient_descent: share of the last step that is kept"},
    {"nesterov", SPEC_BOOL, AT(nesterov), 0, 0, 0, NULL, "false",
     "gradient_descent: look ahead along the momentum"},
    {"beta1", SPEC_REAL, AT(beta1), SPEC_BELOW_MAX, 0, 1, NULL, "0.9",
     "adam: decay of the mean of the gradient"},
    {"beta2", SPEC_REAL, AT(beta2), SPEC_BELOW_MAX, 0, 1, NULL, "0.999",
     "adam: decay of the mean of its square"},
    {"epsilon", SPEC_REAL, AT(epsilon), SPEC_ABOVE_MIN, 0, 1, NULL, "1e-8",
     "adam, rmsprop: keeps the step finite where the gradient is near 0"},
    {"decay", SPEC_REAL, AT(decay), SPEC_BELOW_MAX, 0, 1, NULL, "0.99",
     "rmsprop: decay of the mean of the squared gradient"},
    {"schedule", SPEC_CHOICE, AT(schedule), 0, 0, 0, schedule_name, "\"constant\"",
     "how the learning rate goes over the epochs"},
    {"step_epochs", SPEC_WHOLE, AT(step_epochs), 0, 1, MANY, NULL, "100",
     "schedule step: epochs between two steps"},
    {"step_factor", SPEC_REAL, AT(step_factor), SPEC_ABOVE_MIN | SPEC_BELOW_MAX, 0, 1, NULL, "0.1",
     "schedule step: what each multiplies the learning rate by"},
    {"plateau_patience", SPEC_WHOLE, AT(plateau_patience), 0, 1, MANY, NULL, "10",
     "schedule reduce_on_plateau: epochs in a row without a lower validation (else training) loss"},
    {"plateau_factor", SPEC_REAL, AT(plateau_factor), SPEC_ABOVE_MIN | SPEC_BELOW_MAX, 0, 1, NULL,
     "0.1", "schedule reduce_on_plateau: what the learning rate is multiplied by then"},
    {"schedule_floor", SPEC_REAL, AT(schedule_floor), SPEC_BELOW_MAX, 0, 1, NULL, "0",
     "schedules cosine, reduce_on_plateau: the least share of the learning rate"},
    {"clip_norm", SPEC_REAL, AT(clip_norm), SPEC_ABOVE_MIN | SPEC_NULL_TOO, 0, DBL_MAX, NULL,
     "null", "a gradient that is longer is shortened to this norm"},
    {"batch_size", SPEC_WHOLE, AT(batch_size), SPEC_NULL_TOO, 1, MANY, NULL, "null",
     "rows a step; null is the whole training split"},
    {"shuffle", SPEC_BOOL, AT(shuffle), 0, 0, 0, NULL, "true",
     "the rows in a new order each epoch, where there are batches"},
    {"epochs", SPEC_WHOLE, AT(epochs), 0, 1, MANY, NULL, "1000", "passes over the data, at most"},
    {"tolerance", SPEC_REAL, AT(tolerance), SPEC_BELOW_MAX, 0, 1, NULL, "1e-6",
     "converged when the training loss improves by less than this share of its best; 0 is never"},
    {"patience", SPEC_WHOLE, AT(patience), 0, 1, MANY, NULL, "20",
     "epochs in a row without improvement before training stops"},
    {"gradient_tolerance", SPEC_REAL, AT(gradient_tolerance), 0, 0, DBL_MAX, NULL, "0",
     "converged when the gradient's largest component is below this; 0 is never"},
    {"validation_split", SPEC_REAL, AT(validation_split), SPEC_BELOW_MAX, 0, 1, NULL, "0",
     "share of the rows held out, drawn by the seed; training then keeps its best epoch"},
    {"l2", SPEC_REAL, AT(l2), 0, 0, DBL_MAX, NULL, "0",
     "weight decay: times the sum of squared weights is added to what is minimised"},
    {"regularization", SPEC_CHOICE, AT(regularization), SPEC_NULL_TOO, 0, 0, regularization_name,
     "null", "levenberg_marquardt: bayesian finds the weight decay that the data ask for"},
    {"standardize", SPEC_BOOL, AT(standardize), 0, 0, 0, NULL, "true",
     "scale each column to mean 0 and standard deviation 1"},
    {"init", SPEC_CHOICE, AT(init), SPEC_NULL_TOO, 0, 0, init_name, "null",
     "how the first weights are drawn; null takes he_uniform for relu and its kin"},
    {"seed", SPEC_WHOLE, AT(seed), 0, 0, 9007199254740991.0, NULL, "0",
     "the only source of randomness: the same seed gives the same bits"},
    {"time_limit", SPEC_REAL, AT(time_limit), SPEC_ABOVE_MIN | SPEC_NULL_TOO, 0, MANY, NULL, "null",
     "seconds of training, at most"},
    {"restarts", SPEC_WHOLE, AT(restarts), 0, 1, 1000, NULL, "1",
     "trainings of each network, from a seed each; that of the lowest validation (else training) "
     "loss is kept"},
    {"ensemble", SPEC_WHOLE, AT(ensemble), 0, 1, 100, NULL, "1",
     "networks of the model, from a seed each; it predicts their mean"},
    {"cross_validation", SPEC_WHOLE, AT(cross_validation), SPEC_NULL_TOO, 2, 1000, NULL, "null",
     "folds: all is trained again without the rows of each, and scored on them"},
    {"preset", SPEC_CHOICE, AT(preset), SPEC_NULL_TOO, 0, 0, preset_name, "null",
     "a recipe whose values stand in for the defaults; what is given beside it overrides them"},
    {"checkpoint_seconds", SPEC_REAL, AT(checkpoint_seconds), SPEC_ABOVE_MIN, 0, 86400, NULL, "5",
     "how often, at least, the history and the progress are made durable"},
};

SpecTable hyper_table(void)
{
    _Static_assert(sizeof fields / sizeof *fields <= SPEC_FIELDS_MAX, "grow SPEC_FIELDS_MAX");
    return (SpecTable){fields, sizeof fields / sizeof *fields};
}

/* The piecewise linear activations and their smooth kin halve the variance: He's bounds. */
static bool rectifies(const char *activation)
{
    static const char *const names[] = {"relu", "leaky_relu", "elu", "softplus", "silu", "gelu"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], activation) == 0)
            return true;
    return false;
}

void hyper_resolve(Hyper *hyper)
{
    if (isnan(hyper->learning_rate) && opt_at(hyper->optimizer)->learning_rate > 0)
        hyper->learning_rate = opt_at(hyper->optimizer)->learning_rate;
    if (hyper->init == SPEC_NULL_CHOICE)
        hyper->init =
            rectifies(activation_name(hyper->activation)) ? NET_HE_UNIFORM : NET_XAVIER_UNIFORM;
}

static ScheduleOptions schedule_options(const Hyper *hyper)
{
    bool steps = hyper->schedule == SCHEDULE_STEP;
    return (ScheduleOptions){
        .kind = (ScheduleKind)hyper->schedule,
        .period = (size_t)(steps ? hyper->step_epochs : hyper->plateau_patience),
        .factor = steps ? hyper->step_factor : hyper->plateau_factor,
        .floor = hyper->schedule_floor,
    };
}

static TrainOptions train_options(const Hyper *hyper)
{
    TrainOptions options = {
        .hidden_count = hyper->hidden.count,
        .activation = act_at(hyper->activation),
        .optimizer = opt_at(hyper->optimizer),
        .opt = {.learning_rate = hyper->learning_rate,
                .momentum = hyper->momentum,
                .nesterov = hyper->nesterov,
                .beta1 = hyper->beta1,
                .beta2 = hyper->beta2,
                .epsilon = hyper->epsilon,
                .decay = hyper->decay},
        .schedule = schedule_options(hyper),
        .clip_norm = isnan(hyper->clip_norm) ? 0 : hyper->clip_norm,
        .bayesian = hyper->regularization != SPEC_NULL_CHOICE,
        .batch_size = (size_t)hyper->batch_size,
        .shuffle = hyper->shuffle,
        .epochs = (size_t)hyper->epochs,
        .tolerance = hyper->tolerance,
        .patience = (size_t)hyper->patience,
        .gradient_tolerance = hyper->gradient_tolerance,
        .validation_split = hyper->validation_split,
        .l2 = hyper->l2,
        .standardize = hyper->standardize,
        .init = (NetInit)hyper->init,
        .seed = (uint64_t)hyper->seed,
    };
    for (size_t i = 0; i < hyper->hidden.count; i++)
        options.hidden[i] = (size_t)hyper->hidden.v[i];
    return options;
}

FitOptions hyper_fit_options(const Hyper *hyper)
{
    return (FitOptions){
        .train = train_options(hyper),
        .restarts = (size_t)hyper->restarts,
        .ensemble = (size_t)hyper->ensemble,
        .folds = (size_t)hyper->cross_validation,
    };
}

Status hyper_read(const char *text, Hyper *hyper)
{
    Problem problem;
    problem_clear(&problem);
    Status status = spec_decode_kept(hyper_table(), text, hyper, &problem);
    return status == STATUS_OK || status == STATUS_NO_MEMORY ? status : STATUS_DAMAGED;
}
