/* Gradient descent by the core. What is made here lives as long as the program. */
#include "tests/bench/descent.h"

#include <string.h>

Net *descent_net(const Problem *problem)
{
    size_t width[] = {problem->features, problem->hidden, 1};
    Net *net = contest_need(net_new(2, width, act_find("tanh")), "memory");
    memcpy(net->parameters, problem->parameters, net->parameter_count * sizeof(real));
    return net;
}

Data *descent_data(const Problem *problem)
{
    Data *data = contest_need(data_new(problem->rows, problem->features, 1), "memory");
    memcpy(data->v, problem->data, problem->rows * (problem->features + 1) * sizeof(real));
    return data;
}

Descent descent_new(const Problem *problem, const Team *team)
{
    OptOptions options = {.learning_rate = 0.01};
    Net *net = descent_net(problem);
    size_t count = net->parameter_count;
    return (Descent){
        .data = descent_data(problem),
        .batch = problem->batch,
        .net = net,
        .sweep = contest_need(sweep_new(net, problem->rows, team), "memory"),
        .opt = contest_need(opt_new(opt_find("gradient_descent"), &options, count), "memory"),
        .gradient = contest_need(mat_zeros(count), "memory"),
    };
}

void descent_epoch(void *descent)
{
    Descent *d = descent;
    for (size_t from = 0; from < d->data->rows; from += d->batch) {
        size_t left = d->data->rows - from;
        Data batch = data_slice(d->data, from, left < d->batch ? left : d->batch);
        SweepTotal total = {.gradient = d->gradient};
        while (total.rows < batch.rows)
            (void)sweep_some(d->sweep, d->net, &batch, 1 / (real)batch.rows, &total);
        opt_step(d->opt, d->gradient, d->net->parameters);
    }
}

double descent_loss(void *descent)
{
    Descent *d = descent;
    SweepTotal total = {0};
    while (total.rows < d->data->rows)
        (void)sweep_some(d->sweep, d->net, d->data, 0, &total);
    return total.squares / (real)d->data->rows;
}
