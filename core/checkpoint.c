/* The state of a training as bytes. All numbers little-endian, whatever the machine:
 *
 *     offset  bytes
 *          0      8  magic, "BPDTRAIN"
 *          8      8  version of the format, 2
 *         16      8  size of the whole, checksum included
 *         24         the fields in the order of `walk`, 8 bytes each
 *    size - 8     8  blob_checksum of all before it
 *
 * Arrays are in the order that they have in memory: unlike a model, a checkpoint is for the version
 * that wrote it. How long it is follows from shape and options alone, so bytes that are to be read
 * must have the very size, and nothing is allocated for what they say.
 */
#include "core/checkpoint.h"

#include "core/blob.h"
#include "core/bytes.h"
#include "core/train_private.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 2, WORD = 8, VERSION_AT = 8, SIZE_AT = 16, HEAD_BYTES = 24 };

static const char magic[WORD + 1] = "BPDTRAIN";

/* What a state is bound to: whatever decides its shape and meaning. */
static void walk_binding(const Trainer *t, Tape *tape)
{
    tape_expect_text(tape, t->options.optimizer->name);
    tape_expect_text(tape, t->options.activation->name);
    tape_expect(tape, t->net->depth);
    for (size_t l = 0; l <= t->net->depth; l++) {
        tape_expect(tape, t->net->width[l]);
    }
    tape_expect(tape, t->training.rows);
    tape_expect(tape, t->validation.rows);
    tape_expect(tape, t->batches.size);
    tape_expect(tape, t->batches.order != NULL);
    tape_expect(tape, t->options.schedule.kind);
    tape_expect(tape, t->options.bayesian != 0);
    tape_expect(tape, t->options.seed);
}

static void walk_stop(Stop *stop, Tape *tape)
{
    tape_size(tape, &stop->epoch);
    tape_real(tape, &stop->ceiling);
    tape_real(tape, &stop->best_loss);
    tape_real(tape, &stop->best_validation);
    tape_size(tape, &stop->best_epoch);
    tape_size(tape, &stop->stalled);
    tape_size(tape, &stop->unimproved);
    tape_size(tape, &stop->runaway);
}

/* Where it stands. Before an epoch's losses are told, the last that were are those of the epoch
 * before. */
static void walk_position(Trainer *t, Tape *tape)
{
    TrainProgress *p = &t->progress;
    uint64_t stage = t->stage;
    tape_word(tape, &stage);
    tape_check(tape, stage <= STAGE_UPDATES);
    if (tape->mode == TAPE_READ) {
        t->stage = stage <= STAGE_UPDATES ? (Stage)stage : STAGE_LOSSES;
    }
    tape_size(tape, &t->epoch);
    tape_size(tape, &p->epoch);
    tape_real(tape, &p->train_loss);
    tape_real(tape, &p->validation_loss);
    tape_size(tape, &p->best_epoch);
    tape_check(tape, t->stage == STAGE_LOSSES ? p->epoch + (t->epoch > 0) >= t->epoch
                                              : p->epoch == t->epoch);
    tape_check(tape, p->epoch <= t->epoch && p->best_epoch <= p->epoch);
}

/* Every field. The parameters are those of the last update, not of the best epoch. */
static void walk(Trainer *t, Tape *tape)
{
    const size_t count = t->net->parameter_count;
    walk_binding(t, tape);
    for (size_t i = 0; i < 4; i++) {
        tape_word(tape, &t->rng.state[i]);
    }
    walk_position(t, tape);
    walk_stop(&t->stop, tape);
    schedule_tape(&t->schedule, tape);
    batches_tape(&t->batches, tape);
    if (t->options.bayesian) {
        tape_reals(tape, &t->objective.l2, 1);
        tape_check(tape, t->objective.l2 >= 0);
    }
    tape_reals(tape, t->best_shown ? t->best : t->net->parameters, count);
    if (t->best != NULL) {
        tape_reals(tape, t->best_shown ? t->net->parameters : t->best, count);
    }
    method_tape(t->method, tape);
}

static size_t whole_size(Trainer *t)
{
    Tape tape = {.mode = TAPE_COUNT};
    walk(t, &tape);
    return HEAD_BYTES + tape.at + WORD;
}

/* Writes into size bytes; whether all numbers were finite. */
static int write_all(Trainer *t, unsigned char *bytes, size_t size)
{
    Tape tape = {.mode = TAPE_WRITE, .size = size - HEAD_BYTES - WORD, .out = bytes + HEAD_BYTES};
    memcpy(bytes, magic, WORD);
    bytes_store(bytes + VERSION_AT, WORD, VERSION);
    bytes_store(bytes + SIZE_AT, WORD, size);
    walk(t, &tape);
    bytes_store(bytes + size - WORD, WORD, blob_checksum(bytes, size - WORD));
    return !tape.bad;
}

/* Whether all that was read is sound; if not, the state is spoilt. */
static int read_all(Trainer *t, const unsigned char *bytes, size_t size)
{
    Tape tape = {.mode = TAPE_READ, .size = size - HEAD_BYTES - WORD, .in = bytes + HEAD_BYTES};
    walk(t, &tape);
    return !tape.bad;
}

/* The walk is one for both ways; unless it reads bytes it only looks at the trainer. */
static Trainer *to_walk(const Trainer *trainer)
{
    return (Trainer *)(uintptr_t)trainer;
}

size_t trainer_state_size(const Trainer *trainer)
{
    return whole_size(to_walk(trainer));
}

Outcome trainer_save_at(const Trainer *trainer, unsigned char *bytes)
{
    const size_t size = trainer_state_size(trainer);
    return write_all(to_walk(trainer), bytes, size) ? OUTCOME_OK : OUTCOME_DIVERGED;
}

Outcome trainer_save(const Trainer *trainer, unsigned char **bytes, size_t *size)
{
    *size = trainer_state_size(trainer);
    *bytes = malloc(*size);
    if (*bytes == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    const Outcome outcome = trainer_save_at(trainer, *bytes);
    if (outcome != OUTCOME_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return outcome;
}

static int is_whole(const unsigned char *bytes, size_t size)
{
    return memcmp(bytes, magic, WORD) == 0 && bytes_load(bytes + VERSION_AT, WORD) == VERSION &&
           bytes_load(bytes + SIZE_AT, WORD) == size &&
           bytes_load(bytes + size - WORD, WORD) == blob_checksum(bytes, size - WORD);
}

Outcome trainer_load(Trainer *t, const void *bytes, size_t size)
{
    if (size != whole_size(t) || !is_whole(bytes, size)) {
        return OUTCOME_BAD_BYTES;
    }
    unsigned char *before = malloc(size);
    if (before == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    const int shown = t->best_shown;
    (void)write_all(t, before, size);
    train_show_best(t, 0);
    const int sound = read_all(t, bytes, size);
    if (!sound) {
        (void)read_all(t, before, size);
    }
    train_show_best(t, sound ? 1 : shown);
    free(before);
    t->objective.rows = t->training;
    t->objective.known = 0;
    return sound ? OUTCOME_OK : OUTCOME_BAD_BYTES;
}
