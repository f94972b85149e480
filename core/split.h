/* The rows of a training, split and scaled: what all runs of a fit share.
 */
#ifndef CORE_SPLIT_H
#define CORE_SPLIT_H

#include "core/options.h"

typedef struct Split {
    Data *data;       /* owned; scaled: training rows, validation rows, rows held out */
    Data training;    /* views of data; >= 1 row */
    Data validation;  /* may have none */
    Data held_out;    /* of a cross-validation: no part of the training; may have none */
    Scaling *scaling; /* owned; of the training rows, unless one was given */
} Split;

/* Draws the validation rows by the options' seed from all rows but the last held_out ones, and
 * scales. Owns data from here on, also where it fails: *split is then NULL. OUTCOME_NO_MEMORY. */
Outcome split_new_take(const TrainOptions *options, size_t held_out, Split **split,
                       Data *data) MUST_USE;
void split_free(Split *split);

#endif
