/* Presets, and the checks of what a whole job makes: its runs, its folds, and where it starts. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "state/preset.h"
#include "test_store_fixture.h"

static Hyper hyper;
static Problem problem;

static void start(void)
{
    spec_start();
    problem_clear(&problem);
    memset(&hyper, 0, sizeof hyper);
    cr_assert_eq(preset_begin(NULL, &hyper), STATUS_OK);
}

TestSuite(preset, .init = start, .fini = fixture_no_leaks);

static void take(const char *name, const char *text)
{
    problem_clear(&problem);
    cr_assert(spec_decode_text(hyper_table(), name, text, &hyper, &problem), "%s", name);
    cr_assert_eq(problem.status, STATUS_OK, "%s=%s: %s", name, text, problem.item[0].detail);
}

static void check(HyperTask task)
{
    hyper_resolve(&hyper);
    problem_clear(&problem);
    hyper_check(&hyper, &task, "?", &problem);
}

static const HyperTask small = {.parameters = 10, .rows = 100, .start = HYPER_DRAWN};

static void expect_mistake(HyperTask task, const char *name, const char *words)
{
    char at[PROBLEM_POINTER];
    check(task);
    cr_assert_eq(problem.count, 1, "%s: %zu mistakes", name, problem.count);
    snprintf(at, sizeof at, "?%s", name);
    cr_expect_str_eq(problem.item[0].pointer, at);
    cr_expect(strstr(problem.item[0].detail, words), "%s", problem.item[0].detail);
}

static void expect_none(HyperTask task)
{
    check(task);
    cr_expect_eq(problem.count, 0, "%s", problem.item[0].detail);
}

static bool same(const Hyper *a, const Hyper *b)
{
    Encoder one = {0}, other = {0};
    spec_encode(hyper_table(), a, &one);
    spec_encode(hyper_table(), b, &other);
    bool equal = strcmp(one.text.bytes, other.text.bytes) == 0;
    text_free(&one.text);
    text_free(&other.text);
    return equal;
}

Test(preset, without_one_of_that_name_there_are_the_defaults)
{
    static const char *const names[] = {NULL, "", "accurat", "null"};
    Hyper plain, begun;
    cr_assert_eq(spec_defaults(hyper_table(), &plain), STATUS_OK);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(preset_begin(names[i], &begun), STATUS_OK);
        cr_expect(same(&plain, &begun));
    }
}

Test(preset, every_preset_is_sound_and_changes_something)
{
    for (size_t i = 0; preset_name(i); i++) {
        Hyper plain = hyper;
        cr_assert_eq(preset_begin(preset_name(i), &hyper), STATUS_OK, "%s", preset_name(i));
        cr_expect(!same(&plain, &hyper));
        take("preset", preset_name(i));
        cr_expect_eq(hyper.preset, i);
        expect_none(small);
    }
}

Test(preset, all_of_them_are_told_as_json)
{
    Encoder encoder = {0};
    preset_encode_all(&encoder);
    cr_assert(encoder.text.bytes);
    cr_expect(strncmp(encoder.text.bytes, "{\"accurate\":{\"", 14) == 0, "%s", encoder.text.bytes);
    text_free(&encoder.text);
}

Test(preset, another_optimizer_than_the_presets_is_told_what_stands_in_its_way)
{
    take("preset", "accurate");
    take("regularization", "bayesian");
    take("optimizer", "adam");
    expect_mistake(small, "regularization",
                   "\"bayesian\" (of the preset accurate) needs the optimizer "
                   "levenberg_marquardt, got adam; with adam, give null here");
    take("regularization", "null");
    expect_none(small);
}

Test(preset, a_job_makes_at_most_a_thousand_trainings)
{
    take("restarts", "10");
    take("ensemble", "10");
    take("cross_validation", "9");
    expect_none(small);
    take("cross_validation", "10");
    expect_mistake(small, "cross_validation",
                   "makes 1100 trainings of this job: (10 folds + 1) x an ensemble of 10 x 10 "
                   "restarts; a job makes at most 1000");
    take("ensemble", "11");
    expect_mistake(small, "ensemble", "makes 1210 trainings");
    take("restarts", "12");
    expect_mistake(small, "restarts", "makes 1452 trainings");
    take("cross_validation", "null");
    take("ensemble", "1");
    take("restarts", "1000");
    expect_none(small);
}

Test(preset, there_is_a_row_for_each_fold)
{
    HyperTask task = small;
    take("cross_validation", "20");
    task.rows = 20;
    expect_none(task);
    task.rows = 19;
    expect_mistake(task, "cross_validation",
                   "must be at most the number of rows, which is 19 in this dataset, got 20");
}

Test(preset, given_layers_are_those_of_one_network_that_starts_once)
{
    HyperTask task = small;
    task.start = HYPER_LAYERS;
    take("cross_validation", "5");
    expect_none(task);
    take("restarts", "2");
    expect_mistake(task, "restarts", "must be 1 with initial_layers");
    take("restarts", "1");
    take("ensemble", "3");
    expect_mistake(task, "ensemble", "must be 1 with initial_layers");
}

Test(preset, a_model_starts_once_and_is_not_cross_validated)
{
    HyperTask task = small;
    task.start = HYPER_MODEL;
    take("ensemble", "3");
    expect_none(task);
    take("restarts", "2");
    expect_mistake(task, "restarts", "must be 1 with from_model");
    take("restarts", "1");
    take("cross_validation", "5");
    expect_mistake(task, "cross_validation", "has seen the rows");
}

Test(preset, the_core_fits_by_what_is_resolved)
{
    take("restarts", "4");
    take("ensemble", "3");
    FitOptions options = hyper_fit_options(&hyper);
    cr_expect(options.restarts == 4 && options.ensemble == 3 && options.folds == 0);
    take("cross_validation", "7");
    cr_expect_eq(hyper_fit_options(&hyper).folds, 7);
}

Test(preset, what_a_preset_brought_is_told_where_it_is_refused)
{
    HyperTask task = small;
    cr_assert_eq(preset_begin("accurate", &hyper), STATUS_OK);
    take("preset", "accurate");
    task.start = HYPER_LAYERS;
    expect_mistake(task, "ensemble", "got 5 (of the preset accurate); give 1 here");
    take("ensemble", "1");
    expect_none(task);
    task.parameters = 1000000;
    expect_mistake(task, "optimizer", "levenberg_marquardt (of the preset accurate) keeps");
    expect_mistake(task, "optimizer", "or give lbfgs here and null as regularization");
}
