/* The epoch loop: what a loss at epoch k means, batches, randomness, and learning at all. */
#include "core/train.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The network that a training of fixture_data(rows, 3, 2, 9) ends with. */
static Net *trained(const TrainOptions *options, const Net *initial, size_t rows)
{
    Trainer *trainer = fixture_trainer(options, initial, fixture_data(rows, 3, 2, 9));
    cr_assert_eq(trainer_run(trainer, NULL), TRAIN_MAX_EPOCHS);
    Net *net = net_copy(trainer_net(trainer));
    cr_assert_not_null(net);
    trainer_free(trainer);
    return net;
}

static real mean_squared_error(const Net *net, const Data *data)
{
    Pass *pass = pass_new(net);
    cr_assert_not_null(pass);
    const real sum = pass_squared_error(pass, net, data);
    pass_free(pass);
    return sum / ((real)data->rows * (real)data->outputs);
}

static void assert_equal_nets_take(Net *a, Net *b, int equal)
{
    cr_assert_eq(a->parameter_count, b->parameter_count);
    cr_assert_eq(fixture_same_bits(a->parameters, b->parameters, a->parameter_count), equal);
    net_free(a);
    net_free(b);
}

static void assert_losses_are_of_their_epochs(TrainOptions options, size_t rows)
{
    static Recorder recorder;
    recorder = (Recorder){0};
    const TrainHooks hooks = fixture_hooks(&recorder);
    Data *data = fixture_data(rows, 3, 2, 9);
    options.epochs = 7;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(rows, 3, 2, 9));
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_MAX_EPOCHS);
    cr_assert_eq(recorder.epochs, 8);
    for (size_t k = 0; k <= 7; k++) {
        options.epochs = k;
        Net *net = trained(&options, NULL, rows);
        const real loss = mean_squared_error(net, data);
        cr_assert_eq(recorder.seen[k].epoch, k);
        cr_assert_eq(recorder.seen[k].best_epoch, k);
        cr_assert(isnan(recorder.seen[k].validation_loss));
        cr_assert_float_eq(recorder.seen[k].train_loss, loss, 1e-14, "epoch %zu", k);
        cr_assert(k == 0 || recorder.seen[k].train_loss != recorder.seen[k - 1].train_loss);
        net_free(net);
    }
    data_free(data);
    trainer_free(trainer);
}

Test(train, loss_k_is_that_of_the_network_after_k_epochs)
{
    assert_losses_are_of_their_epochs(fixture_options(), 50);
}

Test(train, loss_k_is_exact_with_shuffled_batches_too)
{
    TrainOptions options = fixture_options();
    options.batch_size = 8;
    options.shuffle = 1;
    assert_losses_are_of_their_epochs(options, 50);
}

/* One epoch of updates over rows in this order, by hand. */
static void epoch_by_hand(Net *net, Opt *opt, const Data *data, size_t batch, const size_t *order)
{
    Pass *pass = pass_new(net);
    real *gradient = mat_zeros(net->parameter_count);
    Data *rows = data_new(batch, data->inputs, data->outputs);
    const size_t columns = data->inputs + data->outputs;
    cr_assert(pass != NULL && gradient != NULL && rows != NULL);
    for (size_t from = 0; from < data->rows; from += batch) {
        rows->rows = data->rows - from < batch ? data->rows - from : batch;
        for (size_t i = 0; i < rows->rows; i++) {
            memcpy(rows->v + i * columns, data->v + order[from + i] * columns,
                   columns * sizeof(real));
        }
        memset(gradient, 0, net->parameter_count * sizeof(real));
        const real numbers = (real)rows->rows * (real)rows->outputs;
        (void)pass_gradient(pass, net, rows, 1 / numbers, gradient);
        opt_step(opt, gradient, net->parameters);
    }
    data_free(rows);
    free(gradient);
    pass_free(pass);
}

/* Three epochs as the documentation of the generator has them: first parameters, then orders. */
static Net *trained_by_hand(const TrainOptions *options, size_t rows)
{
    size_t order[64];
    Rng rng = rng_seeded(options->seed);
    Split *split;
    cr_assert_eq(split_new_take(options, 0, &split, fixture_data(rows, 3, 2, 9)), OUTCOME_OK);
    const Data *data = &split->training;
    Net *net = net_new(2, (const size_t[]){3, options->hidden[0], 2}, options->activation);
    cr_assert_not_null(net);
    net_init(net, options->init, &rng);
    Opt *opt = opt_new(options->optimizer, &options->opt, net->parameter_count);
    cr_assert_not_null(opt);
    for (size_t i = 0; i < data->rows; i++) {
        order[i] = i;
    }
    for (size_t epoch = 0; epoch < 3; epoch++) {
        if (options->shuffle) {
            rng_shuffle(&rng, data->rows, order);
        }
        epoch_by_hand(net, opt, data, options->batch_size, order);
    }
    opt_free(opt);
    split_free(split);
    return net;
}

