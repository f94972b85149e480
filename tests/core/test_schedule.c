/* Learning-rate schedules: their very values, and what a training makes of them and of clipping. */
#include "core/schedule.h"
#include "core/vec.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static real share_at(ScheduleOptions options, size_t epochs, size_t epoch)
{
    const Schedule schedule = schedule_new(&options, epochs);
    return schedule_share(&schedule, epoch);
}

Test(schedule, constant_is_one)
{
    for (size_t k = 0; k < 100; k++) {
        cr_assert_eq(share_at((ScheduleOptions){.kind = SCHEDULE_CONSTANT}, 100, k), 1);
    }
}

Test(schedule, step_multiplies_after_every_so_many_epochs)
{
    const ScheduleOptions options = {.kind = SCHEDULE_STEP, .period = 3, .factor = 0.5};
    const real expected[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125};
    for (size_t k = 0; k < 10; k++) {
        cr_assert_eq(share_at(options, 100, k), expected[k]);
    }
    cr_assert_eq(share_at(options, 100, 1000000000), 0);
}

Test(schedule, cosine_falls_along_half_a_wave_to_its_floor)
{
    const ScheduleOptions options = {.kind = SCHEDULE_COSINE, .floor = 0.25};
    for (size_t k = 0; k <= 1000; k++) {
        const real u = (real)k / 1000;
        const real expected = 0.25 + 0.75 * (1 + cos(3.14159265358979323846 * u)) / 2;
        cr_assert_float_eq(share_at(options, 1000, k), expected, 4e-16, "%zu", k);
    }
    cr_assert_eq(share_at(options, 1000, 0), 1);
    cr_assert_eq(share_at(options, 1000, 500), 0.625);
    cr_assert_eq(share_at(options, 1000, 1000), 0.25);
    cr_assert_eq(share_at(options, 1000, 5000), 0.25);
}

/* The shares that follow each of these losses. */
static void assert_plateau(ScheduleOptions options, const real *losses, const real *expected,
                           size_t n)
{
    Schedule schedule = schedule_new(&options, n);
    for (size_t k = 0; k < n; k++) {
        schedule_note(&schedule, k, losses[k]);
        cr_assert_eq(schedule_share(&schedule, k), expected[k], "epoch %zu", k);
    }
}

Test(schedule, a_plateau_reduces_after_patience_epochs_without_improvement)
{
    const ScheduleOptions options = {
        .kind = SCHEDULE_PLATEAU, .period = 2, .factor = 0.5, .floor = 0.2};
    const real losses[] = {4, 3, 3, 2.9999, 2, 2, 1, 1, 1, 1, 1, 1, 1};
    const real expected[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2};
    assert_plateau(options, losses, expected, 13);
}

Test(schedule, a_loss_that_is_not_lower_by_a_ten_thousandth_has_not_improved)
{
    const ScheduleOptions options = {.kind = SCHEDULE_PLATEAU, .period = 1, .factor = 0.5};
    const real losses[] = {1, 0.99985, 0.99984, 0.5}, expected[] = {1, 1, 0.5, 0.5};
    assert_plateau(options, losses, expected, 4);
}

/* The parameters after so many epochs of gradient descent. */
static Net *trained(TrainOptions options, size_t epochs)
{
    options.epochs = epochs;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(30, 3, 2, 9));
    (void)!trainer_run(trainer, NULL);
    Net *net = net_copy(trainer_net(trainer));
    cr_assert_not_null(net);
    trainer_free(trainer);
    return net;
}

static real distance(const Net *a, const Net *b)
{
    real square = 0;
    for (size_t i = 0; i < a->parameter_count; i++) {
        square += (a->parameters[i] - b->parameters[i]) * (a->parameters[i] - b->parameters[i]);
    }
    return sqrt(square);
}

/* Two networks, and what of them is left when both are freed. */
static real distance_take(Net *a, Net *b)
{
    const real between = distance(a, b);
    net_free(a);
    net_free(b);
    return between;
}

Test(schedule, a_training_takes_its_share_of_the_learning_rate)
{
    TrainOptions plain = fixture_options(), stepped = fixture_options();
    stepped.schedule = (ScheduleOptions){.kind = SCHEDULE_STEP, .period = 2, .factor = 0.25};
    cr_assert_eq(distance_take(trained(plain, 2), trained(stepped, 2)), 0);
    const real full = distance_take(trained(plain, 2), trained(plain, 3));
    const real quarter = distance_take(trained(stepped, 2), trained(stepped, 3));
    cr_assert_gt(full, 1e-3);
    cr_assert_float_eq(quarter, full / 4, 1e-15);
}

Test(schedule, a_plateau_of_the_validation_loss_counts_where_there_is_one)
{
    TrainOptions options = fixture_options();
    options.hidden[0] = 40;
    options.optimizer = opt_find("adam");
    options.opt.learning_rate = 0.02;
    options.patience = 1000;
    options.schedule = (ScheduleOptions){.kind = SCHEDULE_PLATEAU, .period = 5, .factor = 0.01};
    options.validation_split = 0.5;
    static Recorder recorder;
    const TrainHooks hooks = fixture_hooks(&recorder);
    options.epochs = 600;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(24, 2, 1, 3));
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_MAX_EPOCHS);
    const real late = recorder.seen[500].train_loss, last = recorder.seen[600].train_loss;
    cr_assert(late > 1e-4 && late - last < 0.01 * late, "it goes on at full rate: %g %g", late,
              last);
    trainer_free(trainer);
}

Test(schedule, clipping_bounds_the_length_of_a_step)
{
    TrainOptions plain = fixture_options(), clipped = fixture_options();
    const real free_step = distance_take(trained(plain, 0), trained(plain, 1));
    const real norm = free_step / plain.opt.learning_rate;
    clipped.clip_norm = norm / 3;
    cr_assert_float_eq(distance_take(trained(clipped, 0), trained(clipped, 1)), free_step / 3,
                       1e-15);
    clipped.clip_norm = norm * 1.001;
    cr_assert_eq(distance_take(trained(plain, 1), trained(clipped, 1)), 0);
}

Test(schedule, the_norm_of_a_huge_or_tiny_gradient_is_finite)
{
    const real huge[] = {3e200, -4e200, 0}, tiny[] = {3e-200, 0, 4e-200, 0};
    const real odd[] = {1, (real)NAN, 2}, infinite[] = {1, -(real)INFINITY};
    cr_assert_float_eq(vec_norm(3, huge) / 5e200, 1, 1e-15);
    cr_assert_float_eq(vec_norm(4, tiny) / 5e-200, 1, 1e-15);
    cr_assert_eq(vec_norm(3, (const real[]){0, -0.0, 0}), 0);
    cr_assert(isnan(vec_norm(3, odd)) && isinf(vec_norm(2, infinite)));
}

Test(schedule, a_dot_product_has_every_term_whatever_its_length)
{
    real a[40], b[40];
    for (size_t n = 0; n <= 40; n++) {
        real expected = 0;
        for (size_t i = 0; i < n; i++) {
            a[i] = (real)i + 1;
            b[i] = (real)(i % 7) - 3;
            expected += a[i] * b[i];
        }
        cr_assert_eq(vec_dot(n, a, b), expected);
    }
}
