/* What a training takes of memory is what footprint.h says, and no more. */
#include "core/footprint.h"
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
    const real formula = footprint_of_training(&options, s->rows, s->inputs, s->outputs);
    const real peak = measured(s, &options);
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