Test(train, batches_take_the_rows_in_turn_and_the_last_may_be_short)
{
    TrainOptions options = fixture_options();
    options.optimizer = opt_find("adam");
    options.epochs = 3;
    for (options.batch_size = 1; options.batch_size < 11; options.batch_size++) {
        assert_equal_nets_take(trained(&options, NULL, 11), trained_by_hand(&options, 11), 1);
    }
}

Test(train, one_generator_gives_parameters_then_orders)
{
    TrainOptions options = fixture_options();
    options.batch_size = 8;
    options.shuffle = 1;
    options.epochs = 3;
    assert_equal_nets_take(trained(&options, NULL, 50), trained_by_hand(&options, 50), 1);
    options.validation_split = 0.2;
    options.patience = 100;
    static Recorder recorder;
    const TrainHooks hooks = fixture_hooks(&recorder);
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(50, 3, 2, 9));
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_MAX_EPOCHS);
    cr_assert_eq(recorder.seen[3].best_epoch, 3, "else the weights below are not the last");
    assert_equal_nets_take(net_copy(trainer_net(trainer)), trained_by_hand(&options, 50), 1);
    trainer_free(trainer);
}

Test(train, a_batch_of_all_rows_or_more_is_the_whole_split)
{
    TrainOptions options = fixture_options();
    Net *whole = trained(&options, NULL, 20);
    options.shuffle = 1;
    options.batch_size = 20;
    assert_equal_nets_take(trained(&options, NULL, 20), net_copy(whole), 1);
    options.batch_size = SIZE_MAX;
    assert_equal_nets_take(trained(&options, NULL, 20), net_copy(whole), 1);
    options.batch_size = 19;
    assert_equal_nets_take(trained(&options, NULL, 20), whole, 0);
}

Test(train, one_row_can_be_learnt)
{
    static Recorder recorder;
    const TrainHooks hooks = fixture_hooks(&recorder);
    TrainOptions options = fixture_options();
    options.epochs = 200;
    options.standardize = 1;
    options.validation_split = 0.5;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(1, 3, 2, 9));
    cr_assert(trainer_training_rows(trainer) == 1 && trainer_validation_rows(trainer) == 0);
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_MAX_EPOCHS);
    cr_assert_lt(recorder.seen[200].train_loss, 1e-12);
    trainer_free(trainer);
}

Test(train, a_seed_gives_the_same_bits_and_another_seed_others)
{
    TrainOptions options = fixture_options();
    options.batch_size = 7;
    options.shuffle = 1;
    options.validation_split = 0.2;
    options.patience = 100;
    assert_equal_nets_take(trained(&options, NULL, 40), trained(&options, NULL, 40), 1);
    Net *first = trained(&options, NULL, 40);
    options.seed = 2;
    assert_equal_nets_take(trained(&options, NULL, 40), first, 0);
}

Test(train, starts_from_the_network_it_is_given)
{
    TrainOptions options = fixture_options();
    options.epochs = 0;
    Net *initial = fixture_net(2, (const size_t[]){3, 5, 2}, "tanh", 77);
    assert_equal_nets_take(trained(&options, initial, 10), net_copy(initial), 1);
    assert_equal_nets_take(trained(&options, NULL, 10), initial, 0);
}

Test(train, the_given_network_is_left_alone)
{
    TrainOptions options = fixture_options();
    Net *initial = fixture_net(2, (const size_t[]){3, 5, 2}, "tanh", 77);
    Net *before = net_copy(initial);
    cr_assert_not_null(before);
    net_free(trained(&options, initial, 10));
    assert_equal_nets_take(initial, before, 1);
}

