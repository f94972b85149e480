/* The table of hyperparameters: defaults, ranges, what null means, and that what is kept reads
 * back.
 */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "state/hyper.h"
#include "test_store_fixture.h"

static Hyper hyper;
static Problem problem;

static void start(void)
{
    spec_start();
    problem_clear(&problem);
    memset(&hyper, 0, sizeof hyper);
    cr_assert_eq(spec_defaults(hyper_table(), &hyper), STATUS_OK);
}

TestSuite(hyper, .init = start, .fini = fixture_no_leaks);

static const SpecField *row(size_t i)
{
    return &hyper_table().field[i];
}

/* Whether a value, as text, is taken for row i. */
static bool takes(size_t i, const char *text)
{
    problem_clear(&problem);
    cr_assert(spec_decode_text(hyper_table(), row(i)->name, text, &hyper, &problem));
    return problem.status == STATUS_OK;
}

static bool takes_number(size_t i, double value)
{
    char text[REAL_TEXT];
    real_text(value, text);
    return takes(i, text);
}

static bool is_number(size_t i)
{
    return row(i)->kind == SPEC_REAL || row(i)->kind == SPEC_WHOLE || row(i)->kind == SPEC_WHOLES;
}

Test(hyper, defaults_are_those_of_the_interface)
{
    cr_expect(hyper.hidden.count == 1 && hyper.hidden.v[0] == 16);
    cr_expect_str_eq(act_at(hyper.activation)->name, "tanh");
    cr_expect_str_eq(opt_at(hyper.optimizer)->name, "gradient_descent");
    cr_expect(isnan(hyper.learning_rate) && hyper.momentum == 0 && !hyper.nesterov);
    cr_expect(hyper.beta1 == 0.9 && hyper.beta2 == 0.999 && hyper.epsilon == 1e-8);
    cr_expect(hyper.batch_size == 0 && hyper.shuffle && hyper.epochs == 1000);
    cr_expect(hyper.tolerance == 1e-6 && hyper.patience == 20 && hyper.gradient_tolerance == 0);
    cr_expect(hyper.validation_split == 0 && hyper.l2 == 0 && hyper.standardize);
    cr_expect(hyper.init == SPEC_NULL_CHOICE && hyper.seed == 0);
    cr_expect(isnan(hyper.time_limit) && hyper.checkpoint_seconds == 5);
}

Test(hyper, every_name_is_there_once_and_fits_a_query)
{
    for (size_t i = 0; i < hyper_table().count; i++) {
        cr_expect_eq(strspn(row(i)->name, "abcdefghijklmnopqrstuvwxyz_0123456789"),
                     strlen(row(i)->name));
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(row(i)->name, row(j)->name);
    }
}

Test(hyper, every_default_is_taken_as_text_too)
{
    for (size_t i = 0; i < hyper_table().count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", row(i)->otherwise);
        size_t n = strlen(text);
        bool quotes = text[0] == '"';
        text[n - quotes] = '\0';
        cr_expect(takes(i, text + quotes), "%s=%s", row(i)->name, text);
    }
}

Test(hyper, every_number_takes_the_ends_of_its_range_and_nothing_beyond)
{
    for (size_t i = 0; i < hyper_table().count; i++) {
        if (!is_number(i))
            continue;
        bool above = row(i)->flags & SPEC_ABOVE_MIN, below = row(i)->flags & SPEC_BELOW_MAX;
        double step = row(i)->kind == SPEC_REAL ? 0 : 1;
        double under = step > 0 ? row(i)->min - 1 : nextafter(row(i)->min, -DBL_MAX);
        double over = step > 0 ? row(i)->max + 1 : nextafter(row(i)->max, DBL_MAX);
        cr_expect_eq(takes_number(i, row(i)->min), !above, "%s", row(i)->name);
        cr_expect_eq(takes_number(i, row(i)->max), !below, "%s", row(i)->name);
        cr_expect(!takes_number(i, under), "%s", row(i)->name);
        cr_expect(over == row(i)->max || !takes_number(i, over), "%s", row(i)->name);
    }
}

