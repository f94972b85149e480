/* All the runs of a job: restarts, ensembles, folds. Each is held against trainings by hand. */
#include "tests/core/fit_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A training by hand with this seed, on the rows as the split of the options has them. */
static Trainer *by_hand(const FitOptions *options, uint64_t seed, const Split *split)
{
    TrainOptions train = options->train;
    Trainer *trainer;
    train.seed = seed;
    cr_assert_eq(trainer_new(&train, NULL, &trainer, split), OUTCOME_OK);
    cr_assert_eq(trainer_run(trainer, NULL), TRAIN_MAX_EPOCHS);
    return trainer;
}

Test(fit, of_one_run_is_that_training)
{
    FitOptions options = fit_fixture_options();
    options.train.validation_split = 0.25;
    Seen seen = {0};
    Fit *fit = fit_fixture_trained(&options, fit_fixture_rows(), &seen);
    Trainer *trainer = fixture_trainer(&options.train, NULL, fit_fixture_rows());
    cr_assert_eq(trainer_run(trainer, NULL), TRAIN_MAX_EPOCHS);
    Model *model = fit_model(fit);
    cr_assert(model->members == 1 && fit_fixture_same(model->member[0], trainer_net(trainer)));
    cr_assert(seen.runs == 1 && seen.epochs == 21 && seen.run[0].kept);
    Score a[2], b[2];
    cr_assert_eq(fit_score(fit, &a[0], &a[1]), OUTCOME_OK);
    cr_assert_eq(trainer_score(trainer, &b[0], &b[1]), OUTCOME_OK);
    cr_assert(a[0].mse == b[0].mse && a[1].mse == b[1].mse && a[1].mse > 0);
    model_free(model);
    trainer_free(trainer);
    fit_free(fit);
}

Test(fit, members_are_trainings_from_the_seeds_that_follow)
{
    FitOptions options = fit_fixture_options();
    Split *split;
    options.ensemble = 3;
    Model *model = fit_fixture_model(&options, fit_fixture_rows());
    cr_assert_eq(split_new_take(&options.train, 0, &split, fit_fixture_rows()), OUTCOME_OK);
    cr_assert_eq(model->members, 3);
    for (size_t i = 0; i < 3; i++) {
        Trainer *trainer = by_hand(&options, options.train.seed + i, split);
        cr_assert(fit_fixture_same(model->member[i], trainer_net(trainer)), "member %zu", i);
        trainer_free(trainer);
    }
    cr_assert(!fit_fixture_same(model->member[0], model->member[1]));
    split_free(split);
    model_free(model);
}

static void assert_best_is_kept(real validation_split)
{
    FitOptions options = fit_fixture_options();
    Split *split;
    size_t best = 0, kept = 0;
    Seen seen = {0};
    options.train.validation_split = validation_split;
    options.restarts = 6;
    Fit *fit = fit_fixture_trained(&options, fit_fixture_rows(), &seen);
    Model *model = fit_model(fit);
    cr_assert_eq(split_new_take(&options.train, 0, &split, fit_fixture_rows()), OUTCOME_OK);
    Trainer *trainer[6];
    for (size_t i = 0; i < 6; i++) {
        trainer[i] = by_hand(&options, options.train.seed + i, split);
        best = trainer_loss(trainer[i]) < trainer_loss(trainer[best]) ? i : best;
        kept = seen.run[i].kept ? i : kept;
        cr_assert(seen.run[i].restart == i + 1 && seen.run[i].seed == options.train.seed + i);
    }
    cr_assert_eq(kept, best);
    cr_assert(model->members == 1 &&
              fit_fixture_same(model->member[0], trainer_net(trainer[best])));
    for (size_t i = 0; i < 6; i++) {
        trainer_free(trainer[i]);
    }
    split_free(split);
    model_free(model);
    fit_free(fit);
}

Test(fit, of_restarts_the_one_with_the_lowest_validation_loss_is_kept)
{
    assert_best_is_kept(0.3);
}

Test(fit, of_restarts_without_validation_the_one_with_the_lowest_training_loss_is_kept)
{
    assert_best_is_kept(0);
}

Test(fit, members_and_restarts_have_seeds_of_their_own_and_each_fold_the_same)
{
    FitOptions options = fit_fixture_options();
    Seen seen = {0};
    options.ensemble = 2;
    options.restarts = 3;
    options.folds = 4;
    cr_assert_eq(fit_run_count(&options), 30);
    Fit *fit = fit_fixture_trained(&options, fit_fixture_rows(), &seen);
    cr_assert_eq(seen.runs, 30);
    for (size_t i = 0; i < 30; i++) {
        const FitRun *run = &seen.run[i];
        cr_assert_eq(run->number, i + 1);
        cr_assert_eq(run->fold, i < 24 ? i / 6 + 1 : 0);
        cr_assert(run->member == i % 6 / 3 + 1 && run->restart == i % 3 + 1);
        cr_assert_eq(run->seed, options.train.seed + i % 6);
    }
    fit_free(fit);
}

Test(fit, folds_do_not_change_the_model)
{
    FitOptions options = fit_fixture_options();
    options.ensemble = 2;
    Model *without = fit_fixture_model(&options, fit_fixture_rows());
    options.folds = 5;
    Model *with = fit_fixture_model(&options, fit_fixture_rows());
    cr_assert(fit_fixture_same(with->member[0], without->member[0]));
    cr_assert(fit_fixture_same(with->member[1], without->member[1]));
    model_free(with);
    model_free(without);
}

