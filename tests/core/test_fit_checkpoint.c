/* Fits that go through bytes and are gone on with: all that they tell and the model they make are
 * those of one that nobody interrupted. What is no state of a fit is refused.
 */
#include "core/fit_checkpoint.h"
#include "core/blob.h"
#include "tests/core/fit_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD_MAX = 4000 };

/* All that a fit tells, and how long it is let alone. */
typedef struct Told {
    size_t epochs, runs, lives;
    FitRun epoch[TOLD_MAX], run[RUNS_MAX];
    size_t calls, patience; /* in this life; 0: for ever */
} Told;

static Told whole, parts; /* a test is a process of its own */

static TrainEnd answer(Told *told)
{
    return ++told->calls == told->patience ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

static TrainEnd hear_epoch(void *context, const FitRun *run)
{
    Told *told = context;
    cr_assert_lt(told->epochs, TOLD_MAX);
    told->epoch[told->epochs++] = *run;
    return answer(told);
}

static TrainEnd hear_poll(void *context)
{
    return answer(context);
}

/* A life of one call, of a few, and once in a while of many: a step of an optimiser takes several.
 */
static void live_again(Told *told, size_t salt)
{
    told->lives++;
    told->calls = 0;
    told->patience = 1 + (told->lives - 1) % 5 * (1 + (told->lives + salt) % 13);
}

static void hear_end(void *context, const FitRun *run)
{
    Told *told = context;
    told->run[told->runs++] = *run;
}

static Fit *fresh(const FitOptions *options, const Net *const *initial)
{
    Fit *fit;
    cr_assert_eq(fit_new_take(options, initial, &fit, fit_fixture_rows()), OUTCOME_OK);
    return fit;
}

/* The fit's successor, after a way through bytes. */
static Fit *reborn_take(Fit *fit, const FitOptions *options, const Net *const *initial)
{
    unsigned char *bytes;
    size_t size;
    cr_assert_eq(fit_save(fit, &bytes, &size), OUTCOME_OK);
    cr_assert_eq(size, fit_state_size(fit));
    fit_free(fit);
    fit = fresh(options, initial);
    cr_assert_eq(fit_load(fit, bytes, size), OUTCOME_OK);
    free(bytes);
    return fit;
}

static void assert_same_runs(const FitRun *a, const FitRun *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert(a[i].number == b[i].number && a[i].fold == b[i].fold);
        cr_assert(a[i].member == b[i].member && a[i].restart == b[i].restart);
        cr_assert(a[i].seed == b[i].seed && a[i].end == b[i].end && a[i].kept == b[i].kept);
        cr_assert(fixture_same_bits(&a[i].effective, &b[i].effective, 1));
        cr_assert_eq(a[i].progress.epoch, b[i].progress.epoch);
        cr_assert_eq(a[i].progress.best_epoch, b[i].progress.best_epoch);
        cr_assert(fixture_same_bits(&a[i].progress.train_loss, &b[i].progress.train_loss, 1));
        cr_assert(isnan(a[i].progress.validation_loss)
                      ? isnan(b[i].progress.validation_loss)
                      : a[i].progress.validation_loss == b[i].progress.validation_loss);
    }
}

static void assert_same_models(const Fit *a, const Fit *b)
{
    unsigned char *one, *other;
    size_t size, size_too, folds, folds_too;
    Model *ours = fit_model(a), *theirs = fit_model(b);
    cr_assert_eq(blob_from_model(ours, &one, &size), OUTCOME_OK);
    cr_assert_eq(blob_from_model(theirs, &other, &size_too), OUTCOME_OK);
    cr_assert(size == size_too && memcmp(one, other, size) == 0);
    const Score *scores = fit_folds(a, &folds), *scores_too = fit_folds(b, &folds_too);
    cr_assert_eq(folds, folds_too);
    cr_assert(folds == 0 || memcmp(scores, scores_too, folds * sizeof *scores) == 0);
    model_free(ours);
    model_free(theirs);
    free(one);
    free(other);
}

