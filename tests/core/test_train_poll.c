/* The poll: when it is asked, that asking changes nothing, and what its answer leaves behind. */
#include "core/train.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

enum { ROWS = 5000 }; /* several slices of a full batch */

static Recorder recorder; /* a test is a process of its own */

static TrainEnd run(Trainer *trainer)
{
    const TrainHooks hooks = fixture_hooks(&recorder);
    return trainer_run(trainer, &hooks);
}

static Trainer *large(const TrainOptions *options)
{
    return fixture_trainer(options, NULL, fixture_data(ROWS, 3, 1, 3));
}

static void assert_same_network(const Trainer *a, const Trainer *b, int same)
{
    const size_t n = trainer_net(a)->parameter_count;
    const real *ours = trainer_net(a)->parameters, *theirs = trainer_net(b)->parameters;
    cr_assert_eq(fixture_same_bits(ours, theirs, n), same);
}

Test(train_poll, asking_or_not_gives_the_same_bits)
{
    const size_t batches[] = {0, 64, 3000};
    for (size_t b = 0; b < 3; b++) {
        TrainOptions options = fixture_options();
        options.epochs = 3;
        options.batch_size = batches[b];
        options.shuffle = 1;
        Trainer *polled = large(&options), *quiet = large(&options);
        recorder = (Recorder){0};
        cr_assert_eq(run(polled), TRAIN_MAX_EPOCHS);
        cr_assert_eq(trainer_run(quiet, NULL), TRAIN_MAX_EPOCHS);
        cr_assert_gt(recorder.polls, 3);
        assert_same_network(polled, quiet, 1);
        cr_assert_eq(trainer_progress(polled).train_loss, trainer_progress(quiet).train_loss);
        trainer_free(polled);
        trainer_free(quiet);
    }
}

/* At every poll of a full-batch training the network must be that of the last update. */
Test(train_poll, a_full_batch_that_is_interrupted_leaves_the_last_update)
{
    TrainOptions options = fixture_options();
    for (size_t poll = 1; poll <= 12; poll++) {
        options.epochs = 5;
        recorder = (Recorder){.end_at_poll = poll, .answer = TRAIN_CANCELLED};
        Trainer *interrupted = large(&options);
        cr_assert_eq(run(interrupted), TRAIN_CANCELLED);
        cr_assert_eq(recorder.polls, poll);
        options.epochs = recorder.epochs; /* of as many updates as epochs were reported */
        Trainer *shorter = large(&options);
        cr_assert_eq(trainer_run(shorter, NULL), TRAIN_MAX_EPOCHS);
        assert_same_network(interrupted, shorter, 1);
        trainer_free(interrupted);
        trainer_free(shorter);
    }
    cr_assert_gt(recorder.epochs, 1, "the last of them was in a later epoch");
}

Test(train_poll, is_asked_between_batches)
{
    TrainOptions options = fixture_options();
    options.batch_size = 10;
    options.epochs = 2;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(95, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_MAX_EPOCHS);
    cr_assert_eq(recorder.polls, 2 * 9);
    trainer_free(trainer);
}

Test(train_poll, is_asked_every_few_thousand_rows_of_any_pass)
{
    TrainOptions options = fixture_options();
    options.epochs = 0;
    options.validation_split = 0.5;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(20000, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_MAX_EPOCHS);
    cr_assert(recorder.polls >= 8 && recorder.polls <= 20, "%zu", recorder.polls);
    trainer_free(trainer);
}

Test(train_poll, an_epoch_of_batches_that_is_interrupted_keeps_its_updates)
{
    TrainOptions options = fixture_options();
    options.batch_size = 10;
    recorder = (Recorder){.end_at_poll = 5, .answer = TRAIN_TIME_LIMIT};
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(95, 3, 1, 3));
    cr_assert_eq(run(trainer), TRAIN_TIME_LIMIT);
    cr_assert_eq(recorder.epochs, 1);
    options.epochs = 1; /* five batches are those of a set of 50 rows */
    Data *head = fixture_data(95, 3, 1, 3);
    head->rows = 50;
    Trainer *shorter = fixture_trainer(&options, NULL, head);
    cr_assert_eq(trainer_run(shorter, NULL), TRAIN_MAX_EPOCHS);
    assert_same_network(trainer, shorter, 1);
    trainer_free(trainer);
    trainer_free(shorter);
}

Test(train_poll, interruption_keeps_the_weights_of_the_best_epoch)
{
    TrainOptions options = fixture_options();
    options.validation_split = 0.5;
    options.batch_size = 100;
    options.opt.learning_rate = 0.01;
    recorder = (Recorder){.end_at_poll = 80, .answer = TRAIN_CANCELLED};
    Trainer *trainer = large(&options);
    cr_assert_eq(run(trainer), TRAIN_CANCELLED);
    Score training, validation;
    cr_assert_eq(trainer_score(trainer, &training, &validation), OUTCOME_OK);
    cr_assert_gt(recorder.epochs, 1);
    const TrainProgress last = recorder.seen[recorder.epochs - 1];
    const real best = recorder.seen[last.best_epoch].validation_loss;
    cr_assert_float_eq(validation.mse, best, 1e-13);
    trainer_free(trainer);
}

Test(train_poll, interruption_before_the_first_losses_keeps_the_first_parameters)
{
    TrainOptions options = fixture_options();
    options.validation_split = 0.2;
    recorder = (Recorder){.end_at_poll = 1, .answer = TRAIN_CANCELLED};
    Trainer *interrupted = large(&options), *untouched = large(&options);
    cr_assert(isnan(trainer_progress(interrupted).train_loss));
    cr_assert_eq(run(interrupted), TRAIN_CANCELLED);
    cr_assert_eq(recorder.epochs, 0);
    assert_same_network(interrupted, untouched, 1);
    cr_assert_neq(trainer_net(untouched)->parameters[0], 0);
    trainer_free(interrupted);
    trainer_free(untouched);
}

/* The update has overflowed, but no loss has shown it yet. */
Test(train_poll, interruption_never_passes_off_parameters_that_are_not_finite)
{
    TrainOptions options = fixture_options();
    options.activation = act_find("identity");
    options.opt.learning_rate = DBL_MAX;
    recorder = (Recorder){.end_at_poll = 5, .answer = TRAIN_CANCELLED};
    Data *data = fixture_data(ROWS, 3, 1, 3);
    for (size_t i = 0; i < ROWS; i++) {
        data->v[4 * i + 3] += 100;
    }
    Trainer *trainer = fixture_trainer(&options, NULL, data);
    cr_assert_eq(run(trainer), TRAIN_DIVERGED);
    cr_assert_eq(recorder.polls, 5);
    cr_assert_eq(recorder.epochs, 1);
    trainer_free(trainer);
}
