/* The runs of a fit, one after another: for each part (the folds, then the model) and each member
 * of its ensemble the restarts. A Fit owns the rows as they came, as long as folds are to be cut
 * from them, the split of the part that is trained, its one Trainer, and the networks kept so far.
 *
 * Where a fit stands is the number of its run; part, member and restart follow from it.
 */
#include "core/fit.h"

#include "core/fit_private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t fit_run_count(const FitOptions *options)
{
    const size_t parts = options->folds + 1;
    if (options->ensemble > SIZE_MAX / options->restarts ||
        parts > SIZE_MAX / (options->ensemble * options->restarts)) {
        return SIZE_MAX;
    }
    return parts * options->ensemble * options->restarts;
}

/* Sets the generator of the folds apart from those of the runs. */
#define FOLD_STREAM 0x666f6c64u /* "fold" */

/* Which fold each row is in: all as large as each other, but for one row, and drawn by the seed. */
static Outcome draw_folds(Fit *fit, size_t rows)
{
    const size_t folds = fit->options.folds;
    Rng rng = rng_seeded(fit->options.train.seed ^ (uint64_t)FOLD_STREAM << 32);
    size_t *order = calloc(rows, sizeof(size_t));
    fit->fold_of = calloc(rows, sizeof(size_t));
    fit->fold = calloc(folds, sizeof(Score));
    if (order == NULL || fit->fold_of == NULL || fit->fold == NULL) {
        free(order);
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < rows; i++) {
        order[i] = i;
    }
    rng_shuffle(&rng, rows, order);
    for (size_t i = 0; i < rows; i++) {
        fit->fold_of[order[i]] = i % folds;
    }
    free(order);
    return OUTCOME_OK;
}

/* A copy of all rows with those of the fold at the end. */
static Data *cut_fold(const Fit *fit, size_t fold)
{
    const Data *rows = fit->rows;
    const size_t columns = rows->inputs + rows->outputs;
    Data *cut = data_new(rows->rows, rows->inputs, rows->outputs);
    size_t to = 0;
    for (int inside = 0; cut != NULL && inside < 2; inside++) {
        for (size_t i = 0; i < rows->rows; i++) {
            if ((fit->fold_of[i] == fold) == inside) {
                memcpy(cut->v + to++ * columns, rows->v + i * columns, columns * sizeof(real));
            }
        }
    }
    return cut;
}

static Outcome make_split(Fit *fit)
{
    const size_t folds = fit->options.folds, fold = fit->folds;
    size_t held_out = 0;
    Data *data = fit->rows;
    if (fold < folds) {
        data = cut_fold(fit, fold);
        held_out = fit->rows->rows / folds + (fold < fit->rows->rows % folds);
    } else {
        fit->rows = NULL;
    }
    return data == NULL ? OUTCOME_NO_MEMORY
                        : split_new_take(&fit->options.train, held_out, &fit->split, data);
}

/* Fills in what follows from the number of a run. */
static FitRun run_at(const Fit *fit, size_t number)
{
    const size_t restarts = fit->options.restarts, each = restarts * fit->options.ensemble;
    const size_t part = (number - 1) / each, within = (number - 1) % each;
    return (FitRun){
        .number = number,
        .fold = part < fit->options.folds ? part + 1 : 0,
        .member = within / restarts + 1,
        .restart = within % restarts + 1,
        .seed = fit->options.train.seed + within,
        .progress = {.train_loss = (real)NAN, .validation_loss = (real)NAN},
        .effective = (real)NAN,
    };
}

static Outcome begin_run(Fit *fit)
{
    TrainOptions options = fit->options.train;
    const Net *initial = fit->initial != NULL ? fit->initial[fit->run.member - 1] : NULL;
    options.seed = fit->run.seed;
    Outcome outcome = fit->split == NULL ? make_split(fit) : OUTCOME_OK;
    if (outcome == OUTCOME_OK) {
        outcome = trainer_new(&options, initial, &fit->trainer, fit->split);
    }
    return outcome;
}

static void forget_members(Fit *fit)
{
    for (size_t i = 0; i < fit->members; i++) {
        net_free(fit->member[i]);
        fit->member[i] = NULL;
    }
    fit->members = 0;
}

