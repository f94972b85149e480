/* The stopping rules, on made-up losses. */
#include "core/stop.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

typedef struct End {
    TrainEnd why;
    size_t epoch, best_epoch;
} End;

/* Feeds the losses, validation ones where not NULL, until the rules say stop or they run out. */
static End run(const TrainOptions *options, const real *train, const real *validation, size_t n)
{
    End end = {.why = TRAIN_GOES_ON};
    Stop stop = stop_new(options, validation != NULL, 1);
    for (size_t k = 0; k < n && end.why == TRAIN_GOES_ON; k++) {
        TrainProgress progress = {.epoch = k, .train_loss = train[k]};
        progress.validation_loss = validation != NULL ? validation[k] : (real)NAN;
        const int best = stop_note(&stop, &progress);
        cr_assert_eq(best, progress.best_epoch == k);
        end = (End){stop_verdict(&stop, 0), k, progress.best_epoch};
    }
    return end;
}

static TrainOptions rules(real tolerance, size_t patience)
{
    TrainOptions options = fixture_options();
    options.tolerance = tolerance;
    options.patience = patience;
    options.epochs = 1000;
    return options;
}

Test(stop, a_loss_that_stalls_for_patience_epochs_has_converged)
{
    const TrainOptions options = rules(0.01, 3);
    const real losses[] = {10, 5, 4.99, 4.98, 4.97, 4.96};
    const End end = run(&options, losses, NULL, 6);
    cr_assert(end.why == TRAIN_CONVERGED && end.epoch == 4);
}

Test(stop, one_good_epoch_starts_the_patience_anew)
{
    const TrainOptions options = rules(0.01, 3);
    const real losses[] = {10, 9.99, 9.98, 9, 8.99, 8.98, 8.97, 8.96};
    const End end = run(&options, losses, NULL, 8);
    cr_assert(end.why == TRAIN_CONVERGED && end.epoch == 6);
}

Test(stop, improvement_counts_from_the_best_loss_so_far)
{
    const TrainOptions options = rules(0.01, 3);
    /* Each of the later losses is far below the one before it, yet none below the best. */
    const real losses[] = {1, 9, 5, 2, 1.5};
    const End end = run(&options, losses, NULL, 5);
    cr_assert(end.why == TRAIN_CONVERGED && end.epoch == 3);
}

Test(stop, tolerance_is_relative_to_the_best_loss)
{
    const TrainOptions options = rules(0.01, 2);
    const real falling[] = {1e-9, 0.9e-9, 0.8e-9, 0.7e-9, 0.6e-9};
    cr_assert_eq(run(&options, falling, NULL, 5).why, TRAIN_GOES_ON);
}

Test(stop, tolerance_0_switches_convergence_off)
{
    const TrainOptions options = rules(0, 1);
    const real losses[] = {1, 1, 1, 2, 0, 0, 0};
    cr_assert_eq(run(&options, losses, NULL, 7).why, TRAIN_GOES_ON);
}

Test(stop, a_loss_of_exactly_zero_converges)
{
    const TrainOptions options = rules(1e-6, 3);
    const real at_once[] = {0, 0, 0, 0, 0}, later[] = {1, 0, 0, 0, 0, 0};
    const real subnormal[] = {0x1p-1074, 0x1p-1074, 0x1p-1074, 0x1p-1074, 0x1p-1074};
    cr_assert_eq(run(&options, at_once, NULL, 5).why, TRAIN_CONVERGED);
    cr_assert_eq(run(&options, at_once, NULL, 5).epoch, 3);
    cr_assert_eq(run(&options, later, NULL, 6).epoch, 4);
    cr_assert_eq(run(&options, subnormal, NULL, 5).why, TRAIN_CONVERGED);
}

Test(stop, validation_without_a_new_low_for_patience_epochs_stops_early)
{
    const TrainOptions options = rules(0, 2);
    const real train[] = {9, 8, 7, 6, 5, 4, 3}, validation[] = {9, 8, 8.5, 7, 7, 7, 1};
    const End end = run(&options, train, validation, 7);
    cr_assert(end.why == TRAIN_EARLY_STOPPING && end.epoch == 5 && end.best_epoch == 3);
}

Test(stop, without_validation_the_best_epoch_is_the_last)
{
    const TrainOptions options = rules(0, 1);
    const real losses[] = {1, 5, 9};
    const End end = run(&options, losses, NULL, 3);
    cr_assert(end.why == TRAIN_GOES_ON && end.best_epoch == 2);
}

Test(stop, the_last_epoch_ends_it)
{
    TrainOptions options = rules(0, 1);
    const real losses[] = {3, 2, 1};
    options.epochs = 2;
    cr_assert_eq(run(&options, losses, NULL, 3).why, TRAIN_MAX_EPOCHS);
    cr_assert_eq(run(&options, losses, NULL, 3).epoch, 2);
    options.epochs = 0;
    cr_assert_eq(run(&options, losses, NULL, 3).epoch, 0);
}

Test(stop, a_flat_gradient_has_converged_at_any_epoch)
{
    const TrainOptions options = rules(0, 1);
    Stop stop = stop_new(&options, 0, 1);
    TrainProgress progress = {.train_loss = 1};
    cr_assert(stop_note(&stop, &progress));
    cr_assert_eq(stop_verdict(&stop, 0), TRAIN_GOES_ON);
    cr_assert_eq(stop_verdict(&stop, 1), TRAIN_CONVERGED);
}

Test(stop, convergence_comes_before_early_stopping_and_that_before_the_last_epoch)
{
    TrainOptions options = rules(0.01, 1);
    const real flat[] = {1, 1}, falling[] = {1, 0.5};
    options.epochs = 1;
    cr_assert_eq(run(&options, flat, flat, 2).why, TRAIN_CONVERGED);
    cr_assert_eq(run(&options, falling, flat, 2).why, TRAIN_EARLY_STOPPING);
    cr_assert_eq(run(&options, falling, falling, 2).why, TRAIN_MAX_EPOCHS);
}

Test(stop, a_loss_that_runs_away_has_not_converged)
{
    const TrainOptions options = rules(0.01, 2);
    const real losses[] = {1, 1e3, 1e6, 1e9, 1e12, 1e15};
    const End end = run(&options, losses, NULL, 6);
    cr_assert(end.why == TRAIN_GOES_ON);
}

Test(stop, a_loss_that_runs_away_does_not_stop_early_with_its_first_weights)
{
    const TrainOptions options = rules(0, 2);
    const real losses[] = {1, 1e3, 1e6, 1e9, 1e12, 1e15};
    const End end = run(&options, losses, losses, 6);
    cr_assert(end.why == TRAIN_GOES_ON);
}

Test(stop, a_loss_that_wanders_above_a_good_start_still_converges)
{
    const TrainOptions options = rules(0.01, 3);
    const real losses[] = {1e-6, 1e-3, 1e-2, 1e-3, 1e-2};
    const End end = run(&options, losses, NULL, 5);
    cr_assert(end.why == TRAIN_CONVERGED && end.epoch == 3);
}