/* Rows that each say their own number, so that it shows where they went. */
static Data *numbered(size_t n)
{
    Data *data = data_new(n, 1, 1);
    cr_assert_not_null(data);
    for (size_t i = 0; i < n; i++) {
        data->v[2 * i] = (real)i;
        data->v[2 * i + 1] = (real)(i * i);
    }
    return data;
}

Test(fit, each_row_is_held_out_once)
{
    /* A network without hidden layers that is not trained answers its bias, 0, to everything: the
     * score of a fold is then the mean square of its targets, whose sum over all folds is known. */
    FitOptions options = fit_fixture_options();
    Seen seen = {0};
    const size_t n = 11;
    real sum = 0, expected = 0;
    size_t count;
    options.train.hidden_count = 0;
    options.train.standardize = 0;
    options.train.opt.learning_rate = 0x1p-60;
    options.train.epochs = 1;
    options.train.init = NET_XAVIER_UNIFORM;
    options.folds = 4;
    Net *zero = net_new(1, (const size_t[]){1, 1}, act_find("tanh"));
    const Net *const initial = zero;
    Fit *fit;
    TrainEnd end;
    cr_assert_eq(fit_new_take(&options, &initial, &fit, numbered(n)), OUTCOME_OK);
    const FitHooks hooks = fit_fixture_hooks(&seen);
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    const Score *fold = fit_folds(fit, &count);
    cr_assert_eq(count, 4);
    for (size_t i = 0; i < 4; i++) {
        sum += fold[i].mse * (i < 3 ? 3 : 2); /* 11 rows: 3, 3, 3 and 2 */
    }
    for (size_t i = 0; i < n; i++) {
        expected += (real)(i * i * i * i);
    }
    cr_assert_float_eq(sum, expected, 1e-6 * expected);
    net_free(zero);
    fit_free(fit);
}

Test(fit, a_fold_is_scored_by_a_network_that_has_not_seen_it)
{
    /* Two rows that contradict each other: who has seen neither cannot know, who saw both could not
     * be wrong by the whole distance. With as many folds as rows each is scored on the other. */
    FitOptions options = fit_fixture_options();
    Seen seen = {0};
    size_t count;
    Data *data = data_new(2, 1, 1);
    data->v[0] = data->v[2] = 1;
    data->v[1] = 0;
    data->v[3] = 100;
    options.train.hidden_count = 0;
    options.train.standardize = 0;
    options.train.epochs = 2000;
    options.folds = 2;
    Fit *fit = fit_fixture_trained(&options, data, &seen);
    const Score *fold = fit_folds(fit, &count);
    cr_assert_eq(count, 2);
    cr_assert_float_eq(fold[0].rmse, 100, 1e-6);
    cr_assert_float_eq(fold[1].rmse, 100, 1e-6);
    fit_free(fit);
}

Test(fit, diverges_only_where_all_restarts_of_a_network_do)
{
    FitOptions options = fit_fixture_options();
    TrainEnd end;
    Seen seen = {0};
    const FitHooks hooks = fit_fixture_hooks(&seen);
    options.train.opt.learning_rate = 1e300;
    options.restarts = 3;
    options.ensemble = 2;
    Fit *fit = fit_fixture_new(&options, fit_fixture_rows());
    cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    cr_assert_eq(end, TRAIN_DIVERGED);
    cr_assert(seen.runs == 3 && seen.run[2].end == TRAIN_DIVERGED && !seen.run[2].kept);
    fit_free(fit);
}

Test(fit, starts_its_members_from_the_networks_given)
{
    FitOptions options = fit_fixture_options();
    const size_t width[] = {3, 5, 2};
    Net *first = fixture_net(2, width, "tanh", 5), *second = fixture_net(2, width, "tanh", 6);
    const Net *const initial[] = {first, second};
    const Scaling *scaling = scaling_new(3, 2);
    Fit *fit;
    options.ensemble = 2;
    options.train.scaling = scaling;
    options.train.epochs = 1;
    options.train.opt.learning_rate = 0x1p-200;
    cr_assert_eq(fit_new_take(&options, initial, &fit, fit_fixture_rows()), OUTCOME_OK);
    TrainEnd end;
    cr_assert_eq(fit_train(fit, NULL, &end), OUTCOME_OK);
    Model *model = fit_model(fit);
    cr_assert(fit_fixture_same(model->member[0], first) &&
              fit_fixture_same(model->member[1], second));
    cr_assert_eq(model->scaling->scale[0], 1);
    model_free(model);
    fit_free(fit);
    net_free(first);
    net_free(second);
    scaling_free((Scaling *)(uintptr_t)scaling);
}

Test(fit, counts_runs_without_overflow)
{
    FitOptions options = {.restarts = SIZE_MAX / 2, .ensemble = 3, .folds = 0};
    cr_assert_eq(fit_run_count(&options), SIZE_MAX);
    options = (FitOptions){.restarts = SIZE_MAX / 4, .ensemble = 2, .folds = 9};
    cr_assert_eq(fit_run_count(&options), SIZE_MAX);
}
