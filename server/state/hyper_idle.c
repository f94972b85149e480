/* Hyperparameters that are sound, and yet not what was meant: those without any effect beside the
 * others, and those that the others get ahead of. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "state/hyper.h"

#define HELD_BACK 10 /* parameters a row that regularization can be trusted with */

typedef struct Look {
    const Hyper *hyper;
    const HyperTask *task;
    const char *prefix;
    Problem *warnings;
} Look;

static bool uses(const Look *look, const char *optimizer)
{
    return strcmp(opt_at(look->hyper->optimizer)->name, optimizer) == 0;
}

static bool schedules(const Look *look, ScheduleKind kind)
{
    return look->hyper->schedule == (size_t)kind;
}

static bool descends(const Look *look)
{
    return uses(look, "gradient_descent");
}

static bool has_momentum(const Look *look)
{
    return descends(look) && look->hyper->momentum > 0;
}

static bool is_adam(const Look *look)
{
    return uses(look, "adam");
}

static bool is_rmsprop(const Look *look)
{
    return uses(look, "rmsprop");
}

static bool has_epsilon(const Look *look)
{
    return is_adam(look) || is_rmsprop(look);
}

static bool steps(const Look *look)
{
    return schedules(look, SCHEDULE_STEP);
}

static bool sees_plateaus(const Look *look)
{
    return schedules(look, SCHEDULE_PLATEAU);
}

static bool has_floor(const Look *look)
{
    return sees_plateaus(look) || schedules(look, SCHEDULE_COSINE);
}

static bool has_batches(const Look *look)
{
    size_t batch = (size_t)look->hyper->batch_size;
    return batch > 0 && batch < look->task->rows;
}

static bool has_patience(const Look *look)
{
    return look->hyper->tolerance > 0 || look->hyper->validation_split > 0;
}

/* What a hyperparameter needs beside it, to have an effect. */
static const struct {
    const char *name;
    bool (*has_effect)(const Look *look);
    const char *needs;
} needs[] = {
    {"momentum", descends, "the optimizer gradient_descent"},
    {"nesterov", has_momentum, "the optimizer gradient_descent with a momentum above 0"},
    {"beta1", is_adam, "the optimizer adam"},
    {"beta2", is_adam, "the optimizer adam"},
    {"epsilon", has_epsilon, "the optimizer adam or rmsprop"},
    {"decay", is_rmsprop, "the optimizer rmsprop"},
    {"step_epochs", steps, "the schedule step"},
    {"step_factor", steps, "the schedule step"},
    {"plateau_patience", sees_plateaus, "the schedule reduce_on_plateau"},
    {"plateau_factor", sees_plateaus, "the schedule reduce_on_plateau"},
    {"schedule_floor", has_floor, "the schedule cosine or reduce_on_plateau"},
    {"shuffle", has_batches, "a batch_size below the number of training rows"},
    {"patience", has_patience, "a tolerance above 0 or a validation_split"},
};

static size_t size_of(SpecKind kind)
{
    switch (kind) {
    case SPEC_BOOL:
        return sizeof(bool);
    case SPEC_CHOICE:
        return sizeof(size_t);
    case SPEC_WHOLES:
        return sizeof(SpecList);
    case SPEC_WHOLE:
    case SPEC_REAL:
        break;
    }
    return sizeof(double);
}

/* Whether a hyperparameter is not what it is when nobody gives it. */
static bool is_given(const Look *look, const Hyper *defaults, const char *name)
{
    SpecTable table = hyper_table();
    size_t i = 0;
    while (strcmp(table.field[i].name, name) != 0)
        i++;
    const SpecField *field = &table.field[i];
    return memcmp((const char *)look->hyper + field->offset, (const char *)defaults + field->offset,
                  size_of(field->kind)) != 0;
}

static void warn(const Look *look, const char *name, const char *detail)
{
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "%s%s", look->prefix, name);
    problem_add(look->warnings, at, "%s", detail);
}

static void look_for_idle(const Look *look, const Hyper *defaults)
{
    char detail[PROBLEM_DETAIL];
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (needs[i].has_effect(look) || !is_given(look, defaults, needs[i].name))
            continue;
        snprintf(detail, sizeof detail, "has no effect here: it needs %s", needs[i].needs);
        warn(look, needs[i].name, detail);
    }
}

static void look_at_epochs(const Look *look)
{
    const Hyper *hyper = look->hyper;
    if (steps(look) && hyper->step_epochs >= hyper->epochs)
        warn(look, "step_epochs", "is not below epochs: the first step never comes");
    if (sees_plateaus(look) && has_patience(look) && hyper->plateau_patience >= hyper->patience)
        warn(look, "plateau_patience",
             "is not below patience, after which training stops: the learning rate is hardly ever "
             "lowered");
}

/* What can be done about too few rows: the layers are those of the model where there is one, and a
 * network without any, or a single row, leaves nothing else. A row to hold out has to be there. */
static void say_too_few_rows(const Look *look)
{
    const HyperTask *task = look->task;
    const Hyper *hyper = look->hyper;
    bool narrows = task->rows > 1 && hyper->hidden.count > 0 && task->start != HYPER_MODEL;
    bool splits = task->rows > 1 && hyper->validation_split <= 0;
    char detail[PROBLEM_DETAIL];
    snprintf(detail, sizeof detail,
             "make a network of %zu parameters for %zu training row%s: it can learn %s by heart; "
             "%s%s",
             task->parameters, task->rows, task->rows == 1 ? "" : "s",
             task->rows == 1 ? "it" : "them",
             narrows ? "take fewer or narrower layers" : "give it more rows",
             splits ? ", or a validation_split to see how far it does" : "");
    warn(look, "hidden", detail);
}

static void look_at_rows(const Look *look)
{
    const Hyper *hyper = look->hyper;
    const HyperTask *task = look->task;
    char detail[PROBLEM_DETAIL];
    snprintf(detail, sizeof detail,
             "is not below the %zu training row%s, so each batch is all of them, as with null",
             task->rows, task->rows == 1 ? "" : "s");
    if (hyper->batch_size > 0 && !has_batches(look))
        warn(look, "batch_size", detail);
    bool regular = hyper->regularization != SPEC_NULL_CHOICE;
    if (task->parameters / (regular ? HELD_BACK : 1) > task->rows)
        say_too_few_rows(look);
}

void hyper_look(const Hyper *hyper, const HyperTask *task, const char *prefix, Problem *warnings)
{
    Look look = {hyper, task, prefix, warnings};
    Hyper defaults;
    if (spec_defaults(hyper_table(), &defaults) == STATUS_OK)
        look_for_idle(&look, &defaults);
    look_at_epochs(&look);
    look_at_rows(&look);
}
