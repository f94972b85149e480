/* Data at the ends of what numbers and shapes there are: whatever the optimiser, a training ends
 * with finite losses and a finite network, or says that it has diverged.
 */
#include "core/lm.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

/* The number in that row and column, where u is drawn from [-1, 1). */
typedef real Fill(size_t row, size_t column, real u);

typedef struct Case {
    size_t rows, inputs, outputs;
    Fill *fill;
    real validation_split;
    size_t batch_size;
} Case;

static Data *filled(const Case *c)
{
    Rng rng = rng_seeded(3);
    const size_t columns = c->inputs + c->outputs;
    Data *data = data_new(c->rows, c->inputs, c->outputs);
    cr_assert_not_null(data);
    for (size_t i = 0; i < c->rows * columns; i++) {
        data->v[i] = c->fill(i / columns, i % columns, rng_uniform(&rng, -1, 1));
    }
    return data;
}

/* Each row of the table of optimisers at its usual learning rate. */
static TrainOptions options_for(const Case *c, const OptRule *rule, int standardize)
{
    TrainOptions options = fixture_options();
    options.optimizer = rule;
    options.opt.learning_rate = rule->learning_rate > 0 ? rule->learning_rate : 0.01;
    options.opt.momentum = 0.5;
    options.hidden[0] = 3;
    options.epochs = 3;
    options.tolerance = 1e-4;
    options.standardize = standardize;
    options.validation_split = c->validation_split;
    options.batch_size = c->batch_size;
    options.shuffle = c->batch_size > 0;
    return options;
}

static void assert_finite_losses(const Recorder *seen, int validated, const char *rule)
{
    for (size_t i = 0; i < seen->epochs; i++) {
        const TrainProgress *p = &seen->seen[i];
        cr_assert(isfinite(p->train_loss) && (isfinite(p->validation_loss) != 0) == validated,
                  "%s: %g, %g after %zu", rule, p->train_loss, p->validation_loss, p->epoch);
    }
}

/* Whether what is a few deviations off the targets may be beyond the range of numbers. */
static int may_predict_overflow(const Case *c)
{
    int may = 0;
    Data *data = filled(c);
    const MatIn y = data_targets(data);
    for (size_t i = 0; i < y.rows * y.cols; i++) {
        may |= fabs(y.v[i / y.cols * y.stride + i % y.cols]) > DBL_MAX / 64;
    }
    data_free(data);
    return may;
}

/* The scores are finite, or said not to be; so are the predictions for what was trained on. */
static void assert_sound(const Trainer *trainer, const Case *c, const char *rule)
{
    Score score = {0}, other = {0};
    const Outcome scored = trainer_score(trainer, &score, &other);
    cr_assert(scored == OUTCOME_OK || scored == OUTCOME_DIVERGED, "%s: score %d", rule, scored);
    cr_assert(isfinite(score.mse) && isfinite(score.rmse) && isfinite(score.r2), "%s", rule);
    cr_assert(isfinite(other.mse) && isfinite(other.rmse) && isfinite(other.r2), "%s", rule);
    cr_assert(net_is_finite(trainer_net(trainer)), "%s", rule);
    Model *model = trainer_model(trainer);
    Data *data = filled(c);
    real *y = mat_zeros(c->rows * c->outputs);
    cr_assert(model != NULL && y != NULL);
    const Outcome told =
        model_predict(model, data_inputs(data), mat_out(y, c->rows, c->outputs), (Mat){0});
    cr_assert(told == OUTCOME_OK || (told == OUTCOME_DIVERGED && may_predict_overflow(c)),
              "%s: predictions", rule);
    free(y);
    data_free(data);
    model_free(model);
}

static TrainEnd run_one(const Case *c, const TrainOptions *options)
{
    const char *rule = options->optimizer->name;
    static Recorder seen;
    Trainer *trainer = fixture_trainer(options, NULL, filled(c));
    seen = (Recorder){0};
    const TrainHooks hooks = fixture_hooks(&seen);
    const TrainEnd end = trainer_run(trainer, &hooks);
    assert_finite_losses(&seen, trainer_validation_rows(trainer) > 0, rule);
    if (end != TRAIN_DIVERGED) {
        assert_sound(trainer, c, rule);
    }
    trainer_free(trainer);
    return end;
}