/* y = 3 x0 - 5 x1 + 1000 with inputs around 200: only scaling makes this easy. */
Test(train, standardised_training_predicts_in_the_users_units)
{
    TrainOptions options = fixture_options();
    options.hidden_count = 0;
    options.standardize = 1;
    options.epochs = 600;
    Rng rng = rng_seeded(3);
    Data *data = data_new(60, 2, 1);
    cr_assert_not_null(data);
    for (size_t i = 0; i < 60; i++) {
        real *row = data->v + 3 * i;
        row[0] = rng_uniform(&rng, 190, 210);
        row[1] = rng_uniform(&rng, 0.001, 0.002);
        row[2] = 3 * row[0] - 5 * row[1] + 1000;
    }
    Trainer *trainer = fixture_trainer(&options, NULL, data);
    cr_assert_eq(trainer_run(trainer, NULL), TRAIN_MAX_EPOCHS);
    Model *model = trainer_model(trainer);
    Score score;
    real y;
    cr_assert_not_null(model);
    cr_assert_eq(trainer_score(trainer, &score, NULL), OUTCOME_OK);
    cr_assert(score.r2 > 1 - 1e-12 && score.rmse < 1e-6);
    trainer_free(trainer); /* the model is a copy */
    const real x[] = {205, 0.0015};
    cr_assert_eq(model_predict(model, mat_in(x, 1, 2), mat_out(&y, 1, 1), (Mat){0}), OUTCOME_OK);
    cr_assert_float_eq(y, 3 * 205 - 5 * 0.0015 + 1000, 1e-5);
    model_free(model);
}

Test(train, scaling_is_that_of_the_training_rows_alone)
{
    TrainOptions options = fixture_options();
    Split *unscaled;
    Scaling *scaling = scaling_new(3, 2);
    cr_assert_not_null(scaling);
    options.validation_split = 0.5;
    cr_assert_eq(split_new_take(&options, 0, &unscaled, fixture_data(20, 3, 2, 9)), OUTCOME_OK);
    scaling_fit(scaling, &unscaled->training);
    options.standardize = 1;
    Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(20, 3, 2, 9));
    Model *model = trainer_model(trainer);
    cr_assert_not_null(model);
    cr_assert(fixture_same_bits(model->scaling->shift, scaling->shift, 5));
    cr_assert(fixture_same_bits(model->scaling->scale, scaling->scale, 5));
    cr_assert_neq(scaling->scale[0], 1);
    model_free(model);
    trainer_free(trainer);
    scaling_free(scaling);
    split_free(unscaled);
}

Test(train, a_given_scaling_takes_the_place_of_the_rows_own)
{
    TrainOptions options = fixture_options();
    Scaling *given = scaling_new(3, 2);
    Data *scaled = fixture_data(20, 3, 2, 9);
    cr_assert_not_null(given);
    for (size_t j = 0; j < 5; j++) {
        given->shift[j] = 0.1 * (real)j;
        given->scale[j] = 1 + (real)j;
    }
    scaling_apply(given, scaled);
    Trainer *by_hand = fixture_trainer(&options, NULL, scaled);
    cr_assert_eq(trainer_run(by_hand, NULL), TRAIN_MAX_EPOCHS);
    for (options.standardize = 0; options.standardize < 2; options.standardize++) {
        options.scaling = given;
        Trainer *trainer = fixture_trainer(&options, NULL, fixture_data(20, 3, 2, 9));
        cr_assert_eq(trainer_run(trainer, NULL), TRAIN_MAX_EPOCHS);
        Model *model = trainer_model(trainer);
        cr_assert_not_null(model);
        cr_assert(fixture_same_bits(model->scaling->shift, given->shift, 5));
        cr_assert(fixture_same_bits(model->scaling->scale, given->scale, 5));
        cr_assert(fixture_same_bits(model->member[0]->parameters, trainer_net(by_hand)->parameters,
                                    model->member[0]->parameter_count));
        model_free(model);
        trainer_free(trainer);
    }
    trainer_free(by_hand);
    scaling_free(given);
}

Test(train, too_many_parameters_for_a_method_are_an_outcome)
{
    TrainOptions options = fixture_options();
    Trainer *trainer;
    options.optimizer = opt_find("levenberg_marquardt");
    options.hidden[0] = 2000;
    cr_assert_eq(trainer_new_take(&options, NULL, &trainer, fixture_data(4, 3, 2, 9)),
                 OUTCOME_TOO_LARGE);
    cr_assert_null(trainer);
}

Test(train, a_shape_too_large_is_an_outcome)
{
    TrainOptions options = fixture_options();
    Trainer *trainer;
    options.hidden_count = 2;
    options.hidden[0] = options.hidden[1] = SIZE_MAX / 32;
    cr_assert_eq(trainer_new_take(&options, NULL, &trainer, fixture_data(4, 3, 2, 9)),
                 OUTCOME_TOO_LARGE);
    cr_assert_null(trainer);
}
