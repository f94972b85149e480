/* Trainings that are saved, loaded into a fresh trainer and gone on with: the bits are those of one
 * that nobody interrupted, and no epoch is told twice or left out.
 */
#include "core/checkpoint.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1300 }; /* more than one slice of a full batch */

static Trainer *fresh(const TrainOptions *options, size_t rows)
{
    return fixture_trainer(options, NULL, fixture_data(rows, 3, 2, 9));
}

/* The trainer's successor, after a way through bytes. */
static Trainer *reborn_take(Trainer *trainer, const TrainOptions *options, size_t rows)
{
    unsigned char *bytes;
    size_t size;
    cr_assert_eq(trainer_save(trainer, &bytes, &size), OUTCOME_OK);
    trainer_free(trainer);
    trainer = fresh(options, rows);
    cr_assert_eq(trainer_load(trainer, bytes, size), OUTCOME_OK);
    free(bytes);
    return trainer;
}

static void assert_same_progress(const Recorder *a, const Recorder *b)
{
    cr_assert_eq(a->epochs, b->epochs);
    for (size_t k = 0; k < a->epochs; k++) {
        const TrainProgress *one = &a->seen[k], *other = &b->seen[k];
        cr_assert(one->epoch == k && other->epoch == k);
        cr_assert(fixture_same_bits(&one->train_loss, &other->train_loss, 1), "epoch %zu", k);
        cr_assert(isnan(one->validation_loss) == isnan(other->validation_loss));
        cr_assert(isnan(one->validation_loss) || one->validation_loss == other->validation_loss);
        cr_assert_eq(one->best_epoch, other->best_epoch);
    }
}

/* Both what is shown and, by their states, what is inside. */
static void assert_same_trainers(const Trainer *a, const Trainer *b)
{
    unsigned char *one, *other;
    size_t size, size_too;
    const Net *ours = trainer_net(a), *theirs = trainer_net(b);
    cr_assert(fixture_same_bits(ours->parameters, theirs->parameters, ours->parameter_count));
    cr_assert_eq(trainer_save(a, &one, &size), OUTCOME_OK);
    cr_assert_eq(trainer_save(b, &other, &size_too), OUTCOME_OK);
    cr_assert(size == size_too && memcmp(one, other, size) == 0);
    free(one);
    free(other);
}

static Recorder whole, parts; /* a test is a process of its own */

/* 2 n epochs at once against n, saved, loaded, n more. */
static void assert_halves_make_a_whole(TrainOptions options, size_t n)
{
    const TrainHooks at_once = fixture_hooks(&whole), in_parts = fixture_hooks(&parts);
    whole = (Recorder){0};
    parts = (Recorder){.end_at_call = n + 1, .answer = TRAIN_CANCELLED};
    options.epochs = 2 * n;
    Trainer *one = fresh(&options, ROWS), *other = fresh(&options, ROWS);
    const TrainEnd end = trainer_run(one, &at_once);
    cr_assert_eq(trainer_run(other, &in_parts), TRAIN_CANCELLED);
    other = reborn_take(other, &options, ROWS);
    cr_assert_eq(trainer_progress(other).epoch, n);
    cr_assert_eq(trainer_run(other, &in_parts), end);
    cr_assert_eq(end, TRAIN_MAX_EPOCHS);
    assert_same_progress(&whole, &parts);
    assert_same_trainers(one, other);
    trainer_free(one);
    trainer_free(other);
}

/* Hooks that end the training again and again: at every epoch, and at every so many polls. */
typedef struct Nuisance {
    Recorder recorder;
    size_t polls, patience;
} Nuisance;

static TrainEnd annoy_epoch(void *context, const TrainProgress *progress)
{
    Nuisance *nuisance = context;
    nuisance->recorder.seen[nuisance->recorder.epochs++] = *progress;
    return TRAIN_CANCELLED;
}

static TrainEnd annoy_poll(void *context)
{
    Nuisance *nuisance = context;
    return ++nuisance->polls >= nuisance->patience ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

/* The same against one that goes through bytes whenever anyone has a chance to end it. */
static void assert_pieces_make_a_whole(TrainOptions options, size_t epochs)
{
    static Nuisance nuisance;
    const TrainHooks hooks = {&nuisance, annoy_epoch, annoy_poll};
    const TrainHooks at_once = fixture_hooks(&whole);
    TrainEnd end = TRAIN_CANCELLED;
    size_t lives = 0;
    whole = (Recorder){0};
    nuisance = (Nuisance){0};
    options.epochs = epochs;
    Trainer *one = fresh(&options, ROWS), *other = fresh(&options, ROWS);
    const TrainEnd expected = trainer_run(one, &at_once);
    for (; end == TRAIN_CANCELLED; lives++) {
        nuisance.polls = 0;
        nuisance.patience = 1 + lives % 5 * (1 + lives % 13); /* long enough once in a while */
        other = reborn_take(other, &options, ROWS);
        end = trainer_run(other, &hooks);
        cr_assert_lt(lives, 10000);
    }
    cr_assert_eq(end, expected);
    cr_assert_gt(lives, epochs + 2, "no poll was ever asked");
    assert_same_progress(&whole, &nuisance.recorder);
    assert_same_trainers(one, other);
    trainer_free(one);
    trainer_free(other);
}

/* Each optimiser, with and without batches, shuffling, validation and schedules. */
static void for_all_kinds(void (*check)(TrainOptions options, size_t n), size_t n)
{
    static const ScheduleOptions schedules[] = {{SCHEDULE_CONSTANT, 0, 0, 0},
                                                {SCHEDULE_STEP, 2, 0.5, 0},
                                                {SCHEDULE_COSINE, 0, 0, 0.1},
                                                {SCHEDULE_PLATEAU, 1, 0.5, 0.01}};
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        for (unsigned kind = 0; kind < 8; kind++) {
            TrainOptions options = fixture_options();
            options.optimizer = opt_at(i);
            options.opt.learning_rate = fmin(0.05, opt_at(i)->learning_rate);
            options.opt.momentum = 0.5;
            options.patience = 1000;
            options.standardize = 1;
            options.l2 = 1e-4;
            options.batch_size = (kind & 1) ? 100 : 0;
            options.shuffle = (kind & 2) != 0;
            options.validation_split = (kind & 4) ? 0.15 : 0;
            options.schedule = schedules[(kind + i) % 4];
            options.clip_norm = (kind & 2) ? 0.1 : 0;
            options.gradient_tolerance = (kind & 4) ? 1e-9 : 0;
            check(options, n);
        }
    }
}

