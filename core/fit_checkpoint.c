/* The state of a fit as bytes. All numbers little-endian, whatever the machine:
 *
 *     offset  bytes
 *          0      8  magic, "BPDFIT" and two zeros
 *          8      8  version of the format, 1
 *         16      8  size of the whole, checksum included
 *         24         the fields in the order of `walk_place` and `walk_kept`, 8 bytes each
 *                    the state of the training, as checkpoint has it
 *    size - 8     8  blob_checksum of all before it
 *
 * Bytes that are read are trusted in nothing: they have to name a run of this fit before it is put
 * there, and from then on their size has to be the very one that this fit would write.
 */
#include "core/fit_checkpoint.h"

#include "core/blob.h"
#include "core/bytes.h"
#include "core/checkpoint.h"
#include "core/fit_private.h"
#include "core/tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, WORD = 8, VERSION_AT = 8, SIZE_AT = 16, HEAD_BYTES = 24 };

static const char magic[WORD + 1] = "BPDFIT\0";

/* Which run of which fit it is, and what is kept. The trainer is bound to its options by itself. */
static void walk_place(const Fit *fit, Tape *tape, size_t *number, size_t *members)
{
    const FitOptions *options = &fit->options;
    tape_expect(tape, options->restarts);
    tape_expect(tape, options->ensemble);
    tape_expect(tape, options->folds);
    tape_expect(tape, options->train.seed);
    tape_expect(tape, fit->initial != NULL);
    tape_size(tape, number);
    tape_size(tape, members);
}

static void walk_score(Score *score, Tape *tape)
{
    tape_reals(tape, &score->mse, 1);
    tape_reals(tape, &score->rmse, 1);
    tape_reals(tape, &score->mae, 1);
    tape_real(tape, &score->r2); /* NAN where one row was held out */
}

/* What the run has told last, and what the runs before it have left. */
static void walk_kept(Fit *fit, Tape *tape)
{
    TrainProgress *progress = &fit->run.progress;
    uint64_t end = fit->end;
    tape_size(tape, &progress->epoch);
    tape_real(tape, &progress->train_loss);
    tape_real(tape, &progress->validation_loss);
    tape_size(tape, &progress->best_epoch);
    tape_word(tape, &end);
    tape_check(tape, end < TRAIN_DIVERGED && (end != TRAIN_GOES_ON || fit->members == 0));
    if (tape->mode == TAPE_READ && !tape->bad) {
        fit->end = (TrainEnd)end;
    }
    tape_real(tape, &fit->best); /* of no meaning before there is one */
    for (size_t i = 0; i < fit->members; i++) {
        tape_reals(tape, fit->member[i]->parameters, fit->member[i]->parameter_count);
    }
    for (size_t i = 0; i < fit->folds; i++) {
        walk_score(&fit->fold[i], tape);
    }
}

/* All that stands before the training. Unless it reads bytes, it only looks at the fit. */
static void walk(const Fit *fit, Tape *tape)
{
    size_t number = fit->run.number, members = fit->members;
    walk_place(fit, tape, &number, &members);
    walk_kept((Fit *)(uintptr_t)fit, tape);
}

static size_t size_before_training(const Fit *fit)
{
    Tape tape = {.mode = TAPE_COUNT};
    walk(fit, &tape);
    return HEAD_BYTES + tape.at;
}

size_t fit_state_size(const Fit *fit)
{
    return size_before_training(fit) + trainer_state_size(fit->trainer) + WORD;
}

Outcome fit_save(const Fit *fit, unsigned char **bytes, size_t *size)
{
    assert(fit->trainer != NULL);
    const size_t before = size_before_training(fit);
    *size = fit_state_size(fit);
    *bytes = malloc(*size);
    if (*bytes == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    unsigned char *made = *bytes;
    Tape tape = {.mode = TAPE_WRITE, .size = before - HEAD_BYTES, .out = made + HEAD_BYTES};
    memcpy(made, magic, WORD);
    bytes_store(made + VERSION_AT, WORD, VERSION);
    bytes_store(made + SIZE_AT, WORD, *size);
    walk(fit, &tape);
    Outcome outcome = tape.bad ? OUTCOME_DIVERGED : trainer_save_at(fit->trainer, made + before);
    bytes_store(made + *size - WORD, WORD, blob_checksum(made, *size - WORD));
    if (outcome != OUTCOME_OK) {
        free(made);
        *bytes = NULL;
    }
    return outcome;
}

int fit_state_is_whole(const void *state, size_t size)
{
    const unsigned char *bytes = state;
    return size >= HEAD_BYTES + WORD && memcmp(bytes, magic, WORD) == 0 &&
           bytes_load(bytes + VERSION_AT, WORD) == VERSION &&
           bytes_load(bytes + SIZE_AT, WORD) == size &&
           bytes_load(bytes + size - WORD, WORD) == blob_checksum(bytes, size - WORD);
}

/* Whether that many networks may be kept while this run is trained. */
static int is_possible(const Fit *fit, size_t number, size_t members)
{
    if (number < 1 || number > fit_run_count(&fit->options)) {
        return 0;
    }
    const size_t within = (number - 1) % (fit->options.restarts * fit->options.ensemble);
    const size_t before = within / fit->options.restarts; /* members that are complete */
    const int restarted = within % fit->options.restarts > 0;
    return members == before || (restarted && members == before + 1);
}

/* Room for the networks that are kept. */
static Outcome make_members(Fit *fit, size_t members)
{
    for (size_t i = 0; i < members; i++) {
        fit->member[i] = net_copy(trainer_net(fit->trainer));
        if (fit->member[i] == NULL) {
            return OUTCOME_NO_MEMORY;
        }
        fit->members = i + 1;
    }
    return OUTCOME_OK;
}

static Outcome read_all(Fit *fit, const unsigned char *bytes, size_t size)
{
    const size_t before = size_before_training(fit);
    if (size != before + trainer_state_size(fit->trainer) + WORD) {
        return OUTCOME_BAD_BYTES;
    }
    Tape tape = {.mode = TAPE_READ, .size = before - HEAD_BYTES, .in = bytes + HEAD_BYTES};
    walk(fit, &tape);
    return tape.bad ? OUTCOME_BAD_BYTES
                    : trainer_load(fit->trainer, bytes + before, size - before - WORD);
}

Outcome fit_load(Fit *fit, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    size_t number = 0, members = 0;
    if (!fit_state_is_whole(at, size)) {
        return OUTCOME_BAD_BYTES;
    }
    Tape tape = {.mode = TAPE_READ, .size = size - HEAD_BYTES - WORD, .in = at + HEAD_BYTES};
    walk_place(fit, &tape, &number, &members);
    if (tape.bad || !is_possible(fit, number, members)) {
        return OUTCOME_BAD_BYTES;
    }
    Outcome outcome = fit_stand_at(fit, number);
    if (outcome == OUTCOME_OK) {
        outcome = make_members(fit, members);
    }
    return outcome == OUTCOME_OK ? read_all(fit, at, size) : outcome;
}
