/* Out of memory, at each allocation in turn: it is an outcome, and nothing leaks. */
#include "core/blob.h"
#include "core/checkpoint.h"
#include "core/fit.h"
#include "core/sweep.h"
#include "tests/core/fault.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const size_t width[] = {3, 5, 4, 2};

/* Something that allocates, uses and frees; OUTCOME_NO_MEMORY where it could not. */
typedef Outcome Use(const void *context);

/* Lets each allocation of a use fail until there is none left to fail. */
static void assert_survives(Use *use, const void *context, size_t at_least)
{
    size_t fail_at = 1;
    for (;; fail_at++) {
        fault_arm(fail_at);
        const Outcome outcome = use(context);
        const int failed = fault_disarm();
        cr_assert_not(fault_leaked(), "leak with failure %zu", fail_at);
        cr_assert_eq(outcome, failed ? OUTCOME_NO_MEMORY : OUTCOME_OK, "failure %zu", fail_at);
        if (!failed) {
            break;
        }
    }
    cr_assert(!fault_supported() || fail_at > at_least, "only %zu allocations", fail_at - 1);
}

static Outcome use_net(const void *context)
{
    Net *net = net_new(3, width, act_find("tanh"));
    Net *copy = net != NULL ? net_copy(net) : NULL;
    const Outcome outcome = copy != NULL ? OUTCOME_OK : OUTCOME_NO_MEMORY;
    (void)context;
    net_free(net);
    net_free(copy);
    return outcome;
}

Test(memory, networks_survive_its_lack)
{
    assert_survives(use_net, NULL, 4);
}

static Outcome use_sweep(const void *context)
{
    const Team *team = context;
    Net *net = net_new(3, width, act_find("tanh"));
    Sweep *sweep = net != NULL ? sweep_new(net, 10 * SWEEP_CHUNK_ROWS, team) : NULL;
    const Outcome outcome = sweep != NULL ? OUTCOME_OK : OUTCOME_NO_MEMORY;
    sweep_free(sweep);
    net_free(net);
    return outcome;
}

Test(memory, sweeps_survive_its_lack)
{
    assert_survives(use_sweep, &(Team){.workers = 3}, 10);
}

static Outcome use_data(const void *context)
{
    Outcome outcome = OUTCOME_NO_MEMORY;
    Rng rng = rng_seeded(1);
    size_t training;
    Data *data = data_new(10, 3, 2);
    Scaling *scaling = scaling_new(3, 2);
    Scaling *copy = scaling != NULL ? scaling_copy(scaling) : NULL;
    (void)context;
    if (data != NULL && copy != NULL) {
        outcome = data_split(data, 0.5, &rng, &training);
    }
    data_free(data);
    scaling_free(scaling);
    scaling_free(copy);
    return outcome;
}

Test(memory, data_and_scalings_survive_its_lack)
{
    assert_survives(use_data, NULL, 9);
}

Test(memory, a_split_without_it_changes_nothing)
{
    size_t training;
    Rng rng = rng_seeded(1);
    const Rng before = rng;
    Data *data = fixture_data(10, 3, 2, 1), *same = fixture_data(10, 3, 2, 1);
    fault_arm(1);
    const Outcome outcome = data_split(data, 0.5, &rng, &training);
    if (fault_disarm()) {
        cr_assert_eq(outcome, OUTCOME_NO_MEMORY);
        cr_assert_eq(rng.state[0], before.state[0]);
        cr_assert(fixture_same_bits(data->v, same->v, 50));
    }
    data_free(data);
    data_free(same);
}

static Outcome use_pass_and_opt(const void *context)
{
    Pass *pass = pass_new(context);
    const OptOptions options = {.learning_rate = 1};
    Opt *opt = opt_new(opt_find("adam"), &options, 100);
    const Outcome outcome = pass != NULL && opt != NULL ? OUTCOME_OK : OUTCOME_NO_MEMORY;
    pass_free(pass);
    opt_free(opt);
    return outcome;
}

Test(memory, scratch_and_optimisers_survive_its_lack)
{
    Net *net = fixture_net(3, width, "tanh", 1);
    assert_survives(use_pass_and_opt, net, 5);
    net_free(net);
}

/* A whole training; the options say of which kind. */
static Outcome use_trainer(const void *context)
{
    Trainer *trainer;
    Score training, validation;
    Data *data = data_new(40, 3, 2);
    if (data == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < 200; i++) {
        data->v[i] = (real)(i * i % 17);
    }
    Outcome outcome = trainer_new_take(context, NULL, &trainer, data);
    if (outcome != OUTCOME_OK) {
        return outcome;
    }
    outcome = trainer_run(trainer, NULL) == TRAIN_MAX_EPOCHS
                  ? trainer_score(trainer, &training, &validation)
                  : OUTCOME_DIVERGED;
    Model *model = trainer_model(trainer);
    if (model == NULL) {
        outcome = OUTCOME_NO_MEMORY;
    }
    unsigned char *bytes = NULL;
    size_t size;
    outcome = outcome == OUTCOME_OK ? trainer_save(trainer, &bytes, &size) : outcome;
    outcome = outcome == OUTCOME_OK ? trainer_load(trainer, bytes, size) : outcome;
    free(bytes);
    model_free(model);
    trainer_free(trainer);
    return outcome;
}