Test(checkpoint, bayesian_regularisation_goes_on_too)
{
    TrainOptions options = fixture_options();
    options.optimizer = opt_find("levenberg_marquardt");
    options.bayesian = 1;
    assert_halves_make_a_whole(options, 6);
    assert_pieces_make_a_whole(options, 3);
}

Test(checkpoint, two_halves_make_a_whole_for_every_optimiser)
{
    for_all_kinds(assert_halves_make_a_whole, 6);
}

Test(checkpoint, pieces_cut_anywhere_make_a_whole_for_every_optimiser)
{
    for_all_kinds(assert_pieces_make_a_whole, 3);
}

Test(checkpoint, a_history_of_more_steps_than_lbfgs_keeps_goes_on_too)
{
    TrainOptions options = fixture_options();
    options.optimizer = opt_find("lbfgs");
    assert_halves_make_a_whole(options, 17);
}

Test(checkpoint, a_training_that_met_its_last_epoch_can_be_given_more)
{
    const TrainHooks at_once = fixture_hooks(&whole), in_parts = fixture_hooks(&parts);
    TrainOptions options = fixture_options();
    options.epochs = 10;
    options.validation_split = 0.2;
    options.patience = 100;
    Trainer *one = fresh(&options, 50);
    cr_assert_eq(trainer_run(one, &at_once), TRAIN_MAX_EPOCHS);
    options.epochs = 4;
    Trainer *other = fresh(&options, 50);
    cr_assert_eq(trainer_run(other, &in_parts), TRAIN_MAX_EPOCHS);
    options.epochs = 10;
    other = reborn_take(other, &options, 50);
    cr_assert_eq(trainer_run(other, &in_parts), TRAIN_MAX_EPOCHS);
    assert_same_progress(&whole, &parts);
    assert_same_trainers(one, other);
    trainer_free(one);
    trainer_free(other);
}

/* The rules count on from where they were. */
Test(checkpoint, a_rule_ends_a_resumed_training_at_the_same_epoch)
{
    const TrainHooks at_once = fixture_hooks(&whole), in_parts = fixture_hooks(&parts);
    TrainOptions options = fixture_options();
    options.hidden[0] = 40;
    options.optimizer = opt_find("adam");
    options.opt.learning_rate = 0.02;
    options.validation_split = 0.5;
    options.epochs = 2000;
    options.patience = 30;
    Trainer *one = fresh(&options, 24), *other = fresh(&options, 24);
    cr_assert_eq(trainer_run(one, &at_once), TRAIN_EARLY_STOPPING);
    const size_t best = trainer_progress(one).best_epoch;
    parts = (Recorder){.end_at_call = best + 15, .answer = TRAIN_TIME_LIMIT};
    cr_assert_eq(trainer_run(other, &in_parts), TRAIN_TIME_LIMIT);
    other = reborn_take(other, &options, 24);
    cr_assert_eq(trainer_run(other, &in_parts), TRAIN_EARLY_STOPPING);
    assert_same_progress(&whole, &parts);
    assert_same_trainers(one, other);
    trainer_free(one);
    trainer_free(other);
}

/* Saves from inside of a run, at the k-th call of a hook. */
typedef struct Camera {
    const Trainer *trainer;
    size_t calls, at;
    unsigned char *bytes;
    size_t size;
} Camera;

static TrainEnd snap(Camera *camera)
{
    if (++camera->calls == camera->at) {
        cr_assert_eq(trainer_save(camera->trainer, &camera->bytes, &camera->size), OUTCOME_OK);
    }
    return TRAIN_GOES_ON;
}

static TrainEnd snap_epoch(void *context, const TrainProgress *progress)
{
    (void)progress;
    return snap(context);
}

static TrainEnd snap_poll(void *context)
{
    return snap(context);
}

static void assert_saved_from_hooks(TrainOptions options, size_t epochs)
{
    options.epochs = epochs;
    for (size_t at = 1; at < 40; at += 4) {
        Trainer *one = fresh(&options, ROWS), *other = fresh(&options, ROWS);
        Camera camera = {one, 0, at, NULL, 0};
        const TrainHooks hooks = {&camera, snap_epoch, snap_poll};
        const TrainEnd end = trainer_run(one, &hooks);
        if (camera.bytes != NULL) {
            cr_assert_eq(trainer_load(other, camera.bytes, camera.size), OUTCOME_OK);
            cr_assert_eq(trainer_run(other, NULL), end);
            assert_same_trainers(one, other);
        }
        cr_assert(at > 1 || camera.bytes != NULL);
        free(camera.bytes);
        trainer_free(one);
        trainer_free(other);
    }
}

Test(checkpoint, a_state_can_be_taken_at_any_hook_while_the_training_goes_on)
{
    for_all_kinds(assert_saved_from_hooks, 2);
}
