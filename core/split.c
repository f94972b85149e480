/* Makes a Split. It owns its rows; nothing writes them once they are scaled. */
#include "core/split.h"

#include <assert.h>
#include <stdlib.h>

/* Sets the generator of the split apart from those of the runs, which have seeds near by. */
#define SPLIT_STREAM 0x73706c74u /* "splt" */

static Outcome make_views(const TrainOptions *options, size_t held_out, Split *split)
{
    Rng rng = rng_seeded(options->seed ^ (uint64_t)SPLIT_STREAM << 32);
    Data *data = split->data;
    const size_t inside = data->rows - held_out;
    Data used = data_slice(data, 0, inside);
    size_t training;
    const Outcome outcome = data_split(&used, options->validation_split, &rng, &training);
    if (outcome != OUTCOME_OK) {
        return outcome;
    }
    split->training = data_slice(data, 0, training);
    split->validation = data_slice(data, training, inside - training);
    split->held_out = data_slice(data, inside, held_out);
    return OUTCOME_OK;
}

static Outcome scale(const TrainOptions *options, Split *split)
{
    const Scaling *given = options->scaling;
    const Data *data = split->data;
    assert(given == NULL || (given->inputs == data->inputs && given->outputs == data->outputs));
    split->scaling = given != NULL ? scaling_copy(given) : scaling_new(data->inputs, data->outputs);
    if (split->scaling == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    if (given == NULL && options->standardize) {
        scaling_fit(split->scaling, &split->training);
    }
    if (given != NULL || options->standardize) {
        scaling_apply(split->scaling, split->data);
    }
    return OUTCOME_OK;
}

Outcome split_new_take(const TrainOptions *options, size_t held_out, Split **split, Data *data)
{
    Outcome outcome = OUTCOME_NO_MEMORY;
    Split *made = calloc(1, sizeof *made);
    *split = NULL;
    assert(held_out < data->rows);
    if (made == NULL) {
        data_free(data);
        return outcome;
    }
    made->data = data;
    outcome = make_views(options, held_out, made);
    if (outcome == OUTCOME_OK) {
        outcome = scale(options, made);
    }
    if (outcome != OUTCOME_OK) {
        split_free(made);
        return outcome;
    }
    *split = made;
    return OUTCOME_OK;
}

void split_free(Split *split)
{
    if (split != NULL) {
        data_free(split->data);
        scaling_free(split->scaling);
        free(split);
    }
}
