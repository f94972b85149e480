/* backpropd's side of the contest: gradient descent as the daemon does it, by a sweep over each
 * batch.
 */
#ifndef TESTS_BENCH_DESCENT_H
#define TESTS_BENCH_DESCENT_H

#include "core/opt.h"
#include "core/sweep.h"
#include "tests/bench/contest.h"

typedef struct Descent {
    Data *data;
    size_t batch;
    Net *net;
    Sweep *sweep;
    Opt *opt;
    real *gradient;
} Descent;

/* The network that the problem begins with, and a copy of its rows. */
Net *descent_net(const Problem *problem);
Data *descent_data(const Problem *problem);

/* On a team; NULL is the caller's thread alone. */
Descent descent_new(const Problem *problem, const Team *team);

/* As Contestant has them. */
void descent_epoch(void *descent);
double descent_loss(void *descent);

#endif
