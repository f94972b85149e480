/* What is minimised: the mean squared error of a network on some rows, plus
 * l2 times the sum of the squares of those parameters that decay. Its value and gradient at the
 * network as it stands are kept until the network or the rows change.
 */
#ifndef CORE_OBJECTIVE_H
#define CORE_OBJECTIVE_H

#include "core/progress.h"
#include "core/sweep.h"

typedef struct Objective {
    Net *net;     /* borrowed, as are the next three */
    Sweep *sweep; /* for the shape of net, and the rows of any call */
    Data rows;    /* a view, >= 1 of them */
    const TrainHooks *hooks;
    real l2;
    int decays_biases; /* those of hidden layers too, not the weights alone */
    int known;         /* whether loss and gradient are those of net on rows, with this l2 */
    real loss;         /* the mean squared error */
    real *gradient;    /* (parameter_count) of the whole objective; owned by who made it */
} Objective;

/* What the poll says; TRAIN_GOES_ON where there is none. */
TrainEnd objective_poll(const Objective *o);

/* The mean squared error of o->net on any rows. As with the next two, the poll is asked in between,
 * and where it says anything but TRAIN_GOES_ON that is returned and nothing is set. */
TrainEnd objective_loss(const Objective *o, const Data *rows, real *loss) MUST_USE;

/* Makes loss and gradient known. */
TrainEnd objective_know(Objective *o) MUST_USE;

/* The mean squared error of another network of the shape on o->rows, and where gradient is not
 * NULL the gradient of the objective there. */
TrainEnd objective_at(const Objective *o, const Net *net, real *gradient, real *loss) MUST_USE;

/* The sum of squares of what decays, without l2. */
real objective_squares(const Objective *o, const Net *net);

/* How many parameters of layer l decay: those from its first weight on. */
size_t objective_decayed(const Objective *o, size_t l);

/* The number of squared errors that the mean is taken of. */
real objective_numbers(const Objective *o);

#endif
