/* What makes no sense together among the hyperparameters, or for the task that they are for. */
#include <math.h>
#include <stdio.h>

#include "core/lm.h"
#include "state/hyper.h"
#include "state/preset.h"

#define RUNS_MAX 1000 /* trainings of one job */

typedef struct Check {
    const Hyper *hyper;
    const HyperTask *task;
    const char *prefix;
    Problem *problem;
    char at[PROBLEM_POINTER];
} Check;

/* Where a mistake in the hyperparameter of that name is, until the next call. */
static const char *place(Check *check, const char *name)
{
    snprintf(check->at, sizeof check->at, "%s%s", check->prefix, name);
    return check->at;
}

/* Adds what a member must be with this optimizer, and why. */
static void refuse(Check *check, const char *name, const char *must)
{
    problem_add(check->problem, place(check, name),
                "%s with %s, which takes the whole training split as one batch and finds the "
                "length of its steps by itself",
                must, opt_at(check->hyper->optimizer)->name);
}

static void check_full_batch(Check *check)
{
    const Hyper *hyper = check->hyper;
    if (hyper->batch_size > 0)
        refuse(check, "batch_size", "must be null");
    if (hyper->schedule != SCHEDULE_CONSTANT)
        refuse(check, "schedule", "must be \"constant\"");
    if (!isnan(hyper->clip_norm))
        refuse(check, "clip_norm", "must be null");
    if (!isnan(hyper->learning_rate) && opt_at(hyper->optimizer)->family != OPT_FIRST_ORDER)
        refuse(check, "learning_rate", "must be null");
}

/* Who chose a preset may not know that it brings a regularization. */
static void refuse_bayesian(Check *check)
{
    const Hyper *hyper = check->hyper;
    const char *preset = preset_name(hyper->preset), *optimizer = opt_at(hyper->optimizer)->name;
    if (preset)
        problem_add(check->problem, place(check, "regularization"),
                    "\"bayesian\" (of the preset %s) needs the optimizer levenberg_marquardt, got "
                    "%s; with %s, give null here",
                    preset, optimizer, optimizer);
    else
        problem_add(check->problem, place(check, "regularization"),
                    "\"bayesian\" needs the optimizer levenberg_marquardt, got %s", optimizer);
}

/* The values of the preset that was chosen; false where there is none. */
static bool preset_of(const Hyper *hyper, Hyper *preset)
{
    const char *name = preset_name(hyper->preset);
    return name && preset_begin(name, preset) == STATUS_OK;
}

static void refuse_large(Check *check)
{
    const Hyper *hyper = check->hyper;
    Hyper preset;
    char by[64] = "", but[64] = "lbfgs";
    if (preset_of(hyper, &preset) && preset.optimizer == hyper->optimizer) {
        snprintf(by, sizeof by, " (of the preset %s)", preset_name(hyper->preset));
        if (hyper->regularization != SPEC_NULL_CHOICE)
            snprintf(but, sizeof but, "give lbfgs here and null as regularization");
    }
    problem_add(check->problem, place(check, "optimizer"),
                "levenberg_marquardt%s keeps matrices of parameters x parameters and takes at most "
                "%d parameters, this network has %zu; take fewer or narrower layers, or %s",
                by, LM_PARAMETERS_MAX, check->task->parameters, but);
}

static void refuse_ensemble(Check *check)
{
    const Hyper *hyper = check->hyper;
    Hyper preset;
    char by[64] = "";
    if (preset_of(hyper, &preset) && preset.ensemble == hyper->ensemble)
        snprintf(by, sizeof by, " (of the preset %s); give 1 here", preset_name(hyper->preset));
    problem_add(check->problem, place(check, "ensemble"),
                "must be 1 with initial_layers, which are those of one network, got %lld%s",
                (long long)hyper->ensemble, by);
}

static void check_optimizer(Check *check)
{
    const Hyper *hyper = check->hyper;
    const OptRule *rule = opt_at(hyper->optimizer);
    bool is_lm = rule->family == OPT_LEVENBERG_MARQUARDT;
    bool bayesian = hyper->regularization != SPEC_NULL_CHOICE;
    if (rule->full_batch)
        check_full_batch(check);
    if (is_lm && check->task->parameters > LM_PARAMETERS_MAX)
        refuse_large(check);
    if (bayesian && !is_lm)
        refuse_bayesian(check);
    if (bayesian && hyper->l2 > 0)
        problem_add(check->problem, place(check, "l2"),
                    "must be 0 with the regularization \"bayesian\", which finds it by itself");
}

static void check_runs(Check *check)
{
    const Hyper *hyper = check->hyper;
    int64_t folds = hyper->cross_validation, ensemble = hyper->ensemble, restarts = hyper->restarts;
    int64_t runs = (folds + 1) * ensemble * restarts;
    const char *largest = folds >= ensemble && folds >= restarts ? "cross_validation"
                          : ensemble >= restarts                 ? "ensemble"
                                                                 : "restarts";
    if (runs > RUNS_MAX)
        problem_add(check->problem, place(check, largest),
                    "makes %lld trainings of this job: (%lld folds + 1) x an ensemble of %lld x "
                    "%lld restarts; a job makes at most %d",
                    (long long)runs, (long long)folds, (long long)ensemble, (long long)restarts,
                    RUNS_MAX);
}

static void check_rows(Check *check)
{
    const Hyper *hyper = check->hyper;
    size_t rows = check->task->rows;
    if (rows == 0)
        return;
    if (hyper->validation_split > 0 && rows < 2)
        problem_add(check->problem, place(check, "validation_split"),
                    "needs at least 2 rows, the dataset has %zu", rows);
    if ((size_t)hyper->cross_validation > rows)
        problem_add(check->problem, place(check, "cross_validation"),
                    "must be at most the number of rows, which is %zu in this dataset, got %lld",
                    rows, (long long)hyper->cross_validation);
}

static void check_start(Check *check)
{
    const Hyper *hyper = check->hyper;
    HyperStart start = check->task->start;
    const char *given = start == HYPER_LAYERS ? "initial_layers" : "from_model";
    if (start == HYPER_DRAWN)
        return;
    if (hyper->restarts > 1)
        problem_add(check->problem, place(check, "restarts"),
                    "must be 1 with %s: there are no weights to draw anew, got %lld", given,
                    (long long)hyper->restarts);
    if (start == HYPER_LAYERS && hyper->ensemble > 1)
        refuse_ensemble(check);
    if (start == HYPER_MODEL && hyper->cross_validation > 0)
        problem_add(check->problem, place(check, "cross_validation"),
                    "must be null with from_model: that model has seen the rows that a fold holds "
                    "out");
}

void hyper_check(const Hyper *hyper, const HyperTask *task, const char *prefix, Problem *problem)
{
    Check check = {.hyper = hyper, .task = task, .prefix = prefix, .problem = problem};
    if (!task->optimizer_unknown)
        check_optimizer(&check);
    check_runs(&check);
    check_rows(&check);
    check_start(&check);
}
