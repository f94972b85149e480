/* Trains small networks with each activation and each optimiser, of several depths and with batches
 * that do not divide, and prints a line for each training with a digest of all its bits: two builds
 * of the core that promise the same bits must print the same.
 */
#include "core/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Shape {
    size_t rows, inputs, outputs, hidden_count, hidden[3], batch, epochs;
} Shape;

static const Shape shapes[] = {
    {150, 5, 2, 2, {21, 9}, 0, 6},    {131, 3, 1, 1, {17}, 32, 6}, {47, 13, 1, 1, {50}, 7, 4},
    {60, 4, 3, 3, {8, 33, 5}, 25, 6}, {40, 6, 1, 0, {0}, 16, 6},   {20, 2, 5, 1, {35}, 1, 3},
    {37, 30, 17, 1, {5}, 0, 3},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* Too large for the caches, with rows filled up and packed, and with more of them than a chunk: for
 * gradients alone, since what some optimisers keep grows with the square of the parameters. */
static const Shape large[] = {{2500, 8, 1, 2, {30, 20}, 0, 2}, {70, 40, 3, 1, {700}, 0, 2}};

static Data *sample(const Shape *shape)
{
    Rng rng = rng_seeded(7);
    Data *data = data_new(shape->rows, shape->inputs, shape->outputs);
    if (!data)
        exit(1);
    for (size_t i = 0; i < shape->rows * (shape->inputs + shape->outputs); i++)
        data->v[i] = rng_uniform(&rng, -2, 2);
    return data;
}

/* FNV-1a (Fowler, Noll and Vo) over the bytes of n numbers, the lowest byte of each first. */
static uint64_t digest(uint64_t seed, const real *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        union {
            real number;
            uint64_t bits;
        } word = {.number = v[i]};
        for (int byte = 0; byte < 8; byte++)
            seed = (seed ^ (word.bits >> 8 * byte & 255)) * 1099511628211u;
    }
    return seed;
}

static TrainOptions options_of(const Act *act, const OptRule *rule, const Shape *shape)
{
    TrainOptions options = {
        .hidden_count = shape->hidden_count,
        .activation = act,
        .optimizer = rule,
        .opt = {.learning_rate = rule->learning_rate,
                .momentum = 0.5,
                .beta1 = 0.9,
                .beta2 = 0.999,
                .epsilon = 1e-8,
                .decay = 0.99},
        .batch_size = shape->batch,
        .shuffle = 1,
        .epochs = shape->epochs,
        .patience = 100,
        .validation_split = 0.2,
        .l2 = 1e-4,
        .bayesian = shape->rows % 2,
        .standardize = 1,
        .init = NET_XAVIER_UNIFORM,
        .seed = 3,
    };
    for (size_t l = 0; l < shape->hidden_count; l++)
        options.hidden[l] = shape->hidden[l];
    return options;
}

/* Whether a training takes long where nothing is optimised: matrices of parameters x parameters. */
static int takes_long(const OptRule *rule, const Shape *shape)
{
    return rule->family == OPT_LEVENBERG_MARQUARDT && shape->inputs * shape->hidden[0] > 500;
}

static void train_and_print(const Act *act, const OptRule *rule, const Shape *shape)
{
    const TrainOptions options = options_of(act, rule, shape);
    Trainer *trainer = NULL;
    if (takes_long(rule, shape))
        return;
    if (trainer_new_take(&options, NULL, &trainer, sample(shape)) != OUTCOME_OK)
        exit(1);
    const TrainEnd end = trainer_run(trainer, NULL);
    const Net *net = trainer_net(trainer);
    const TrainProgress progress = trainer_progress(trainer);
    const real losses[] = {progress.train_loss, progress.validation_loss};
    uint64_t sum = digest(14695981039346656037u, net->parameters, net->parameter_count);
    sum = digest(sum, losses, 2);
    printf("%s %s %zux%zu batch %zu: end %d loss %.4f digest %016" PRIx64 "\n", act->name,
           rule->name, shape->rows, shape->inputs, shape->batch, (int)end, progress.train_loss,
           sum);
    trainer_free(trainer);
}

int main(void)
{
    for (size_t a = 0; act_at(a); a++)
        for (size_t o = 0; opt_at(o); o++)
            for (size_t s = 0; s < SHAPES; s++)
                train_and_print(act_at(a), opt_at(o), &shapes[s]);
    for (size_t a = 0; act_at(a); a++)
        for (size_t s = 0; s < sizeof large / sizeof large[0]; s++)
            train_and_print(act_at(a), opt_at(0), &large[s]);
    return 0;
}
