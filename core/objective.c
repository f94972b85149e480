/* The objective of a training, by sweeps over its rows, which can be interrupted. Borrows
 * all that it works on; who makes it owns its gradient.
 */
#include "core/objective.h"

TrainEnd objective_poll(const Objective *o)
{
    return o->hooks != NULL && o->hooks->poll != NULL ? o->hooks->poll(o->hooks->context)
                                                      : TRAIN_GOES_ON;
}

/* The mean squared error over rows, in *loss, and where gradient is not NULL its gradient, asking
 * the poll on the way. */
static TrainEnd sweep_rows(const Objective *o, const Net *net, const Data *rows, real *gradient,
                           real *loss)
{
    const real numbers = (real)rows->rows * (real)rows->outputs;
    SweepTotal total = {.gradient = gradient, .hooks = o->hooks};
    while (total.rows < rows->rows) {
        const TrainEnd end = sweep_some(o->sweep, net, rows, 1 / numbers, &total);
        if (end != TRAIN_GOES_ON) {
            return end;
        }
    }
    *loss = total.squares / numbers;
    return TRAIN_GOES_ON;
}

TrainEnd objective_loss(const Objective *o, const Data *rows, real *loss)
{
    return sweep_rows(o, o->net, rows, NULL, loss);
}

size_t objective_decayed(const Objective *o, size_t l)
{
    const size_t in = o->net->width[l], out = o->net->width[l + 1];
    return o->decays_biases && l + 1 < o->net->depth ? (in + 1) * out : in * out;
}

/* The gradient of the decay: 2 l2 W. */
static void add_decay(const Objective *o, const Net *net, real *gradient)
{
    for (size_t l = 0; l < net->depth && o->l2 > 0; l++) {
        const Layer into = net_layer(net, gradient, l);
        const Layer of = net_layer(net, net->parameters, l);
        for (size_t i = 0; i < objective_decayed(o, l); i++) {
            into.weights[i] += 2 * o->l2 * of.weights[i];
        }
    }
}

TrainEnd objective_at(const Objective *o, const Net *net, real *gradient, real *loss)
{
    const TrainEnd end = sweep_rows(o, net, &o->rows, gradient, loss);
    if (end == TRAIN_GOES_ON && gradient != NULL) {
        add_decay(o, net, gradient);
    }
    return end;
}

TrainEnd objective_know(Objective *o)
{
    TrainEnd end = TRAIN_GOES_ON;
    if (!o->known) {
        end = objective_at(o, o->net, o->gradient, &o->loss);
        o->known = end == TRAIN_GOES_ON;
    }
    return end;
}

real objective_squares(const Objective *o, const Net *net)
{
    real sum = 0;
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        for (size_t i = 0; i < objective_decayed(o, l); i++) {
            sum += layer.weights[i] * layer.weights[i];
        }
    }
    return sum;
}

real objective_numbers(const Objective *o)
{
    return (real)o->rows.rows * (real)o->rows.outputs;
}
