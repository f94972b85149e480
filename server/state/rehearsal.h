/* How long a training will take: measured, by beginning it.
 */
#ifndef STATE_REHEARSAL_H
#define STATE_REHEARSAL_H

#include <stdbool.h>

#include "core/fit.h"
#include "state/live.h"

typedef struct Rehearsal {
    size_t training, validation; /* rows of the model's own split */
    size_t epochs;               /* that were made, each on all training rows; none of a sample */
    double epoch_seconds;        /* of one epoch on all rows; NAN where none could be measured */
    double tried_seconds;        /* from the start on all rows until it stopped */
    TrainEnd end; /* why the first run stopped, where it did in these epochs; TRAIN_TIME_LIMIT where
                     it would go on; TRAIN_GOES_ON where it was not tried on all rows */
} Rehearsal;

/* Trains by these options for about 0.3 s, at least an epoch; where one takes longer than about a
 * second, it is scaled up from samples of the rows. Takes up to about six seconds in all. initial
 * is what the first network starts from, or NULL. It ends early when live stops. Owns data (rows >=
 * 1) from here on. What happens is always the same but for when it ends. Outcomes as
 * trainer_new_take. */
Outcome rehearsal_run_take(const TrainOptions *options, const Net *initial, Live *live,
                           Rehearsal *rehearsal, Data *data) MUST_USE;

/* Counts the rows alone, of a training that is better not begun. OUTCOME_NO_MEMORY. */
Outcome rehearsal_skip_take(const TrainOptions *options, Rehearsal *rehearsal, Data *data) MUST_USE;

/* Whether the first run stopped before its first epoch: there was nothing to learn (any more). */
bool rehearsal_ended_at_once(const Rehearsal *rehearsal);

/* Seconds of all epochs of all runs, at most, by that measurement; those of a fold have fewer rows.
 * Of runs that end before their first epoch, what the first of them took. NAN where it is not
 * known. */
double rehearsal_seconds(const Rehearsal *rehearsal, const FitOptions *options);

#endif
