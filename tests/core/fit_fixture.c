/* The hooks and options that the tests of fits share. */
#include "tests/core/fit_fixture.h"

#include <criterion/criterion.h>

static TrainEnd see_epoch(void *context, const FitRun *run)
{
    Seen *seen = context;
    cr_assert_eq(run->end, TRAIN_GOES_ON);
    cr_assert_eq(run->number, seen->runs + 1);
    seen->epochs++;
    return seen->epochs == seen->end_at_epoch ? seen->answer : TRAIN_GOES_ON;
}

static void see_end(void *context, const FitRun *run)
{
    Seen *seen = context;
    cr_assert(seen->runs < RUNS_MAX);
    seen->run[seen->runs++] = *run;
}

FitHooks fit_fixture_hooks(Seen *seen)
{
    return (FitHooks){.context = seen, .epoch = see_epoch, .ended = see_end};
}

FitOptions fit_fixture_options(void)
{
    FitOptions options = {.train = fixture_options(), .restarts = 1, .ensemble = 1};
    options.train.opt.learning_rate = 0.1;
    options.train.epochs = 20;
    options.train.standardize = 1;
    return options;
}

Data *fit_fixture_rows(void)
{
    return fixture_data(ROWS, 3, 2, 9);
}

Fit *fit_fixture_new(const FitOptions *options, Data *data)
{
    Fit *fit;
    cr_assert_eq(fit_new_take(options, NULL, &fit, data), OUTCOME_OK);
    return fit;
}

Fit *fit_fixture_trained(const FitOptions *options, Data *data, Seen *seen)
{
    TrainEnd end;
    Fit *fit = fit_fixture_new(options, data);
    const FitHooks hooks = fit_fixture_hooks(seen);
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(end, TRAIN_MAX_EPOCHS);
    return fit;
}

/* The model that the options make, trained without anyone watching. */
Model *fit_fixture_model(const FitOptions *options, Data *data)
{
    Seen seen = {0};
    Fit *fit = fit_fixture_trained(options, data, &seen);
    Model *model = fit_model(fit);
    cr_assert_not_null(model);
    fit_free(fit);
    return model;
}

int fit_fixture_same(const Net *a, const Net *b)
{
    return a->parameter_count == b->parameter_count &&
           fixture_same_bits(a->parameters, b->parameters, a->parameter_count);
}