/* One that is never interrupted against one that goes through bytes again and again. */
static void assert_pieces_make_a_whole(const FitOptions *options, const Net *const *initial,
                                       size_t salt)
{
    const FitHooks at_once = {&whole, hear_epoch, hear_poll, hear_end};
    const FitHooks in_parts = {&parts, hear_epoch, hear_poll, hear_end};
    TrainEnd expected, end = TRAIN_CANCELLED;
    whole = (Told){0};
    parts = (Told){0};
    Fit *one = fresh(options, initial), *other = fresh(options, initial);
    cr_assert_eq(fit_train(one, &at_once, &expected), OUTCOME_OK);
    while (end == TRAIN_CANCELLED) {
        live_again(&parts, salt);
        cr_assert_lt(parts.lives, 10000);
        other = reborn_take(other, options, initial);
        cr_assert_eq(fit_train(other, &in_parts, &end), OUTCOME_OK);
    }
    cr_assert_eq(end, expected);
    cr_assert(parts.lives >= 2, "nobody interrupted it");
    cr_assert(parts.epochs == whole.epochs && parts.runs == whole.runs);
    assert_same_runs(whole.epoch, parts.epoch, whole.epochs);
    assert_same_runs(whole.run, parts.run, whole.runs);
    if (end != TRAIN_DIVERGED)
        assert_same_models(one, other);
    fit_free(one);
    fit_free(other);
}

static FitOptions options_of(const OptRule *rule, unsigned kind)
{
    FitOptions options = fit_fixture_options();
    options.train.optimizer = rule;
    options.train.opt.learning_rate = fmin(0.05, rule->learning_rate);
    options.train.epochs = 3;
    options.train.patience = 1000;
    options.train.batch_size = (kind & 1) ? 16 : 0;
    options.train.shuffle = (kind & 2) != 0;
    options.train.validation_split = (kind & 4) ? 0.2 : 0;
    return options;
}

/* Each optimiser, with and without batches, shuffling and validation, of the shape given. */
static void for_all_kinds(size_t restarts, size_t ensemble, size_t folds)
{
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        for (unsigned kind = 0; kind < 8; kind++) {
            FitOptions options = options_of(opt_at(i), kind);
            options.restarts = restarts;
            options.ensemble = ensemble;
            options.folds = folds;
            assert_pieces_make_a_whole(&options, NULL, i + kind);
        }
    }
}

Test(fit_checkpoint, one_run_goes_on_for_every_optimiser)
{
    for_all_kinds(1, 1, 0);
}

Test(fit_checkpoint, restarts_of_members_go_on_for_every_optimiser)
{
    for_all_kinds(3, 2, 0);
}

Test(fit_checkpoint, folds_of_ensembles_go_on_for_every_optimiser)
{
    for_all_kinds(1, 2, 3);
    for_all_kinds(2, 1, 2);
}

Test(fit_checkpoint, networks_that_were_given_go_on)
{
    const size_t width[] = {3, 5, 2};
    Net *one = fixture_net(2, width, "tanh", 1), *other = fixture_net(2, width, "tanh", 2);
    const Net *const initial[] = {one, other};
    FitOptions options = options_of(opt_find("adam"), 7);
    options.ensemble = 2;
    options.folds = 2;
    assert_pieces_make_a_whole(&options, initial, 3);
    net_free(one);
    net_free(other);
}

Test(fit_checkpoint, a_fold_of_one_row_has_no_r2_and_goes_on)
{
    FitOptions options = options_of(opt_find("gradient_descent"), 0);
    options.train.epochs = 1;
    options.folds = ROWS;
    options.train.hidden[0] = 2;
    const FitHooks in_parts = {&parts, hear_epoch, hear_poll, NULL};
    TrainEnd end = TRAIN_CANCELLED;
    size_t folds;
    parts = (Told){0};
    Fit *fit = fresh(&options, NULL);
    while (end == TRAIN_CANCELLED) {
        live_again(&parts, 0);
        fit = reborn_take(fit, &options, NULL);
        cr_assert_eq(fit_train(fit, &in_parts, &end), OUTCOME_OK);
    }
    const Score *scores = fit_folds(fit, &folds);
    cr_assert(folds == ROWS && isnan(scores[0].r2) && isfinite(scores[0].mse));
    fit_free(fit);
}