Outcome fit_stand_at(Fit *fit, size_t number)
{
    const size_t each = fit->options.restarts * fit->options.ensemble;
    const size_t part = (number - 1) / each;
    trainer_free(fit->trainer);
    fit->trainer = NULL;
    forget_members(fit);
    if (part != fit->folds) {
        split_free(fit->split);
        fit->split = NULL;
        fit->folds = part;
    }
    fit->run = run_at(fit, number);
    return begin_run(fit);
}

Outcome fit_new_take(const FitOptions *options, const Net *const *initial, Fit **fit, Data *data)
{
    Outcome outcome = OUTCOME_NO_MEMORY;
    Fit *made = calloc(1, sizeof *made);
    *fit = NULL;
    if (made == NULL) {
        data_free(data);
        return outcome;
    }
    assert(options->restarts >= 1 && options->ensemble >= 1 && options->folds != 1);
    assert(options->folds <= data->rows && fit_run_count(options) < SIZE_MAX);
    made->options = *options;
    made->initial = initial;
    made->rows = data;
    made->run = run_at(made, 1);
    made->member = calloc(options->ensemble, sizeof(Net *));
    if (made->member != NULL) {
        outcome = options->folds > 0 ? draw_folds(made, data->rows) : OUTCOME_OK;
    }
    outcome = outcome == OUTCOME_OK ? begin_run(made) : outcome;
    if (outcome != OUTCOME_OK) {
        fit_free(made);
        return outcome;
    }
    *fit = made;
    return OUTCOME_OK;
}

void fit_free(Fit *fit)
{
    if (fit != NULL) {
        trainer_free(fit->trainer);
        split_free(fit->split);
        forget_members(fit);
        free(fit->member);
        free(fit->fold);
        free(fit->fold_of);
        data_free(fit->rows);
        free(fit);
    }
}

static TrainEnd tell_epoch(void *context, const TrainProgress *progress)
{
    Fit *fit = context;
    const FitHooks *hooks = fit->hooks;
    fit->run.progress = *progress;
    return hooks != NULL && hooks->epoch != NULL ? hooks->epoch(hooks->context, &fit->run)
                                                 : TRAIN_GOES_ON;
}

static TrainEnd ask(void *context)
{
    const FitHooks *hooks = ((const Fit *)context)->hooks;
    return hooks != NULL && hooks->poll != NULL ? hooks->poll(hooks->context) : TRAIN_GOES_ON;
}

/* Whether a run that has ended has a network to keep: the best of its member. One that was
 * interrupted begins no further member, as it may be little better than what was drawn. */
static int is_worth_keeping(const Fit *fit, real loss)
{
    const int begins_member = fit->run.member > fit->members;
    const int interrupted = fit->run.end == TRAIN_CANCELLED || fit->run.end == TRAIN_TIME_LIMIT;
    return fit->run.end != TRAIN_DIVERGED &&
           (begins_member ? fit->members == 0 || !interrupted : loss < fit->best);
}

