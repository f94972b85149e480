/* What is not a checkpoint of a training is refused, and leaves that training alone. */
#include "core/blob.h"
#include "core/checkpoint.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static Recorder parts; /* a test is a process of its own */

static Trainer *fresh(const TrainOptions *options, size_t rows)
{
    return fixture_trainer(options, NULL, fixture_data(rows, 3, 2, 9));
}

/* By their states. */
static void assert_same_trainers(const Trainer *a, const Trainer *b)
{
    unsigned char *one, *other;
    size_t size, size_too;
    cr_assert_eq(trainer_save(a, &one, &size), OUTCOME_OK);
    cr_assert_eq(trainer_save(b, &other, &size_too), OUTCOME_OK);
    cr_assert(size == size_too && memcmp(one, other, size) == 0);
    free(one);
    free(other);
}

/* A small training, stopped between two batches, and its bytes. */
static Trainer *stopped(TrainOptions *options, unsigned char **bytes, size_t *size)
{
    const TrainHooks hooks = fixture_hooks(&parts);
    *options = fixture_options();
    options->optimizer = opt_find("adam");
    options->hidden[0] = 2;
    options->batch_size = 4;
    options->shuffle = 1;
    options->validation_split = 0.2;
    parts = (Recorder){.end_at_poll = 5, .answer = TRAIN_CANCELLED};
    Trainer *trainer = fresh(options, 20);
    cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_CANCELLED);
    cr_assert_eq(trainer_save(trainer, bytes, size), OUTCOME_OK);
    return trainer;
}

static Outcome offered(Trainer *trainer, const unsigned char *bytes, size_t size)
{
    /* A buffer of the very size, so that a sanitizer sees the first byte read too many. */
    unsigned char *exact = malloc(size > 0 ? size : 1);
    cr_assert_not_null(exact);
    memcpy(exact, bytes, size);
    const Outcome outcome = trainer_load(trainer, exact, size);
    free(exact);
    return outcome;
}

static void sign_anew(unsigned char *bytes, size_t size)
{
    const uint64_t sum = blob_checksum(bytes, size - 8);
    for (size_t i = 0; i < 8; i++) {
        bytes[size - 8 + i] = (unsigned char)(sum >> (8 * i));
    }
}

Test(checkpoint_refused, every_truncation_and_every_changed_byte_is_refused)
{
    TrainOptions options;
    size_t size;
    unsigned char *bytes;
    Trainer *trainer = stopped(&options, &bytes, &size), *other = fresh(&options, 20);
    Trainer *untouched = fresh(&options, 20);
    for (size_t n = 0; n < size; n++) {
        cr_assert_eq(offered(other, bytes, n), OUTCOME_BAD_BYTES);
    }
    for (size_t i = 0; i < size; i++) {
        for (unsigned flip = 1; flip < 256; flip += flip < 128 ? flip : 127) {
            bytes[i] ^= (unsigned char)flip;
            cr_assert_eq(offered(other, bytes, size), OUTCOME_BAD_BYTES, "byte %zu ^ %#x", i, flip);
            bytes[i] ^= (unsigned char)flip;
        }
    }
    assert_same_trainers(other, untouched);
    cr_assert_eq(offered(other, bytes, size), OUTCOME_OK);
    assert_same_trainers(other, trainer);
    free(bytes);
    trainer_free(trainer);
    trainer_free(other);
    trainer_free(untouched);
}

/* Puts each lie in the place of each word; whatever is taken trains without leaving its arrays, and
 * to an end; whatever is not leaves the trainer alone. */
