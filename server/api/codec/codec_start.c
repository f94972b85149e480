/* Warm starts. What a model is cannot be changed by training it further, so hyperparameters follow
 * it, and one that says something else is refused. */
#include "api/codec/codec_start.h"

#include <stdio.h>
#include <string.h>

#include "api/codec/codec_model.h"

#define LABEL (MODEL_NAME + 24)

/* A model held against what a job says. */
typedef struct Match {
    const ModelRecord *record;
    bool csv;
    Problem *problem;
    char label[LABEL]; /* name/version */
    char at[PROBLEM_POINTER];
} Match;

void codec_from_model_decode(const char *text, const char *at, FromModel *from, Problem *problem)
{
    size_t length = strcspn(text, "/");
    int64_t version = text[length] ? codec_model_version(text + length + 1) : 0;
    if (length == 0 || length >= MODEL_NAME || version < 0) {
        problem_add(problem, at,
                    "must be the name of a model, as boston, or with a version, as boston/3, got "
                    "'%.150s'",
                    text);
        return;
    }
    snprintf(from->name, sizeof from->name, "%.*s", (int)length, text);
    from->version = version;
}

/* The place of a hyperparameter, until the next call. */
static const char *place(Match *match, const char *name)
{
    snprintf(match->at, sizeof match->at, "%s%s", match->csv ? "?" : "#/hyperparameters/", name);
    return match->at;
}

static const char *here(const Match *match)
{
    return match->csv ? "?from_model" : "#/from_model";
}

/* "[16, 8]", cut short where it is long. */
static void list_text(const SpecList *list, char text[64])
{
    size_t at = (size_t)snprintf(text, 64, "[");
    for (size_t i = 0; i < list->count && at < 50; i++)
        at += (size_t)snprintf(text + at, 64 - at, "%s%lld", i ? ", " : "", (long long)list->v[i]);
    snprintf(text + at, 64 - at, at < 50 ? "]" : ", ...");
}

static void match_hidden(Match *match, bool given, SpecList *hidden)
{
    const Net *net = match->record->model->member[0];
    SpecList had = {.count = net->depth - 1};
    char says[64], has[64];
    for (size_t l = 0; l < had.count && l < SPEC_LIST_MAX; l++)
        had.v[l] = (int64_t)net->width[l + 1];
    bool same = hidden->count == had.count &&
                memcmp(hidden->v, had.v, had.count * sizeof *had.v) == 0;
    list_text(hidden, says);
    list_text(&had, has);
    if (given && !same)
        problem_add(match->problem, place(match, "hidden"),
                    "is %s, but the model '%s' of from_model has %s; leave it out", says,
                    match->label, has);
    *hidden = had;
}

static void match_activation(Match *match, bool given, size_t *activation)
{
    const Act *act = match->record->model->member[0]->act;
    size_t had = 0;
    while (strcmp(act_at(had)->name, act->name) != 0)
        had++;
    if (given && *activation != had)
        problem_add(match->problem, place(match, "activation"),
                    "is %s, but the model '%s' of from_model has %s; leave it out",
                    act_at(*activation)->name, match->label, act->name);
    *activation = had;
}

static void match_ensemble(Match *match, bool given, int64_t *ensemble)
{
    int64_t had = (int64_t)match->record->model->members;
    if (given && *ensemble != had)
        problem_add(match->problem, place(match, "ensemble"),
                    "is %lld, but the model '%s' of from_model has %lld; leave it out",
                    (long long)*ensemble, match->label, (long long)had);
    *ensemble = had;
}

/* The scaling goes on with the networks. One that changes nothing may also be that of columns which
 * are standardised already, so true goes with each. */
static void match_scaling(Match *match, bool given, bool *standardize)
{
    const Scaling *scaling = match->record->model->scaling;
    bool scales = false;
    for (size_t i = 0; i < scaling->inputs + scaling->outputs && !scales; i++)
        scales = scaling->shift[i] != 0 || scaling->scale[i] != 1;
    if (given && !*standardize && scales)
        problem_add(match->problem, place(match, "standardize"),
                    "is false, but the model '%s' of from_model has a scaling, which goes on with "
                    "it; leave it out",
                    match->label);
    if (!given)
        *standardize = scales;
}

/* Names, where both have their own: the first that differs. */
static void match_names(Match *match, const Dataset *dataset, bool of_targets)
{
    size_t features = dataset->features, targets = dataset->targets;
    size_t from = of_targets ? features : 0, to = of_targets ? features + targets : features;
    const Column *had = match->record->column, *column = dataset->column;
    if (!columns_named(had, features, targets, of_targets) ||
        !columns_named(column, features, targets, of_targets))
        return;
    while (from < to && strcmp(had[from].name, column[from].name) == 0)
        from++;
    if (from < to)
        problem_add(match->problem, here(match),
                    "the model '%s' has '%.80s' as %s %zu, the dataset has '%.80s'; give the "
                    "columns in the model's order",
                    match->label, had[from].name, of_targets ? "target" : "feature",
                    from - (of_targets ? features : 0) + 1, column[from].name);
}

static void match_count(Match *match, const char *noun, size_t had, size_t has)
{
    problem_add(match->problem, here(match), "the model '%s' has %zu %s%s, the dataset has %zu",
                match->label, had, noun, had == 1 ? "" : "s", has);
}

static void match_columns(Match *match, const Dataset *dataset)
{
    const ModelRecord *record = match->record;
    bool features = record->features == dataset->features;
    bool targets = record->targets == dataset->targets;
    if (!features)
        match_count(match, "feature", record->features, dataset->features);
    if (!targets)
        match_count(match, "target", record->targets, dataset->targets);
    if (!features || !targets)
        return;
    match_names(match, dataset, false);
    match_names(match, dataset, true);
}

void codec_from_model_settle(const FromModel *from, bool csv, const Dataset *dataset, Hyper *hyper,
                             Problem *problem)
{
    Match match = {.record = from->record, .csv = csv, .problem = problem};
    snprintf(match.label, sizeof match.label, "%s/%lld", from->record->name,
             (long long)from->record->version);
    match_hidden(&match, from->hidden, &hyper->hidden);
    match_activation(&match, from->activation, &hyper->activation);
    match_ensemble(&match, from->ensemble, &hyper->ensemble);
    match_scaling(&match, from->standardize, &hyper->standardize);
    if (dataset)
        match_columns(&match, dataset);
}
