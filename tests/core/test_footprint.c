/* What a training takes of memory is what train.h and sweep.h say, and no more. */
#include "core/cholesky.h"
#include "core/gram.h"
#include "core/jacobian.h"
#include "core/lbfgs.h"
#include "core/lm.h"
#include "core/sweep.h"
#include "tests/core/fault.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>

enum { SLACK = 64 * 1024 }; /* bytes, and 2 % */

/* Rows of data, and a network with one hidden layer. */
typedef struct Shape {
    size_t rows, inputs, hidden, outputs;
} Shape;

static real parameters_of(const Shape *s)
{
    return (real)((s->inputs + 1) * s->hidden + (s->hidden + 1) * s->outputs);
}

static real widest(const Shape *s)
{
    return fmax(fmax((real)s->inputs, (real)s->hidden), (real)s->outputs);
}

static size_t filled_up(size_t width)
{
    return width == 1 ? 1 : (width + 7) / 8 * 8;
}

static size_t filled_to_line(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* All parameters of a layer twice, where its width is to be filled up. */
static real filled_layer(size_t in, size_t out)
{
    const size_t cols = filled_up(out);
    return cols == out ? 0 : 2 * (real)((in + 1) * cols);
}

static real of_pass(const Shape *s)
{
    const int is_wide = s->inputs * s->hidden >= 1 << 16 || s->hidden * s->outputs >= 1 << 16;
    const real layers = (real)(filled_up(s->hidden) + filled_up(s->outputs));
    const real weights = (real)(s->outputs * filled_up(s->hidden));
    return (is_wide ? 128 : 32) * (2 * layers + widest(s)) + weights +
           filled_layer(s->inputs, s->hidden) + filled_layer(s->hidden, s->outputs);
}

/* Chunks have as many rows as they can for all shapes here. */
static real of_sweep(const Shape *s, real rows, const Team *lent)
{
    const real chunks = ceil(rows / SWEEP_CHUNK_ROWS);
    const real team = fmin(chunks, lent != NULL ? (real)lent->workers : 1);
    const real count = parameters_of(s), each = floor((real)(1 << 19) / count / team);
    const real slots = team < 2 ? 1 : team * fmin(fmax(each, 1), 4);
    return team * of_pass(s) + (chunks > 1 ? fmin(chunks, slots) * count : 0);
}

static real of_optimiser(const Shape *s, const OptRule *rule, const Team *lent)
{
    const real count = parameters_of(s), layers = (real)(s->hidden + s->outputs);
    const real filled = 8 * ceil(count / 8), workers = lent != NULL ? (real)lent->workers : 1;
    switch (rule->family) {
    case OPT_FIRST_ORDER:
        break;
    case OPT_LBFGS:
        return 23 * count;
    case OPT_LEVENBERG_MARQUARDT:
        return 2 * count * filled + (2 + CHOLESKY_PANEL) * filled +
               GRAM_ROWS * (real)(filled_to_line(s->inputs + 1) + filled_to_line(s->hidden) +
                                  filled_to_line(s->hidden + 1)) +
               workers * (count + widest(s) + 2 * JACOBIAN_ROWS * layers + GRAM_SCRATCH);
    }
    return (real)rule->slots * count;
}

/* The formula, in bytes. */
static real predicted(const Shape *s, const TrainOptions *o)
{
    const real columns = (real)(s->inputs + s->outputs), data = (real)s->rows * columns;
    const real held_out = o->validation_split * (real)s->rows;
    const real training = (real)s->rows - held_out;
    const int is_shuffled = o->shuffle && o->batch_size > 0 && !o->optimizer->full_batch;
    const real whole = data + 2 * columns + (held_out > 0 ? 3 : 2) * parameters_of(s) +
                       of_optimiser(s, o->optimizer, o->team) +
                       of_sweep(s, fmax(training, held_out), o->team) +
                       is_shuffled * ((real)o->batch_size * columns + training);
    return 8 * fmax(data + held_out * columns, whole);
}

static void run_in_turn(void *context, size_t tasks, TeamTask *task, void *argument)
{
    (void)context;
    for (size_t i = 0; i < tasks; i++) {
        task(argument, i, i % 3);
    }
}

static const Team three = {.workers = 3, .run = run_in_turn};

/* The peak of a training of one epoch, with its data. */
static real measured(const Shape *s, const TrainOptions *options)
{
    fault_arm(0);
    Trainer *trainer =
        fixture_trainer(options, NULL, fixture_data(s->rows, s->inputs, s->outputs, 1));
    const TrainEnd end = trainer_run(trainer, NULL);
    fault_disarm();
    trainer_free(trainer);
    cr_assert_eq(end, TRAIN_MAX_EPOCHS, "%s", options->optimizer->name);
    return (real)fault_peak();
}

/* Bit by bit: batches, shuffle, validation split, team. */
static void assert_as_predicted(const Shape *s, const OptRule *rule, unsigned kind)
{
    TrainOptions options = fixture_options();
    options.optimizer = rule;
    options.opt.learning_rate = 1e-4;
    options.hidden[0] = s->hidden;
    options.epochs = 1;
    options.standardize = 1;
    options.batch_size = (kind & 1) ? 64 : 0;
    options.shuffle = (kind & 2) != 0;
    options.validation_split = (kind & 4) ? 0.25 : 0;
    options.team = (kind & 8) ? &three : NULL;
    const real formula = predicted(s, &options), peak = measured(s, &options);
    cr_assert(fabs(peak - formula) <= SLACK + 0.02 * formula, "%s %u: %g KiB, not %g KiB",
              rule->name, kind, peak / 1024, formula / 1024);
}

static void assert_all_as_predicted(Shape s)
{
    if (!fault_supported()) {
        cr_skip_test("the sanitizer owns the allocator");
    }
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        const int is_lm = opt_at(i)->family == OPT_LEVENBERG_MARQUARDT;
        for (unsigned kind = 0; kind < 16; kind++) {
            if (!is_lm || parameters_of(&s) < 1000) {
                assert_as_predicted(&s, opt_at(i), kind);
            }
        }
    }
}

Test(footprint, of_many_rows_is_as_predicted)
{
    assert_all_as_predicted((Shape){.rows = 6000, .inputs = 40, .hidden = 3, .outputs = 2});
}

Test(footprint, of_many_parameters_is_as_predicted)
{
    assert_all_as_predicted((Shape){.rows = 150, .inputs = 200, .hidden = 151, .outputs = 3});
    assert_all_as_predicted((Shape){.rows = 1500, .inputs = 150, .hidden = 100, .outputs = 24});
}

Test(footprint, of_a_matrix_of_parameters_is_as_predicted)
{
    assert_all_as_predicted((Shape){.rows = 200, .inputs = 20, .hidden = 40, .outputs = 1});
}

Test(footprint, of_a_narrow_layer_on_many_inputs_is_as_predicted)
{
    assert_all_as_predicted((Shape){.rows = 96, .inputs = 5000, .hidden = 2, .outputs = 1});
}