Test(hyper, every_choice_is_taken_by_its_name)
{
    for (size_t i = 0; i < hyper_table().count; i++)
        for (size_t c = 0; row(i)->kind == SPEC_CHOICE && row(i)->choice(c); c++) {
            cr_expect(takes(i, row(i)->choice(c)), "%s", row(i)->choice(c));
            cr_expect_eq(*(size_t *)((char *)&hyper + row(i)->offset), c);
        }
}

Test(hyper, null_is_taken_just_where_the_table_says_so)
{
    for (size_t i = 0; i < hyper_table().count; i++)
        cr_expect_eq(takes(i, "null"), (row(i)->flags & SPEC_NULL_TOO) != 0, "%s", row(i)->name);
}

Test(hyper, no_row_takes_what_is_not_finite)
{
    static const char *const wrong[] = {"NaN", "nan", "Infinity", "-inf", "1e999"};
    for (size_t i = 0; i < hyper_table().count; i++)
        for (size_t w = 0; w < 5; w++)
            cr_expect(!takes(i, wrong[w]), "%s=%s", row(i)->name, wrong[w]);
}

static size_t choices(size_t i)
{
    size_t count = 0;
    while (row(i)->choice(count))
        count++;
    return count;
}

/* A hyper with every number at random within its range. */
static void draw(Rng *rng)
{
    for (size_t i = 0; i < hyper_table().count; i++) {
        void *member = (char *)&hyper + row(i)->offset;
        double low = row(i)->min, high = row(i)->max < 1e9 ? row(i)->max : 1e9;
        if (row(i)->kind == SPEC_REAL)
            *(double *)member = rng_uniform(rng, low, high) * 0.999 + 1e-9;
        else if (row(i)->kind == SPEC_WHOLE)
            *(int64_t *)member = (int64_t)fmax(low, 1) + (int64_t)rng_below(rng, (size_t)high - 1);
        else if (row(i)->kind == SPEC_BOOL)
            *(bool *)member = rng_below(rng, 2) == 1;
        else if (row(i)->kind == SPEC_CHOICE)
            *(size_t *)member = rng_below(rng, choices(i));
    }
    hyper.hidden.count = rng_below(rng, SPEC_LIST_MAX + 1);
    for (size_t i = 0; i < SPEC_LIST_MAX; i++)
        hyper.hidden.v[i] = i < hyper.hidden.count ? 1 + (int64_t)rng_below(rng, 65536) : 0;
}

static void expect_same_back(void)
{
    Hyper back;
    Encoder encoder = {0};
    memset(&back, 0, sizeof back);
    spec_encode(hyper_table(), &hyper, &encoder);
    cr_assert(!encoder.refused);
    cr_assert_eq(hyper_read(encoder.text.bytes, &back), STATUS_OK, "%s", encoder.text.bytes);
    for (size_t i = 0; i < hyper_table().count; i++) {
        static const size_t sizes[] = {sizeof(bool), sizeof(int64_t), sizeof(double),
                                       sizeof(size_t), sizeof(SpecList)};
        const char *a = (const char *)&hyper + row(i)->offset;
        const char *b = (const char *)&back + row(i)->offset;
        cr_assert_eq(memcmp(a, b, sizes[row(i)->kind]), 0, "%s in %s", row(i)->name,
                     encoder.text.bytes);
    }
    text_free(&encoder.text);
}

Test(hyper, what_is_kept_reads_back_bit_by_bit)
{
    Rng rng = rng_seeded(4);
    for (int i = 0; i < 500; i++) {
        draw(&rng);
        expect_same_back();
    }
}

Test(hyper, the_largest_seed_reads_back_exactly)
{
    hyper.seed = 9007199254740991;
    hyper.learning_rate = 5e-324;
    hyper.time_limit = 1e9;
    hyper.init = NET_UNIFORM;
    expect_same_back();
}

Test(hyper, nulls_stay_null_when_they_are_kept)
{
    Hyper back;
    Encoder encoder = {0};
    spec_encode(hyper_table(), &hyper, &encoder);
    cr_assert_eq(hyper_read(encoder.text.bytes, &back), STATUS_OK);
    cr_expect(isnan(back.learning_rate) && isnan(back.time_limit));
    cr_expect(back.batch_size == 0 && back.init == SPEC_NULL_CHOICE);
    text_free(&encoder.text);
}

