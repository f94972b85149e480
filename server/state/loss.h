/* One row of a training's history: how well it did after an epoch. A plain value.
 */
#ifndef STATE_LOSS_H
#define STATE_LOSS_H

#include <stdint.h>

typedef struct Loss {
    int64_t run;       /* its number among those of the job; 1 is the first */
    int64_t epoch;     /* epochs of the run done */
    double train;      /* in the units that the optimiser sees, as the other */
    double validation; /* NAN where there is no validation split */
} Loss;

#endif
