/* How a training ends: by a rule, by divergence, by a hook; and what network it then leaves. */
#include "core/train.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static Recorder recorder; /* a test is a process of its own */

/* Runs with hooks that record. */
static TrainEnd run(Trainer *trainer)
{
    const TrainHooks hooks = fixture_hooks(&recorder);
    return trainer_run(trainer, &hooks);
}

static const TrainProgress *last_seen(void)
{
    cr_assert_gt(recorder.epochs, 0);
    return &recorder.seen[recorder.epochs - 1];
}

/* A few noisy rows and a wide network with a large learning rate: it soon learns the noise. */
static Trainer *overfitting(TrainOptions *options)
{
    *options = fixture_options();
    options->hidden[0] = 40;
    options->optimizer = opt_find("adam");
    options->opt.learning_rate = 0.02;
    options->validation_split = 0.5;
    options->epochs = 2000;
    options->patience = 50;
    return fixture_trainer(options, NULL, fixture_data(24, 2, 1, 3));
}

/* The validation loss of the network that the trainer has now. */
static real validation_loss(const Trainer *trainer)
{
    Score training, validation;
    cr_assert_eq(trainer_score(trainer, &training, &validation), OUTCOME_OK);
    return validation.mse;
}

static real lowest_validation_loss(void)
{
    real lowest = recorder.seen[0].validation_loss;
    for (size_t k = 1; k < recorder.epochs; k++) {
        lowest = fmin(lowest, recorder.seen[k].validation_loss);
    }
    return lowest;
}

Test(train_end, early_stopping_keeps_the_weights_of_the_best_epoch)
{
    TrainOptions options;
    Trainer *trainer = overfitting(&options);
    cr_assert_eq(run(trainer), TRAIN_EARLY_STOPPING);
    const TrainProgress *last = last_seen();
    cr_assert_eq(last->epoch, last->best_epoch + options.patience);
    cr_assert_eq(recorder.seen[last->best_epoch].validation_loss, lowest_validation_loss());
    cr_assert_gt(last->validation_loss, lowest_validation_loss() * 1.01);
    cr_assert_float_eq(validation_loss(trainer), lowest_validation_loss(), 1e-14);
    trainer_free(trainer);
}

Test(train_end, a_cancelled_training_keeps_the_weights_of_the_best_epoch_too)
{
    TrainOptions options;
    Trainer *trainer = overfitting(&options);
    cr_assert_eq(run(trainer), TRAIN_EARLY_STOPPING);
    const size_t calls = recorder.epochs - 10;
    trainer_free(trainer);
    recorder = (Recorder){.end_at_call = calls, .answer = TRAIN_CANCELLED};
    trainer = overfitting(&options);
    cr_assert_eq(run(trainer), TRAIN_CANCELLED);
    cr_assert_eq(recorder.epochs, calls);
    cr_assert_gt(last_seen()->validation_loss, lowest_validation_loss());
    cr_assert_float_eq(validation_loss(trainer), lowest_validation_loss(), 1e-14);
    trainer_free(trainer);
}

Test(train_end, convergence_is_by_tolerance_and_patience)
{
    TrainOptions options = fixture_options();
    options.epochs = 3000;
    options.tolerance = 1e-3;
    options.patience = 4;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_CONVERGED);
    const size_t end = last_seen()->epoch;
    cr_assert(end > 10 && end < 3000);
    for (size_t k = end - 3; k <= end; k++) { /* full batch, small steps: the loss only falls */
        const real before = recorder.seen[k - 1].train_loss;
        cr_assert_lt(before - recorder.seen[k].train_loss, 1e-3 * before);
    }
    const real before = recorder.seen[end - 5].train_loss;
    cr_assert_geq(before - recorder.seen[end - 4].train_loss, 1e-3 * before);
    trainer_free(trainer);
}