Test(hyper, what_cannot_be_read_from_the_store_is_damaged)
{
    cr_expect_eq(hyper_read("", &hyper), STATUS_DAMAGED);
    cr_expect_eq(hyper_read("[]", &hyper), STATUS_DAMAGED);
    cr_expect_eq(hyper_read("{\"epochs\":0}", &hyper), STATUS_DAMAGED);
    cr_expect_eq(hyper_read("{\"unheard_of\":1}", &hyper), STATUS_DAMAGED);
}

Test(hyper, the_learning_rate_is_the_optimizers_own_unless_it_is_given)
{
    for (size_t i = 0; opt_at(i); i++) {
        hyper.optimizer = i;
        hyper.learning_rate = (double)NAN;
        hyper_resolve(&hyper);
        if (opt_at(i)->learning_rate > 0)
            cr_expect_eq(hyper.learning_rate, opt_at(i)->learning_rate);
        else
            cr_expect(isnan(hyper.learning_rate), "%s has none", opt_at(i)->name);
    }
    hyper.learning_rate = 0.5;
    hyper_resolve(&hyper);
    cr_expect_eq(hyper.learning_rate, 0.5);
}

Test(hyper, the_weights_are_drawn_as_the_activation_wants_unless_it_is_given)
{
    static const char *const xavier[] = {"sigmoid", "tanh", "identity"};
    for (size_t i = 0; act_at(i); i++) {
        bool smooth = false;
        for (size_t s = 0; s < 3; s++)
            smooth = smooth || strcmp(act_at(i)->name, xavier[s]) == 0;
        hyper.activation = i;
        hyper.init = SPEC_NULL_CHOICE;
        hyper_resolve(&hyper);
        cr_expect_eq(hyper.init, smooth ? NET_XAVIER_UNIFORM : NET_HE_UNIFORM, "%s",
                     act_at(i)->name);
    }
    hyper.init = NET_UNIFORM;
    hyper_resolve(&hyper);
    cr_expect_eq(hyper.init, NET_UNIFORM);
}

Test(hyper, the_core_trains_by_what_is_resolved)
{
    cr_assert(takes(0, "9,8,7"));
    hyper.seed = 42;
    hyper.batch_size = 32;
    hyper.nesterov = true;
    hyper_resolve(&hyper);
    TrainOptions options = hyper_fit_options(&hyper).train;
    cr_expect(options.hidden_count == 3 && options.hidden[0] == 9 && options.hidden[2] == 7);
    cr_expect_str_eq(options.activation->name, "tanh");
    cr_expect_str_eq(options.optimizer->name, "gradient_descent");
    cr_expect(options.opt.learning_rate == options.optimizer->learning_rate);
    cr_expect(options.opt.beta1 == 0.9 && options.opt.beta2 == 0.999 && options.opt.decay == 0.99);
    cr_expect(options.opt.epsilon == 1e-8 && options.opt.momentum == 0 && options.opt.nesterov);
    cr_expect(options.batch_size == 32 && options.seed == 42 && options.epochs == 1000);
    cr_expect(options.shuffle && options.standardize && options.patience == 20);
    cr_expect(options.tolerance == 1e-6 && options.init == NET_XAVIER_UNIFORM);
}

Test(hyper, the_deepest_network_has_room)
{
    hyper.hidden.count = SPEC_LIST_MAX;
    for (size_t i = 0; i < SPEC_LIST_MAX; i++)
        hyper.hidden.v[i] = (int64_t)i + 1;
    TrainOptions options = hyper_fit_options(&hyper).train;
    cr_expect(options.hidden_count == TRAIN_HIDDEN_MAX && options.hidden[63] == 64);
}

static void expect_mistake_at(const char *name, const char *words)
{
    char at[PROBLEM_POINTER];
    problem_clear(&problem);
    hyper_check(&hyper, &(HyperTask){8193, 1000, HYPER_DRAWN, false}, "?", &problem);
    cr_assert_eq(problem.count, 1, "%s: %zu", name, problem.count);
    snprintf(at, sizeof at, "?%s", name);
    cr_expect_str_eq(problem.item[0].pointer, at);
    cr_expect(strstr(problem.item[0].detail, words), "%s", problem.item[0].detail);
}