/* A state in the middle of the second member's second restart, behind two folds. */
static FitOptions stopped(unsigned char **bytes, size_t *size)
{
    FitOptions options = options_of(opt_find("adam"), 7);
    const FitHooks hooks = {&parts, hear_epoch, hear_poll, NULL};
    TrainEnd end = TRAIN_GOES_ON;
    options.restarts = 2;
    options.ensemble = 2;
    options.folds = 2;
    options.train.hidden[0] = 2;
    options.train.epochs = 2;
    parts = (Told){0};
    Fit *fit = fresh(&options, NULL);
    while (fit_run(fit)->number < 12) {
        parts.calls = 0;
        parts.patience = 2;
        cr_assert_eq(fit_train(fit, &hooks, &end), OUTCOME_OK);
    }
    cr_assert_eq(end, TRAIN_CANCELLED);
    cr_assert_eq(fit_save(fit, bytes, size), OUTCOME_OK);
    fit_free(fit);
    return options;
}

static Outcome offered(const FitOptions *options, const unsigned char *bytes, size_t size)
{
    /* A buffer of the very size, so that a sanitizer sees the first byte read too many. */
    unsigned char *exact = malloc(size > 0 ? size : 1);
    cr_assert_not_null(exact);
    memcpy(exact, bytes, size);
    Fit *fit = fresh(options, NULL);
    const Outcome outcome = fit_load(fit, exact, size);
    if (outcome == OUTCOME_OK) {
        const FitHooks hooks = {&parts, hear_epoch, hear_poll, NULL};
        TrainEnd end;
        (void)!fit_train(fit, &hooks, &end);
    }
    fit_free(fit);
    free(exact);
    return outcome;
}

Test(fit_checkpoint, every_truncation_and_every_changed_byte_is_refused)
{
    unsigned char *bytes;
    size_t size;
    FitOptions options = stopped(&bytes, &size);
    parts = (Told){.patience = 1};
    cr_assert_eq(offered(&options, bytes, size), OUTCOME_OK);
    for (size_t cut = 0; cut < size; cut++) {
        cr_assert_eq(offered(&options, bytes, cut), OUTCOME_BAD_BYTES, "cut at %zu", cut);
    }
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 1;
        cr_assert_eq(offered(&options, bytes, size), OUTCOME_BAD_BYTES, "byte %zu", at);
        bytes[at] ^= 1;
    }
    free(bytes);
}

static void sign_anew(unsigned char *bytes, size_t size)
{
    const uint64_t sum = blob_checksum(bytes, size - 8);
    for (size_t i = 0; i < 8; i++) {
        bytes[size - 8 + i] = (unsigned char)(sum >> (8 * i));
    }
}

Test(fit_checkpoint, lies_with_a_right_checksum_do_no_harm)
{
    static const uint64_t lies[] = {0, 1, 3, 13, 1ULL << 61, 0x7ff8000000000000U, UINT64_MAX};
    unsigned char *bytes, old[8];
    size_t size, taken = 0, refused = 0;
    FitOptions options = stopped(&bytes, &size);
    for (size_t at = 24; at < size - 8; at += 8) {
        memcpy(old, bytes + at, 8);
        for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
            memcpy(bytes + at, &lies[k], 8);
            sign_anew(bytes, size);
            parts = (Told){.patience = 20};
            *(offered(&options, bytes, size) == OUTCOME_OK ? &taken : &refused) += 1;
        }
        memcpy(bytes + at, old, 8);
    }
    cr_assert(taken > 100 && refused > 100, "%zu taken, %zu refused", taken, refused);
    free(bytes);
}

Test(fit_checkpoint, a_state_of_another_fit_is_refused)
{
    unsigned char *bytes;
    size_t size;
    const FitOptions options = stopped(&bytes, &size);
    FitOptions others[7] = {options, options, options, options, options, options, options};
    others[0].restarts = 3;
    others[1].ensemble = 1;
    others[2].folds = 3;
    others[3].train.seed++;
    others[4].train.optimizer = opt_find("rmsprop");
    others[5].train.hidden[0] = 3;
    others[6].train.batch_size = 17;
    parts = (Told){.patience = 1};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_assert_eq(offered(&others[i], bytes, size), OUTCOME_BAD_BYTES, "%zu", i);
    }
    free(bytes);
}