static void assert_ends_with_gradient_below(real tolerance, size_t batch_size)
{
    TrainOptions options = fixture_options();
    recorder = (Recorder){0};
    options.hidden_count = 0;
    options.epochs = 3000;
    options.batch_size = batch_size;
    options.gradient_tolerance = tolerance;
    options.opt.learning_rate = 0.05;
    Data *data = fixture_data(40, 3, 1, 3);
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_CONVERGED);
    cr_assert(last_seen()->epoch > 5 && last_seen()->epoch < 3000);
    real gradient[4] = {0}, largest = 0;
    Pass *pass = pass_new(trainer_net(trainer));
    cr_assert_not_null(pass);
    (void)pass_gradient(pass, trainer_net(trainer), data, 1.0 / 40, gradient);
    for (size_t i = 0; i < 4; i++) {
        largest = fmax(largest, fabs(gradient[i]));
    }
    cr_assert(largest < tolerance && largest > tolerance / 2, "%g", largest);
    pass_free(pass);
    data_free(data);
    trainer_free(trainer);
}

Test(train_end, convergence_is_by_the_largest_component_of_the_gradient)
{
    assert_ends_with_gradient_below(1e-3, 0);
}

Test(train_end, batches_have_their_full_gradient_looked_at)
{
    assert_ends_with_gradient_below(1e-2, 20);
}

/* Trains a network of zeros for targets of zeros. */
static TrainEnd run_solved(TrainOptions options)
{
    Net *zeros = net_new(2, (const size_t[]){3, 5, 1}, options.activation);
    Data *data = data_new(30, 3, 1);
    cr_assert(zeros != NULL && data != NULL);
    Trainer *trainer = fixture_trainer(&options, zeros, data);
    const TrainEnd end = run(trainer);
    trainer_free(trainer);
    net_free(zeros);
    return end;
}

Test(train_end, a_loss_of_zero_converges_after_patience_epochs)
{
    TrainOptions options = fixture_options();
    options.tolerance = 1e-6;
    options.patience = 4;
    options.epochs = 100;
    cr_assert_eq(run_solved(options), TRAIN_CONVERGED);
    cr_assert_eq(last_seen()->epoch, 4);
    cr_assert_eq(last_seen()->train_loss, 0);
}

Test(train_end, a_loss_of_zero_goes_on_to_the_last_epoch_with_the_rules_off)
{
    TrainOptions options = fixture_options();
    cr_assert_eq(run_solved(options), TRAIN_MAX_EPOCHS);
    cr_assert_eq(last_seen()->epoch, options.epochs);
}

Test(train_end, a_flat_start_has_converged_at_epoch_0)
{
    TrainOptions options = fixture_options();
    options.gradient_tolerance = 1e-9;
    cr_assert_eq(run_solved(options), TRAIN_CONVERGED);
    cr_assert_eq(last_seen()->epoch, 0);
}

/* Divergence at that learning rate: hooks see finite losses only, the trainer knows the epoch. */
static void assert_diverges(const char *act, const char *rule, real rate, size_t batch_size)
{
    TrainOptions options = fixture_options();
    recorder = (Recorder){0};
    options.activation = act_find(act);
    options.optimizer = opt_find(rule);
    options.opt.learning_rate = rate;
    options.batch_size = batch_size;
    options.epochs = 2000;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_DIVERGED, "%s %s", act, rule);
    for (size_t k = 0; k < recorder.epochs; k++) {
        cr_assert(isfinite(recorder.seen[k].train_loss));
    }
    const TrainProgress progress = trainer_progress(trainer);
    cr_assert(recorder.epochs > 0 && recorder.epochs < 2000);
    cr_assert_eq(progress.epoch, recorder.epochs, "the epoch after the last one seen");
    trainer_free(trainer);
}

Test(train_end, a_huge_learning_rate_diverges)
{
    assert_diverges("tanh", "gradient_descent", 1e6, 0);
    assert_diverges("tanh", "gradient_descent", 1e6, 7);
    assert_diverges("identity", "gradient_descent", 1e6, 0);
}

Test(train_end, dead_units_do_not_hide_divergence)
{
    assert_diverges("relu", "gradient_descent", 1e200, 0);
    assert_diverges("sigmoid", "adam", 1e308, 0);
}