static void assert_lies_do_no_harm(const TrainOptions *options, unsigned char *bytes, size_t size)
{
    static const uint64_t lies[] = {0,
                                    1,
                                    5,
                                    1000,
                                    UINT32_MAX,
                                    1ULL << 61,
                                    0x7ff8000000000000U,
                                    0x7ff0000000000000U,
                                    0xc08f400000000000U,
                                    UINT64_MAX};
    size_t taken = 0, refused = 0;
    Trainer *untouched = fresh(options, 20);
    for (size_t k = 0; k < (size / 8 - 2) * 10; k++) {
        const size_t at = 8 + k / 10 * 8;
        unsigned char old[8];
        Trainer *other = fresh(options, 20);
        memcpy(old, bytes + at, 8);
        memcpy(bytes + at, &lies[k % 10], 8);
        sign_anew(bytes, size);
        if (offered(other, bytes, size) == OUTCOME_OK) {
            (void)!trainer_run(other, NULL);
            taken++;
        } else {
            assert_same_trainers(other, untouched);
            refused++;
        }
        memcpy(bytes + at, old, 8);
        trainer_free(other);
    }
    cr_assert(taken > 100 && refused > 100, "%zu taken, %zu refused", taken, refused);
    trainer_free(untouched);
}

Test(checkpoint_refused, damage_with_a_right_checksum_does_no_harm)
{
    TrainOptions options;
    size_t size;
    unsigned char *bytes;
    trainer_free(stopped(&options, &bytes, &size));
    options.epochs = 2;
    assert_lies_do_no_harm(&options, bytes, size);
    free(bytes);
    for (size_t i = 0; opt_at(i) != NULL; i++) {
        const TrainHooks hooks = fixture_hooks(&parts);
        options = fixture_options();
        options.optimizer = opt_at(i);
        options.hidden[0] = 2;
        options.bayesian = 1;
        options.epochs = 5;
        parts = (Recorder){.end_at_call = 4, .answer = TRAIN_CANCELLED};
        Trainer *trainer = fresh(&options, 20);
        cr_assert_eq(trainer_run(trainer, &hooks), TRAIN_CANCELLED);
        cr_assert_eq(trainer_save(trainer, &bytes, &size), OUTCOME_OK);
        assert_lies_do_no_harm(&options, bytes, size);
        trainer_free(trainer);
        free(bytes);
    }
}

Test(checkpoint_refused, a_state_of_another_training_is_refused)
{
    TrainOptions options;
    size_t size;
    unsigned char *bytes;
    Trainer *trainer = stopped(&options, &bytes, &size);
    TrainOptions others[10];
    for (size_t i = 0; i < 10; i++) {
        others[i] = options;
    }
    others[0].optimizer = opt_find("rprop");
    others[1].activation = act_find("relu");
    others[2].hidden[0] = 3;
    others[3].hidden_count = 0;
    others[4].batch_size = 5;
    others[5].shuffle = 0;
    others[6].validation_split = 0;
    others[7].schedule.kind = SCHEDULE_PLATEAU;
    others[8].validation_split = 0.5;
    others[9].seed = 2;
    for (size_t i = 0; i < 10; i++) {
        Trainer *other = fresh(&others[i], 20);
        cr_assert_eq(offered(other, bytes, size), OUTCOME_BAD_BYTES, "%zu", i);
        trainer_free(other);
    }
    Trainer *other = fresh(&options, 21);
    cr_assert_eq(offered(other, bytes, size), OUTCOME_BAD_BYTES);
    trainer_free(other);
    trainer_free(trainer);
    free(bytes);
}

Test(checkpoint_refused, a_training_that_is_not_finite_is_not_written)
{
    size_t size;
    unsigned char *bytes;
    TrainOptions options = fixture_options();
    options.opt.learning_rate = DBL_MAX;
    options.activation = act_find("identity");
    Data *data = fixture_data(20, 3, 2, 9);
    for (size_t i = 0; i < 20; i++) {
        data->v[5 * i + 3] += 100;
    }
    Trainer *trainer = fixture_trainer(&options, NULL, data);
    cr_assert_eq(trainer_run(trainer, NULL), TRAIN_DIVERGED);
    cr_assert_eq(trainer_save(trainer, &bytes, &size), OUTCOME_DIVERGED);
    cr_assert_null(bytes);
    trainer_free(trainer);
}