/* Keeps the network of the run that has ended, if it is worth it. */
static Outcome keep(Fit *fit)
{
    const size_t place = fit->run.member - 1;
    const real loss = trainer_loss(fit->trainer);
    if (!is_worth_keeping(fit, loss)) {
        return OUTCOME_OK;
    }
    Net *net = net_copy(trainer_net(fit->trainer));
    if (net == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    net_free(fit->member[place]);
    fit->member[place] = net;
    fit->members = fit->run.member;
    fit->best = loss;
    fit->run.kept = 1;
    fit->end = fit->run.end;
    return OUTCOME_OK;
}

/* The run is over: what is kept of it, and what is told. */
static Outcome end_run(Fit *fit, TrainEnd end)
{
    fit->run.end = end;
    fit->run.progress = trainer_progress(fit->trainer);
    fit->run.effective = trainer_effective(fit->trainer);
    if (keep(fit) != OUTCOME_OK) {
        fit->run.end = TRAIN_GOES_ON;
        return OUTCOME_NO_MEMORY;
    }
    trainer_free(fit->trainer);
    fit->trainer = NULL;
    if (fit->hooks != NULL && fit->hooks->ended != NULL) {
        fit->hooks->ended(fit->hooks->context, &fit->run);
    }
    return OUTCOME_OK;
}

static Ensemble members_of(const Fit *fit)
{
    return (Ensemble){(const Net *const *)fit->member, fit->members};
}

/* The ensemble of a fold is complete: scores it, and makes room for the next. */
static Outcome end_fold(Fit *fit)
{
    const Outcome outcome = score_ensemble(members_of(fit), fit->split->scaling,
                                           &fit->split->held_out, &fit->fold[fit->folds]);
    if (outcome == OUTCOME_OK) {
        if (fit->split->held_out.rows == 1) {
            fit->fold[fit->folds].r2 = (real)NAN; /* one value has no variance to explain */
        }
        fit->folds++;
        forget_members(fit);
        split_free(fit->split);
        fit->split = NULL;
    }
    return outcome;
}

/* After a run has ended: where the fit goes on, if it does. */
static Outcome advance(Fit *fit, TrainEnd *end)
{
    const int last_restart = fit->run.restart == fit->options.restarts;
    Outcome outcome = OUTCOME_OK;
    if (last_restart && fit->members < fit->run.member) {
        *end = TRAIN_DIVERGED;
        return OUTCOME_OK;
    }
    if (fit->run.number == fit_run_count(&fit->options)) {
        *end = fit->end;
        return OUTCOME_OK;
    }
    if (fit->run.fold > 0 && last_restart && fit->run.member == fit->options.ensemble) {
        outcome = end_fold(fit);
    }
    if (outcome == OUTCOME_OK) {
        fit->run = run_at(fit, fit->run.number + 1);
    }
    return outcome;
}

/* One run, or what is left of it. */
static Outcome train_run(Fit *fit, TrainEnd *end)
{
    const TrainHooks hooks = {.context = fit, .epoch = tell_epoch, .poll = ask};
    Outcome outcome = fit->trainer == NULL ? begin_run(fit) : OUTCOME_OK;
    if (outcome != OUTCOME_OK) {
        return outcome;
    }
    const TrainEnd ended = trainer_run(fit->trainer, &hooks);
    if (ended == TRAIN_CANCELLED || ended == TRAIN_TIME_LIMIT) {
        fit->interruption = ended;
        *end = ended;
        return OUTCOME_OK;
    }
    return end_run(fit, ended);
}

Outcome fit_train(Fit *fit, const FitHooks *hooks, TrainEnd *end)
{
    Outcome outcome = OUTCOME_OK;
    *end = TRAIN_GOES_ON;
    fit->hooks = hooks;
    while (outcome == OUTCOME_OK && *end == TRAIN_GOES_ON) {
        if (fit->run.end == TRAIN_GOES_ON) {
            outcome = train_run(fit, end);
        } else {
            outcome = advance(fit, end);
        }
    }
    fit->hooks = NULL;
    return outcome;
}

Outcome fit_settle(Fit *fit)
{
    return fit->trainer != NULL ? end_run(fit, fit->interruption) : OUTCOME_OK;
}

const FitRun *fit_run(const Fit *fit)
{
    return &fit->run;
}

size_t fit_members(const Fit *fit)
{
    return fit->run.fold == 0 ? fit->members : 0;
}

Model *fit_model(const Fit *fit)
{
    const Split *split = fit->split;
    Model *model = model_new(members_of(fit), split->scaling);
    if (model != NULL && split->validation.rows > 0) {
        model->residuals = residuals_measure(members_of(fit), split->scaling, &split->validation);
        if (model->residuals == NULL) {
            model_free(model);
            return NULL;
        }
    }
    return model;
}

Outcome fit_score(const Fit *fit, Score *training, Score *validation)
{
    const Split *split = fit->split;
    const Ensemble ensemble = members_of(fit);
    const Outcome outcome = score_ensemble(ensemble, split->scaling, &split->training, training);
    if (outcome != OUTCOME_OK || split->validation.rows == 0) {
        return outcome;
    }
    return score_ensemble(ensemble, split->scaling, &split->validation, validation);
}

size_t fit_validation_rows(const Fit *fit)
{
    return fit->split->validation.rows;
}

const Score *fit_folds(const Fit *fit, size_t *count)
{
    *count = fit->folds;
    return fit->fold;
}
