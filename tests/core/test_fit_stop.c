/* Fits that are stopped: they go on with the same bits, or keep what is finished. */
#include "tests/core/fit_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(fit_stop, goes_on_where_a_hook_ended_it)
{
    FitOptions options = fit_fixture_options();
    options.ensemble = 2;
    options.folds = 2;
    options.train.batch_size = 16;
    options.train.shuffle = 1;
    Model *whole = fit_fixture_model(&options, fit_fixture_rows());
    Fit *fit = fit_fixture_new(&options, fit_fixture_rows());
    TrainEnd end = TRAIN_CANCELLED;
    size_t interruptions = 0;
    Seen seen = {.end_at_epoch = 7, .answer = TRAIN_CANCELLED};
    const FitHooks hooks = fit_fixture_hooks(&seen);
    while (end == TRAIN_CANCELLED) {
        cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
        seen.end_at_epoch += 7;
        interruptions += end == TRAIN_CANCELLED;
    }
    Model *model = fit_model(fit);
    cr_assert(interruptions > 10 && seen.runs == 6);
    cr_assert(fit_fixture_same(model->member[0], whole->member[0]));
    cr_assert(fit_fixture_same(model->member[1], whole->member[1]));
    model_free(model);
    model_free(whole);
    fit_free(fit);
}

Test(fit_stop, that_is_settled_has_the_members_so_far)
{
    FitOptions options = fit_fixture_options();
    options.ensemble = 3;
    Fit *fit = fit_fixture_new(&options, fit_fixture_rows());
    Seen seen = {.end_at_epoch = 21 + 5, .answer = TRAIN_TIME_LIMIT};
    const FitHooks hooks = fit_fixture_hooks(&seen);
    TrainEnd end;
    Score score;
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(end, TRAIN_TIME_LIMIT);
    cr_assert_eq(fit_members(fit), 1);
    cr_assert_eq(fit_settle(fit), OUTCOME_OK);
    cr_assert_eq(fit_members(fit), 1, "a network that was hardly trained would spoil the mean");
    cr_assert_eq(fit_run(fit)->end, TRAIN_TIME_LIMIT);
    cr_assert_eq(fit_run(fit)->progress.epoch, 4);
    Model *model = fit_model(fit);
    cr_assert(model != NULL && model->members == 1);
    cr_assert_eq(fit_score(fit, &score, NULL), OUTCOME_OK);
    model_free(model);
    fit_free(fit);
}

Test(fit_stop, that_is_settled_in_its_first_run_has_what_that_came_to)
{
    FitOptions options = fit_fixture_options();
    options.ensemble = 3;
    Fit *fit = fit_fixture_new(&options, fit_fixture_rows());
    Seen seen = {.end_at_epoch = 5, .answer = TRAIN_CANCELLED};
    const FitHooks hooks = fit_fixture_hooks(&seen);
    TrainEnd end;
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(fit_settle(fit), OUTCOME_OK);
    cr_assert_eq(fit_members(fit), 1);
    fit_free(fit);
}

static TrainEnd cancel_second_run(void *context)
{
    return ((const Seen *)context)->runs == 1 ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

Test(fit_stop, a_restart_that_was_stopped_before_its_first_epoch_replaces_nothing)
{
    FitOptions options = fit_fixture_options();
    options.restarts = 2;
    options.train.validation_split = 0.2;
    Fit *fit = fit_fixture_new(&options, fixture_data(5000, 3, 2, 9));
    Seen seen = {0};
    FitHooks hooks = fit_fixture_hooks(&seen);
    TrainEnd end;
    hooks.poll = cancel_second_run;
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(end, TRAIN_CANCELLED);
    Model *before = fit_model(fit);
    cr_assert_eq(fit_settle(fit), OUTCOME_OK);
    cr_assert(isnan(fit_run(fit)->progress.train_loss) && !fit_run(fit)->kept);
    Model *after = fit_model(fit);
    cr_assert(before != NULL && after != NULL);
    cr_assert(fit_fixture_same(before->member[0], after->member[0]));
    model_free(before);
    model_free(after);
    fit_free(fit);
}

Test(fit_stop, that_is_settled_among_its_folds_has_no_members)
{
    FitOptions options = fit_fixture_options();
    options.folds = 3;
    Fit *fit = fit_fixture_new(&options, fit_fixture_rows());
    Seen seen = {.end_at_epoch = 21 + 5, .answer = TRAIN_CANCELLED};
    const FitHooks hooks = fit_fixture_hooks(&seen);
    TrainEnd end;
    size_t folds;
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(fit_settle(fit), OUTCOME_OK);
    cr_assert_eq(fit_members(fit), 0);
    (void)fit_folds(fit, &folds);
    cr_assert_eq(folds, 1);
    fit_free(fit);
}
