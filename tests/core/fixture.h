/* What the core's tests share: data with a pattern to learn, options, comparison of bits. */
#ifndef TESTS_CORE_FIXTURE_H
#define TESTS_CORE_FIXTURE_H

#include "core/jacobian.h"
#include "core/train.h"

#define FIXTURE_HISTORY 4096

/* Rows of inputs in [-1, 1) and smooth targets of them with a little noise. Asserts success. */
Data *fixture_data(size_t rows, size_t inputs, size_t outputs, uint64_t seed);

/* A network with drawn parameters, biases too. Asserts success. */
Net *fixture_net(size_t depth, const size_t *width, const char *act, uint64_t seed);

/* The rows of the Jacobian that it was given, laid out as the network's parameters, into
 * j(rows, parameter_count): row i is d y_hat[i][output] / d parameters. */
void fixture_jacobian(Jacobian *jacobian, const Net *net, size_t output, Mat j);

/* Gradient descent of a network with one hidden layer of 5, tanh, all rules but the last epoch off,
 * no scaling, no split, seed 1. */
TrainOptions fixture_options(void);

/* A trainer that must come into being. */
Trainer *fixture_trainer(const TrainOptions *options, const Net *initial, Data *data);

/* Whether two arrays hold the same bits. */
int fixture_same_bits(const real *a, const real *b, size_t n);

/* What hooks have seen, and when they are to end a training. */
typedef struct Recorder {
    size_t epochs, polls; /* calls so far */
    TrainProgress seen[FIXTURE_HISTORY];
    size_t end_at_call; /* the epoch hook's answer to its call of that number, from 1 */
    size_t end_at_poll; /* likewise the poll's */
    TrainEnd answer;
} Recorder;

/* Hooks that record and, where a call's number is set, answer. */
TrainHooks fixture_hooks(Recorder *recorder);

#endif
