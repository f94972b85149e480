/* What the core's tests share. Each thing made belongs to the test. */
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Data *fixture_data(size_t rows, size_t inputs, size_t outputs, uint64_t seed)
{
    Rng rng = rng_seeded(seed);
    Data *data = data_new(rows, inputs, outputs);
    cr_assert_not_null(data);
    for (size_t i = 0; i < rows; i++) {
        real *x = data->v + i * (inputs + outputs);
        real *y = x + inputs;
        for (size_t j = 0; j < inputs; j++) {
            x[j] = rng_uniform(&rng, -1, 1);
        }
        for (size_t j = 0; j < outputs; j++) {
            y[j] = sin((real)(j + 2) * x[0]) + 0.5 * x[inputs - 1] + rng_uniform(&rng, -0.1, 0.1);
        }
    }
    return data;
}

Net *fixture_net(size_t depth, const size_t *width, const char *act, uint64_t seed)
{
    Rng rng = rng_seeded(seed);
    Net *net = net_new(depth, width, act_find(act));
    cr_assert_not_null(net);
    net_init(net, NET_UNIFORM, &rng);
    return net;
}

/* One layer's part: inputs(i, k) slopes(i, c), where the last layer's slope is 1 for the output. */
static void expand(const JacobianFactors *factors, Layer into, size_t i, size_t of_last)
{
    const real *inputs = factors->inputs.v + i * factors->inputs.stride;
    for (size_t p = 0; p < (into.in + 1) * into.out; p++) {
        const size_t k = p / into.out, c = p % into.out;
        const real slope = factors->slopes.v == NULL
                               ? (real)(c == of_last)
                               : factors->slopes.v[i * factors->slopes.stride + c];
        into.weights[p] = inputs[k] * slope;
    }
}

void fixture_jacobian(Jacobian *jacobian, const Net *net, size_t output, Mat j)
{
    enum { MOST = 1024, DEPTH = 8 };
    static real numbers[DEPTH][2][MOST];
    JacobianFactors layer[DEPTH] = {0};
    for (size_t l = 0; l < net->depth; l++) {
        const size_t in = net->width[l] + 1, out = net->width[l + 1];
        cr_assert(l < DEPTH && j.rows * in <= MOST && j.rows * out <= MOST);
        layer[l].inputs = mat_out(numbers[l][0], j.rows, in);
        if (l + 1 < net->depth) {
            layer[l].slopes = mat_out(numbers[l][1], j.rows, out);
        }
    }
    jacobian_output(jacobian, output, layer, 0);
    for (size_t i = 0; i < j.rows; i++) {
        for (size_t l = 0; l < net->depth; l++) {
            expand(&layer[l], net_layer(net, j.v + i * j.stride, l), i, output);
        }
    }
}

TrainOptions fixture_options(void)
{
    return (TrainOptions){
        .hidden_count = 1,
        .hidden = {5},
        .activation = act_find("tanh"),
        .optimizer = opt_find("gradient_descent"),
        .opt = {.learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.99},
        .epochs = 10,
        .patience = 3,
        .init = NET_XAVIER_UNIFORM,
        .seed = 1,
    };
}

Trainer *fixture_trainer(const TrainOptions *options, const Net *initial, Data *data)
{
    Trainer *trainer;
    cr_assert_eq(trainer_new_take(options, initial, &trainer, data), OUTCOME_OK);
    cr_assert_not_null(trainer);
    return trainer;
}

int fixture_same_bits(const real *a, const real *b, size_t n)
{
    return memcmp(a, b, n * sizeof(real)) == 0;
}

static TrainEnd record_epoch(void *context, const TrainProgress *progress)
{
    Recorder *recorder = context;
    cr_assert_lt(recorder->epochs, FIXTURE_HISTORY);
    recorder->seen[recorder->epochs++] = *progress;
    return recorder->epochs == recorder->end_at_call ? recorder->answer : TRAIN_GOES_ON;
}

static TrainEnd record_poll(void *context)
{
    Recorder *recorder = context;
    recorder->polls++;
    return recorder->polls == recorder->end_at_poll ? recorder->answer : TRAIN_GOES_ON;
}

TrainHooks fixture_hooks(Recorder *recorder)
{
    return (TrainHooks){.context = recorder, .epoch = record_epoch, .poll = record_poll};
}
