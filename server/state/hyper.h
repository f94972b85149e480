/* The hyperparameters of a job: one table with name, kind, default, range and help, from which the
 * bodies and queries of requests are read, what is kept is written, and users are told.
 */
#ifndef STATE_HYPER_H
#define STATE_HYPER_H

#include "core/fit.h"
#include "tools/spec.h"

/* As in the table of hyper.c, one member a row; NAN, 0 or SPEC_NULL_CHOICE stand for null. */
typedef struct Hyper {
    SpecList hidden;
    size_t activation, optimizer, init; /* places in the tables of act, opt, and of init's names */
    double learning_rate, momentum, beta1, beta2, epsilon, decay;
    bool nesterov, shuffle, standardize;
    int64_t batch_size, epochs, patience, seed;
    double tolerance, gradient_tolerance, validation_split, l2;
    size_t schedule, regularization; /* ScheduleKind; 0 is bayesian */
    int64_t step_epochs, plateau_patience;
    double step_factor, plateau_factor, schedule_floor, clip_norm;
    int64_t restarts, ensemble, cross_validation;
    size_t preset;             /* its place in preset.h */
    double time_limit;         /* seconds of training; NAN is none */
    double checkpoint_seconds; /* how much work a crash may cost */
} Hyper;

SpecTable hyper_table(void);

/* Replaces each null that has a meaning ("by optimizer", "by activation") by that meaning. */
void hyper_resolve(Hyper *hyper);

/* What the first weights of a job are. */
typedef enum HyperStart { HYPER_DRAWN, HYPER_LAYERS, HYPER_MODEL } HyperStart;

/* The task that hyperparameters are for. */
typedef struct HyperTask {
    size_t parameters; /* of one network; 0 where they are not known, as something else is wrong */
    size_t rows;       /* of the dataset; 0 likewise */
    HyperStart start;
    bool optimizer_unknown; /* what was asked for is wrong, so nothing can be judged by it */
} HyperTask;

/* Adds to problem what makes no sense together, or for this task, under prefix
 * ("#/hyperparameters/" or "?") and the name. hyper is resolved. */
void hyper_check(const Hyper *hyper, const HyperTask *task, const char *prefix, Problem *problem);

/* Adds to warnings, under prefix, what is sound and hardly meant: a hyperparameter that has no
 * effect beside the others, batches of all rows, too few rows for its size. task->rows are the
 * training rows here. */
void hyper_look(const Hyper *hyper, const HyperTask *task, const char *prefix, Problem *warnings);

/* What the core trains by. hyper is resolved. */
FitOptions hyper_fit_options(const Hyper *hyper);

/* Reads what spec_encode wrote, from the store. STATUS_DAMAGED, STATUS_NO_MEMORY. */
Status hyper_read(const char *text, Hyper *hyper) MUST_USE;

#endif
