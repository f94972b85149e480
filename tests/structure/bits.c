/* Trains small networks with each activation and each optimiser and prints all parameters in
 * hexadecimal: two builds of the core that promise the same bits must print the same.
 */
#include "core/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static Data *sample(size_t rows, size_t inputs, size_t outputs)
{
    Rng rng = rng_seeded(7);
    Data *data = data_new(rows, inputs, outputs);
    if (!data)
        exit(1);
    for (size_t i = 0; i < rows * (inputs + outputs); i++)
        data->v[i] = rng_uniform(&rng, -2, 2);
    return data;
}

static void train_and_print(const Act *act, const OptRule *rule, size_t batch)
{
    TrainOptions options = {
        .hidden_count = 2,
        .hidden = {21, 9},
        .activation = act,
        .optimizer = rule,
        .opt = {rule->learning_rate, 0.5, 0, 0.9, 0.999, 1e-8, 0.99},
        .batch_size = batch,
        .shuffle = 1,
        .epochs =
            rule->family == OPT_LEVENBERG_MARQUARDT ? 3 : 12, /* which takes its time at -O0 */
        .patience = 100,
        .validation_split = 0.2,
        .l2 = 1e-4,
        .standardize = 1,
        .init = NET_XAVIER_UNIFORM,
        .seed = 3,
    };
    Trainer *trainer = NULL;
    if (trainer_new_take(&options, NULL, &trainer, sample(150, 5, 2)) != OUTCOME_OK)
        exit(1);
    TrainEnd end = trainer_run(trainer, NULL);
    const Net *net = trainer_net(trainer);
    printf("%s %s %zu: %d\n", act->name, rule->name, batch, (int)end);
    for (size_t i = 0; i < net->parameter_count; i++)
        printf("%a\n", net->parameters[i]);
    trainer_free(trainer);
}

int main(void)
{
    for (size_t a = 0; act_at(a); a++)
        for (size_t o = 0; opt_at(o); o++)
            train_and_print(act_at(a), opt_at(o), a % 2 ? 32 : 0);
    return 0;
}