/* By every optimiser: on the numbers as they are, which may diverge, and standardised. */
static void assert_endured(const Case c)
{
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        const TrainOptions plain = options_for(&c, opt_at(i), 0);
        const TrainOptions scaled = options_for(&c, opt_at(i), 1);
        (void)run_one(&c, &plain);
        cr_assert_neq(run_one(&c, &scaled), TRAIN_DIVERGED, "%s", opt_at(i)->name);
    }
}

/* The same with more parameters than Levenberg-Marquardt takes, or takes in a test's time. */
static void assert_wide_endured(const Case c)
{
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        const TrainOptions options = options_for(&c, opt_at(i), 1);
        if (opt_at(i)->family != OPT_LEVENBERG_MARQUARDT) {
            (void)run_one(&c, &options);
        }
    }
}

static void assert_too_large(const Case c)
{
    TrainOptions options = options_for(&c, opt_find("levenberg_marquardt"), 1);
    Trainer *trainer;
    cr_assert_eq(trainer_new_take(&options, NULL, &trainer, filled(&c)), OUTCOME_TOO_LARGE);
    cr_assert_null(trainer);
}

static real ordinary(size_t row, size_t column, real u)
{
    return u + (real)column + 0 * (real)row;
}

static real constant(size_t row, size_t column, real u)
{
    return 0.1 * (real)column + 0 * (u + (real)row);
}

static real nearly_constant(size_t row, size_t column, real u)
{
    const real steps[] = {0, 1, 20, 1e6};
    return 1 + 0 * u + (real)row * steps[column % 4] * DBL_EPSILON;
}

static real equal_targets(size_t row, size_t column, real u)
{
    return column < 2 ? u + (real)row : 7;
}

static real huge(size_t row, size_t column, real u)
{
    return u * 1e300 + 0 * (real)(row + column);
}

static real tiny(size_t row, size_t column, real u)
{
    return u * 1e-300 + 0 * (real)(row + column);
}

static real denormal(size_t row, size_t column, real u)
{
    return (real)(row + column) * 0x1p-1074 + 0 * u;
}

/* 1e-300, 1e-150, 1, 1e150, 1e300. */
static real of_every_scale(size_t row, size_t column, real u)
{
    const real scales[] = {1e-300, 1e-150, 1, 1e150, 1e300};
    return scales[(column + 0 * row) % 5] * u;
}

static real at_both_ends(size_t row, size_t column, real u)
{
    return (row + column) % 3 == 0 ? -DBL_MAX : u < 0 ? DBL_MAX : DBL_MAX * (1 - DBL_EPSILON);
}

static real one_outlier(size_t row, size_t column, real u)
{
    return row == 4 ? DBL_MAX : u * 1e-300 * (real)column;
}

static real duplicated(size_t row, size_t column, real u)
{
    return (real)(row % 2) + (real)column + 0 * u;
}

static Fill *const fills[] = {ordinary,       constant,    nearly_constant, equal_targets,
                              huge,           tiny,        denormal,        of_every_scale,
                              at_both_ends,   one_outlier, duplicated};

enum { FILLS = sizeof fills / sizeof fills[0] };

Test(extremes, numbers_of_every_kind_are_endured)
{
    for (size_t i = 0; i < FILLS; i++) {
        assert_endured((Case){.rows = 40, .inputs = 2, .outputs = 3, .fill = fills[i]});
        assert_endured((Case){40, 2, 3, fills[i], 0, 16});
    }
}

/* Where the scaling is of rows that say little of the others, these may be beyond any loss. */
Test(extremes, numbers_of_every_kind_are_held_out)
{
    for (size_t i = 0; i < FILLS; i++) {
        const Case c = {40, 2, 3, fills[i], 0.25, 7};
        for (size_t k = 0; opt_at(k) != NULL; k++) {
            const TrainOptions options = options_for(&c, opt_at(k), 1);
            const TrainEnd end = run_one(&c, &options);
            cr_assert(end != TRAIN_DIVERGED || fills[i] == one_outlier, "%zu %s", i,
                      options.optimizer->name);
        }
    }
}

