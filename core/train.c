/* The epoch loop. A Trainer owns everything that a training needs and is one thread's; the hooks
 * are the only way out of the loop, and they see numbers, not the trainer.
 *
 * Epoch k begins with the network after k epochs: its losses are taken, the rules asked, and only
 * then is it updated. Where the whole split is one batch, that loss and the gradient of the update
 * come from one pass. Between these stages, and between batches, the Trainer's fields say all that
 * is needed to go on; inside them nothing of it has changed yet.
 */
#include "core/train.h"

#include "core/train_private.h"

#include <math.h>
#include <string.h>

/* Whether the full gradient is wanted with the losses: by an update or by a rule. */
static int wants_gradient(const Trainer *t)
{
    return batches_are_whole(&t->batches) || t->options.gradient_tolerance > 0;
}

/* Lets the objective be of these rows of the training split. */
static void look_at(Trainer *t, Data rows)
{
    t->objective.rows = rows;
    if (!batches_are_whole(&t->batches)) {
        t->objective.known = 0;
    }
}

/* The losses of the network as it stands. */
static TrainEnd take_losses(Trainer *t, TrainProgress *progress)
{
    TrainEnd end;
    look_at(t, t->training);
    if (wants_gradient(t)) {
        end = objective_know(&t->objective);
        progress->train_loss = t->objective.loss;
    } else {
        end = objective_loss(&t->objective, &t->training, &progress->train_loss);
    }
    progress->validation_loss = (real)NAN;
    if (end == TRAIN_GOES_ON && t->validation.rows > 0) {
        end = objective_loss(&t->objective, &t->validation, &progress->validation_loss);
    }
    return end;
}

static int has_diverged(const Trainer *t)
{
    return !isfinite(t->progress.train_loss) ||
           (t->validation.rows > 0 && !isfinite(t->progress.validation_loss)) ||
           !net_is_finite(t->net);
}

/* Takes the losses, notes them and tells the hook. */
static TrainEnd report(Trainer *t, const TrainHooks *hooks)
{
    TrainProgress next = {.epoch = t->epoch};
    const TrainEnd end = take_losses(t, &next);
    if (end != TRAIN_GOES_ON) {
        return end;
    }
    next.best_epoch = t->stop.best_epoch;
    t->progress = next;
    if (has_diverged(t)) {
        return TRAIN_DIVERGED;
    }
    if (stop_note(&t->stop, &t->progress) && t->best != NULL) {
        memcpy(t->best, t->net->parameters, t->net->parameter_count * sizeof(real));
    }
    schedule_note(&t->schedule, t->epoch,
                  t->validation.rows > 0 ? next.validation_loss : next.train_loss);
    t->stage = STAGE_VERDICT;
    return hooks != NULL && hooks->epoch != NULL ? hooks->epoch(hooks->context, &t->progress)
                                                 : TRAIN_GOES_ON;
}

/* Whether every component of the full gradient is below the tolerance for it. */
static int is_flat(const Trainer *t)
{
    int flat = t->options.gradient_tolerance > 0;
    for (size_t i = 0; flat && i < t->net->parameter_count; i++) {
        flat = fabs(t->objective.gradient[i]) < t->options.gradient_tolerance;
    }
    return flat;
}

/* Asks the rules; where they let it, an epoch of updates begins. */
static TrainEnd judge(Trainer *t)
{
    TrainEnd end = TRAIN_GOES_ON;
    if (wants_gradient(t)) { /* it is known, unless the state was loaded since */
        end = objective_know(&t->objective);
    }
    if (end == TRAIN_GOES_ON) {
        end = stop_verdict(&t->stop, is_flat(t));
    }
    if (end == TRAIN_GOES_ON) {
        batches_begin(&t->batches, &t->rng);
        t->stage = STAGE_UPDATES;
    }
    return end;
}

/* What is left of an epoch of updates. */
static TrainEnd update(Trainer *t)
{
    const real share = schedule_share(&t->schedule, t->epoch);
    while (batches_left(&t->batches)) {
        TrainEnd end = t->batches.from > 0 ? objective_poll(&t->objective) : TRAIN_GOES_ON;
        if (end == TRAIN_GOES_ON) {
            look_at(t, batches_next(&t->batches));
            end = method_step(t->method, &t->objective, share);
        }
        if (end != TRAIN_GOES_ON) {
            return end;
        }
        batches_done(&t->batches);
    }
    t->epoch++;
    t->stage = STAGE_LOSSES;
    return TRAIN_GOES_ON;
}

void train_show_best(Trainer *t, int shown)
{
    if (t->best != NULL && t->best_shown != shown) {
        real *const other = t->best;
        t->best = t->net->parameters;
        t->net->parameters = other;
        t->best_shown = shown;
    }
}

TrainEnd trainer_run(Trainer *t, const TrainHooks *hooks)
{
    TrainEnd end = TRAIN_GOES_ON;
    train_show_best(t, 0);
    t->objective.hooks = hooks;
    while (end == TRAIN_GOES_ON) {
        switch (t->stage) {
        case STAGE_LOSSES:
            end = report(t, hooks);
            break;
        case STAGE_VERDICT:
            end = judge(t);
            break;
        case STAGE_UPDATES:
            end = update(t);
            break;
        }
    }
    t->objective.hooks = NULL;
    train_show_best(t, 1);
    /* A hook may end it before the losses show what the last update has done. */
    return net_is_finite(t->net) ? end : TRAIN_DIVERGED;
}

TrainProgress trainer_progress(const Trainer *t)
{
    return t->progress;
}

size_t trainer_training_rows(const Trainer *t)
{
    return t->training.rows;
}

size_t trainer_validation_rows(const Trainer *t)
{
    return t->validation.rows;
}

const Net *trainer_net(const Trainer *t)
{
    return t->net;
}

real trainer_loss(const Trainer *t)
{
    const int told = !isnan(t->progress.train_loss);
    return told && t->validation.rows > 0 ? t->stop.best_validation : t->progress.train_loss;
}

Outcome trainer_score(const Trainer *t, Score *training, Score *validation)
{
    const Net *const net = t->net;
    const Ensemble alone = {&net, 1};
    const Outcome outcome = score_ensemble(alone, t->scaling, &t->training, training);
    if (outcome != OUTCOME_OK || t->validation.rows == 0) {
        return outcome;
    }
    return score_ensemble(alone, t->scaling, &t->validation, validation);
}

real trainer_effective(const Trainer *t)
{
    return method_effective(t->method);
}

Model *trainer_model(const Trainer *t)
{
    const Net *const net = t->net;
    return model_new((Ensemble){&net, 1}, t->scaling);
}