Test(memory, trainings_survive_its_lack)
{
    TrainOptions options = fixture_options();
    options.epochs = 2;
    options.patience = 9;
    options.standardize = 1;
    assert_survives(use_trainer, &options, 15);
    options.validation_split = 0.25;
    options.batch_size = 8;
    options.shuffle = 1;
    options.optimizer = opt_find("adam");
    assert_survives(use_trainer, &options, 25);
    options.optimizer = opt_find("lbfgs");
    assert_survives(use_trainer, &options, 25);
    options.optimizer = opt_find("levenberg_marquardt");
    assert_survives(use_trainer, &options, 28);
}

static Outcome use_model(const void *context)
{
    const Model *model = context;
    const real x[3] = {1, 2, 3};
    real y[2];
    unsigned char *bytes = NULL, *net_bytes = NULL;
    size_t size, net_size;
    Model *back = NULL;
    Net *net = NULL;
    Outcome outcome = model_predict(model, mat_in(x, 1, 3), mat_out(y, 1, 2), (Mat){0});
    outcome = outcome == OUTCOME_OK ? blob_from_model(model, &bytes, &size) : outcome;
    outcome = outcome == OUTCOME_OK ? blob_to_model(bytes, size, &back) : outcome;
    outcome =
        outcome == OUTCOME_OK ? blob_from_net(model->member[0], &net_bytes, &net_size) : outcome;
    outcome = outcome == OUTCOME_OK ? blob_to_net(net_bytes, net_size, &net) : outcome;
    free(bytes);
    free(net_bytes);
    model_free(back);
    net_free(net);
    return outcome;
}

Test(memory, predictions_and_blobs_survive_its_lack)
{
    Scaling *scaling = scaling_new(3, 2);
    Model *model = model_new_take(fixture_net(3, width, "tanh", 1), scaling);
    cr_assert_not_null(model);
    assert_survives(use_model, model, 14);
    model_free(model);
}

static Outcome use_fit(const void *context)
{
    Fit *fit;
    TrainEnd end;
    Score score;
    Data *data = data_new(20, 3, 2);
    if (data == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    for (size_t i = 0; i < 100; i++) {
        data->v[i] = (real)(i * i % 17);
    }
    Outcome outcome = fit_new_take(context, NULL, &fit, data);
    if (outcome != OUTCOME_OK) {
        return outcome;
    }
    outcome = fit_train(fit, NULL, &end);
    outcome = outcome == OUTCOME_OK ? fit_score(fit, &score, NULL) : outcome;
    if (outcome == OUTCOME_OK) {
        Model *model = fit_model(fit);
        outcome = model == NULL ? OUTCOME_NO_MEMORY : OUTCOME_OK;
        model_free(model);
    }
    fit_free(fit);
    return outcome;
}

Test(memory, fits_survive_its_lack)
{
    FitOptions options = {.train = fixture_options(), .restarts = 2, .ensemble = 2, .folds = 2};
    options.train.epochs = 2;
    options.train.standardize = 1;
    assert_survives(use_fit, &options, 140);
}

static Outcome use_ensemble(const void *context)
{
    const Model *model = context;
    const real x[3] = {1, 2, 3};
    real y[2], std[2];
    unsigned char *bytes = NULL;
    size_t size;
    Model *back = NULL;
    Outcome outcome = model_predict(model, mat_in(x, 1, 3), mat_out(y, 1, 2), mat_out(std, 1, 2));
    outcome = outcome == OUTCOME_OK ? blob_from_model(model, &bytes, &size) : outcome;
    outcome = outcome == OUTCOME_OK ? blob_to_model(bytes, size, &back) : outcome;
    free(bytes);
    model_free(back);
    return outcome;
}

Test(memory, ensembles_survive_its_lack)
{
    Model *model = model_new_take(fixture_net(3, width, "tanh", 1), scaling_new(3, 2));
    cr_assert_not_null(model);
    cr_assert_eq(model_add_take(model, fixture_net(3, width, "tanh", 2)), OUTCOME_OK);
    assert_survives(use_ensemble, model, 17);
    model_free(model);
}

Test(memory, a_network_that_no_machine_holds_is_refused)
{
    const size_t huge[] = {(size_t)1 << 22, (size_t)1 << 22, (size_t)1 << 22};
    TrainOptions options = fixture_options();
    Trainer *trainer;
    if (sizeof(size_t) < 8) {
        cr_skip_test("the shape overflows instead, which is tested elsewhere");
    }
    options.hidden_count = 2;
    options.hidden[0] = options.hidden[1] = (size_t)1 << 24;
    cr_assert_null(net_new(2, huge, act_find("tanh")));
    cr_assert_eq(trainer_new_take(&options, NULL, &trainer, fixture_data(4, 3, 2, 9)),
                 OUTCOME_NO_MEMORY);
    cr_assert_null(trainer);
}