Test(extremes, rows_may_be_few)
{
    assert_endured((Case){.rows = 1, .inputs = 2, .outputs = 1, .fill = ordinary});
    assert_endured((Case){.rows = 1, .inputs = 2, .outputs = 1, .fill = ordinary,
                          .batch_size = 32});
    assert_endured((Case){.rows = 1, .inputs = 1, .outputs = 1, .fill = ordinary,
                          .validation_split = 0.5});
    assert_endured((Case){.rows = 2, .inputs = 2, .outputs = 1, .fill = ordinary,
                          .validation_split = 0.5});
    assert_endured((Case){.rows = 8, .inputs = 2, .outputs = 1, .fill = ordinary,
                          .validation_split = 0.25, .batch_size = 1});
    assert_endured((Case){.rows = 5, .inputs = 2, .outputs = 1, .fill = ordinary,
                          .batch_size = 6});
}

Test(extremes, columns_may_be_many)
{
    const Case inputs = {.rows = 20, .inputs = 10000, .outputs = 1, .fill = ordinary};
    const Case targets = {.rows = 20, .inputs = 1, .outputs = 1000, .fill = ordinary};
    assert_wide_endured(inputs);
    assert_wide_endured(targets);
    assert_too_large(inputs);
    assert_endured((Case){.rows = 5, .inputs = 100, .outputs = 1, .fill = ordinary});
    assert_endured((Case){.rows = 5, .inputs = 1, .outputs = 40, .fill = ordinary});
}

/* Levenberg-Marquardt's fit of straight lines: it meets such targets exactly, but for rounding. */
static Model *lines_through(const Case *c)
{
    TrainOptions options = options_for(c, opt_find("levenberg_marquardt"), 1);
    options.hidden_count = 0;
    options.epochs = 50;
    options.tolerance = 0;
    Trainer *trainer = fixture_trainer(&options, NULL, filled(c));
    cr_assert_neq(trainer_run(trainer, NULL), TRAIN_DIVERGED);
    Model *model = trainer_model(trainer);
    cr_assert_not_null(model);
    trainer_free(trainer);
    return model;
}

/* Each target is predicted to within a share of the largest of its column. */
static void assert_met(const Case c)
{
    real *y = mat_zeros(c.rows * c.outputs);
    Data *data = filled(&c);
    Model *model = lines_through(&c);
    const MatIn wanted = data_targets(data);
    cr_assert_eq(
        model_predict(model, data_inputs(data), mat_out(y, c.rows, c.outputs), (Mat){0}),
        OUTCOME_OK);
    for (size_t j = 0; j < c.outputs; j++) {
        real largest = 0, furthest = 0;
        for (size_t i = 0; i < c.rows; i++) {
            const real of = wanted.v[i * wanted.stride + j];
            largest = fmax(largest, fabs(of));
            furthest = fmax(furthest, fabs(y[i * c.outputs + j] / 2 - of / 2));
        }
        cr_assert(furthest <= 1e-9 * largest, "%g of %g in %zu", furthest, largest, j);
    }
    free(y);
    data_free(data);
    model_free(model);
}

/* Input i of row i is 1, so lines meet anything; the targets are of every scale. */
static real identity_to_every_scale(size_t row, size_t column, real u)
{
    const real scales[] = {1e-305, 1e-150, 1, 1e150, 1e300, DBL_MAX};
    return column < 4 ? (real)(row == column) : scales[column % 6] * u;
}

/* The last column is of that kind of which mean plus so many deviations overflow on the way. */
static real identity_to_both_ends(size_t row, size_t column, real u)
{
    if (column < 4) {
        return (real)(row == column) * 1e300;
    }
    return row == (column + (u > 1)) % 4 ? 0.999 * DBL_MAX : -0.999 * DBL_MAX;
}

Test(extremes, predictions_are_right_in_units_of_every_scale)
{
    assert_met((Case){.rows = 4, .inputs = 4, .outputs = 6, .fill = identity_to_every_scale});
    assert_met((Case){.rows = 4, .inputs = 4, .outputs = 4, .fill = identity_to_both_ends});
}
