/* Each reference run of PyTorch must be followed step by step: every loss within 1e-9, the final
 * weights and predictions within 1e-8.
 *
 * One run cannot be followed to its end by anyone: silu_rmsprop_l2 becomes unstable near its end
 * and multiplies a rounding error by about 1.7 an epoch from epoch 150 on. Noise of 1e-16 in the
 * activations of a run in extended precision moves its loss by 1e-9 at epoch 186 and by up to 6e-6
 * at epoch 200; PyTorch's own run is 7e-6 from the extended one there. It is held to 1e-9 for as
 * long as it is determined that well, and to the size of that noise afterwards.
 */
#include "tests/core/fixture.h"
#include "tests/core/golden.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How closely a run is to be followed. */
typedef struct Bounds {
    size_t exact_epochs; /* losses within 1e-9 up to this epoch */
    real later_loss;     /* relative, after it */
    real end;            /* of final parameters and predictions */
} Bounds;

static const Bounds whole_run = {.exact_epochs = 200, .later_loss = 1e-9, .end = 1e-8};
static const Bounds unstable_end = {.exact_epochs = 180, .later_loss = 5e-5, .end = 5e-3};

static void assert_near(const real *ours, const real *theirs, size_t n, real tolerance)
{
    cr_assert_gt(n, 0);
    for (size_t i = 0; i < n; i++) {
        const real bound = tolerance * fmax(1, fabs(theirs[i]));
        cr_assert(fabs(ours[i] - theirs[i]) <= bound, "number %zu: %.17g, but PyTorch has %.17g", i,
                  ours[i], theirs[i]);
    }
}

static void assert_predictions(const Net *net, const Golden *golden, real tolerance)
{
    const Data *data = golden->data;
    Pass *pass = pass_new(net);
    real *y = mat_zeros(data->rows * data->outputs);
    cr_assert(pass != NULL && y != NULL);
    pass_predict(pass, net, data_inputs(data), mat_out(y, data->rows, data->outputs));
    assert_near(y, golden->predictions, data->rows * data->outputs, tolerance);
    free(y);
    pass_free(pass);
}

static Data *copy_of(const Data *data)
{
    Data *copy = data_new(data->rows, data->inputs, data->outputs);
    cr_assert_not_null(copy);
    memcpy(copy->v, data->v, data->rows * (data->inputs + data->outputs) * sizeof(real));
    return copy;
}

static void follow(const char *name, Bounds bounds)
{
    static Recorder recorder;
    Golden golden = golden_load(name);
    const TrainHooks hooks = fixture_hooks(&recorder);
    Trainer *trainer = fixture_trainer(&golden.options, golden.initial, copy_of(golden.data));
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_MAX_EPOCHS);
    cr_assert_eq(recorder.epochs, golden.loss_count);
    cr_assert_eq(golden.loss_count, golden.options.epochs + 1);
    for (size_t k = 0; k < golden.loss_count; k++) {
        const real loss = recorder.seen[k].train_loss;
        const real bound = k <= bounds.exact_epochs ? 1e-9 : bounds.later_loss;
        cr_assert(fabs(loss - golden.loss[k]) <= bound * golden.loss[k],
                  "loss after %zu epochs: %.17g, but PyTorch has %.17g", k, loss, golden.loss[k]);
    }
    const Net *net = trainer_net(trainer);
    assert_near(net->parameters, golden.final->parameters, net->parameter_count, bounds.end);
    assert_predictions(net, &golden, bounds.end);
    trainer_free(trainer);
    golden_free(&golden);
}

Test(golden, the_notes_network_with_sigmoid_follows_pytorch)
{
    follow("notes_sigmoid_gd", whole_run);
}

Test(golden, the_notes_network_with_tanh_follows_pytorch)
{
    follow("notes_tanh_gd", whole_run);
}

Test(golden, the_notes_network_with_identity_follows_pytorch)
{
    follow("notes_identity_gd", whole_run);
}

Test(golden, momentum_through_two_hidden_layers_follows_pytorch)
{
    follow("tanh_momentum_two_layers", whole_run);
}

Test(golden, nesterov_with_two_targets_follows_pytorch)
{
    follow("relu_nesterov_two_outputs", whole_run);
}

Test(golden, adam_with_a_short_last_batch_follows_pytorch)
{
    follow("tanh_adam_minibatch", whole_run);
}

Test(golden, adam_through_three_hidden_layers_follows_pytorch)
{
    follow("gelu_adam_three_outputs", whole_run);
}

Test(golden, rmsprop_with_weight_decay_follows_pytorch)
{
    follow("silu_rmsprop_l2", unstable_end);
}