static void take(const char *name, const char *text)
{
    problem_clear(&problem);
    cr_assert(spec_decode_text(hyper_table(), name, text, &hyper, &problem));
    cr_assert_eq(problem.status, STATUS_OK);
}

Test(hyper, methods_of_the_whole_split_refuse_batches_schedules_and_clipping)
{
    static const char *const names[] = {"rprop", "lbfgs"};
    for (size_t i = 0; i < 2; i++) {
        start();
        take("optimizer", names[i]);
        hyper_resolve(&hyper);
        take("batch_size", "32");
        expect_mistake_at("batch_size", "must be null with");
        take("batch_size", "null");
        take("schedule", "cosine");
        expect_mistake_at("schedule", names[i]);
        take("schedule", "constant");
        take("clip_norm", "1");
        expect_mistake_at("clip_norm", names[i]);
    }
    take("clip_norm", "null");
    take("learning_rate", "0.1");
    expect_mistake_at("learning_rate", "must be null with lbfgs");
}

Test(hyper, what_levenberg_marquardt_cannot_take_is_named)
{
    take("optimizer", "levenberg_marquardt");
    hyper_resolve(&hyper);
    expect_mistake_at("optimizer", "at most 8192 parameters, this network has 8193");
    problem_clear(&problem);
    hyper_check(&hyper, &(HyperTask){8192, 1000, HYPER_DRAWN, false}, "?", &problem);
    cr_expect_eq(problem.status, STATUS_OK);
}

Test(hyper, bayesian_regularisation_needs_levenberg_marquardt_and_picks_l2_itself)
{
    take("regularization", "bayesian");
    take("optimizer", "adam");
    hyper_resolve(&hyper);
    expect_mistake_at("regularization", "needs the optimizer levenberg_marquardt, got adam");
    take("optimizer", "levenberg_marquardt");
    take("learning_rate", "null");
    take("l2", "0.1");
    problem_clear(&problem);
    hyper_check(&hyper, &(HyperTask){10, 1000, HYPER_DRAWN, false}, "?", &problem);
    cr_assert_eq(problem.count, 1);
    cr_expect_str_eq(problem.item[0].pointer, "?l2");
    take("l2", "0");
    problem_clear(&problem);
    hyper_check(&hyper, &(HyperTask){10, 1000, HYPER_DRAWN, false}, "?", &problem);
    cr_expect_eq(problem.count, 0);
    cr_expect(hyper_fit_options(&hyper).train.bayesian);
}

Test(hyper, every_optimizer_goes_with_the_defaults)
{
    for (size_t i = 0; opt_at(i); i++) {
        start();
        hyper.optimizer = i;
        hyper_resolve(&hyper);
        hyper_check(&hyper, &(HyperTask){8192, 1000, HYPER_DRAWN, false}, "?", &problem);
        cr_expect_eq(problem.count, 0, "%s", opt_at(i)->name);
    }
}

Test(hyper, schedules_take_the_members_that_are_theirs)
{
    take("step_epochs", "7");
    take("step_factor", "0.25");
    take("plateau_patience", "9");
    take("plateau_factor", "0.75");
    take("schedule_floor", "0.125");
    take("clip_norm", "3");
    hyper_resolve(&hyper);
    for (size_t kind = SCHEDULE_CONSTANT; kind <= SCHEDULE_PLATEAU; kind++) {
        hyper.schedule = kind;
        TrainOptions options = hyper_fit_options(&hyper).train;
        bool steps = kind == SCHEDULE_STEP;
        cr_expect_eq(options.schedule.kind, (ScheduleKind)kind);
        cr_expect_eq(options.schedule.period, steps ? 7 : 9);
        cr_expect_eq(options.schedule.factor, steps ? 0.25 : 0.75);
        cr_expect(options.schedule.floor == 0.125 && options.clip_norm == 3);
        cr_expect(!options.bayesian);
    }
}