Test(train_end, a_loss_that_overflows_is_divergence_at_epoch_0)
{
    TrainOptions options = fixture_options();
    Net *initial = net_new(2, (const size_t[]){3, 5, 1}, options.activation);
    cr_assert_not_null(initial);
    for (size_t i = 0; i < initial->parameter_count; i++) {
        initial->parameters[i] = 1e200;
    }
    Trainer *trainer = fixture_trainer(&options, initial, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_DIVERGED);
    cr_assert_eq(recorder.epochs, 0);
    cr_assert_eq(trainer_progress(trainer).epoch, 0);
    cr_assert_not(isfinite(trainer_progress(trainer).train_loss));
    trainer_free(trainer);
    net_free(initial);
}

/* One hidden unit saturated by an infinite weight: the loss stays finite all the same. */
Test(train_end, parameters_that_are_not_finite_are_divergence_at_any_loss)
{
    TrainOptions options = fixture_options();
    Net *initial = fixture_net(2, (const size_t[]){1, 5, 1}, "tanh", 1);
    Data *data = fixture_data(40, 1, 1, 3);
    for (size_t i = 0; i < 40; i++) {
        data->v[2 * i] += 2; /* no infinity times 0 */
    }
    initial->parameters[0] = (real)INFINITY;
    Trainer *trainer = fixture_trainer(&options, initial, data);
    cr_assert_eq(run(trainer), TRAIN_DIVERGED);
    cr_assert(isfinite(trainer_progress(trainer).train_loss));
    cr_assert_eq(recorder.epochs, 0);
    trainer_free(trainer);
    net_free(initial);
}

Test(train_end, a_validation_loss_that_overflows_is_divergence)
{
    TrainOptions options = fixture_options();
    Split *split;
    Data *data = fixture_data(10, 3, 1, 3);
    options.validation_split = 0.1;
    cr_assert_eq(split_new_take(&options, 0, &split, fixture_data(10, 3, 1, 3)), OUTCOME_OK);
    for (size_t i = 0; i < 10; i++) { /* the row held out gets a huge target */
        const int held_out = data->v[4 * i] == split->validation.v[0];
        data->v[4 * i + 3] = held_out ? 1e200 : data->v[4 * i + 3];
    }
    split_free(split);
    Trainer *trainer = fixture_trainer(&options, NULL, data);
    cr_assert_eq(run(trainer), TRAIN_DIVERGED);
    cr_assert(isfinite(trainer_progress(trainer).train_loss));
    cr_assert_not(isfinite(trainer_progress(trainer).validation_loss));
    cr_assert_eq(recorder.epochs, 0);
    trainer_free(trainer);
}

Test(train_end, a_hook_that_ends_it_has_the_network_of_its_epoch)
{
    TrainOptions options = fixture_options();
    recorder = (Recorder){.end_at_call = 5, .answer = TRAIN_TIME_LIMIT};
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_TIME_LIMIT);
    cr_assert_eq(last_seen()->epoch, 4);
    options.epochs = 4;
    Trainer *shorter = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(trainer_run(shorter, NULL), TRAIN_MAX_EPOCHS);
    cr_assert(fixture_same_bits(trainer_net(trainer)->parameters, trainer_net(shorter)->parameters,
                                trainer_net(trainer)->parameter_count));
    trainer_free(trainer);
    trainer_free(shorter);
}

Test(train_end, a_hooks_answer_comes_before_the_rules)
{
    TrainOptions options = fixture_options();
    options.epochs = 3;
    recorder = (Recorder){.end_at_call = 4, .answer = TRAIN_CANCELLED};
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(40, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_CANCELLED);
    trainer_free(trainer);
}

Test(train_end, a_loss_that_has_run_away_at_the_last_epoch_is_divergence)
{
    TrainOptions options = fixture_options();
    options.opt.learning_rate = 50;
    options.activation = act_find("identity");
    options.epochs = 3;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(20, 3, 2, 9));
    cr_assert_eq(run(trainer), TRAIN_DIVERGED);
    cr_assert(isfinite(trainer_progress(trainer).train_loss));
    cr_assert_eq(trainer_progress(trainer).epoch, 3);
    trainer_free(trainer);
}
