/* Models as bytes: they come back to the bit, are the same on every machine, and whatever else is
 * offered in their place is refused.
 */
#include "core/blob.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Model *small_model(void)
{
    Net *net = fixture_net(2, (const size_t[]){2, 3, 1}, "leaky_relu", 1);
    Scaling *scaling = scaling_new(2, 1);
    cr_assert_not_null(scaling);
    for (size_t j = 0; j < 3; j++) {
        scaling->shift[j] = (real)j - 0.1;
        scaling->scale[j] = (real)j + 0.1;
    }
    Model *model = model_new_take(net, scaling);
    cr_assert_not_null(model);
    return model;
}

/* An ensemble of two small networks. */
static Model *small_ensemble(void)
{
    Model *model = small_model();
    Net *second = fixture_net(2, (const size_t[]){2, 3, 1}, "leaky_relu", 2);
    cr_assert_eq(model_add_take(model, second), OUTCOME_OK);
    return model;
}

static unsigned char *blob_of_take(Model *model, size_t *size)
{
    unsigned char *bytes;
    cr_assert_eq(blob_from_model(model, &bytes, size), OUTCOME_OK);
    model_free(model);
    return bytes;
}

/* A small model's bytes. */
static unsigned char *small_blob(size_t *size)
{
    return blob_of_take(small_model(), size);
}

static Outcome offered(const unsigned char *bytes, size_t size)
{
    Model *model = NULL;
    /* A buffer of the very size, so that a sanitizer sees the first byte read too many. */
    unsigned char *exact = malloc(size > 0 ? size : 1);
    cr_assert_not_null(exact);
    memcpy(exact, bytes, size);
    const Outcome outcome = blob_to_model(exact, size, &model);
    cr_assert_eq(model != NULL, outcome == OUTCOME_OK);
    model_free(model);
    free(exact);
    return outcome;
}

static void put(unsigned char *at, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        at[i] = (unsigned char)(value >> (8 * i));
    }
}

/* Makes the checksum right again, as an attacker would. */
static void sign_anew(unsigned char *bytes, size_t size)
{
    put(bytes + size - 8, blob_checksum(bytes, size - 8));
}

Test(blob, checksum_gives_the_published_values)
{
    cr_assert_eq(blob_checksum("abcde", 5), 0xc8c6c527646362c6U);
    cr_assert_eq(blob_checksum("abcdef", 6), 0xc8c72b276463c8c6U);
    cr_assert_eq(blob_checksum("abcdefgh", 8), 0x312e2b28cccac8c6U);
    cr_assert_eq(blob_checksum("", 0), 0);
}

Test(blob, a_model_comes_back_to_the_bit)
{
    size_t size, again_size;
    unsigned char *bytes, *again;
    Model *model = small_model(), *back;
    model->member[0]->parameters[0] = -0.0;
    model->member[0]->parameters[1] = 0x1p-1074;
    model->member[0]->parameters[2] = DBL_MAX;
    cr_assert_eq(blob_from_model(model, &bytes, &size), OUTCOME_OK);
    cr_assert_eq(blob_to_model(bytes, size, &back), OUTCOME_OK);
    cr_assert(fixture_same_bits(model->member[0]->parameters, back->member[0]->parameters, 13));
    cr_assert(fixture_same_bits(model->scaling->shift, back->scaling->shift, 3));
    cr_assert(fixture_same_bits(model->scaling->scale, back->scaling->scale, 3));
    cr_assert(back->member[0]->act == model->member[0]->act && back->member[0]->depth == 2);
    cr_assert_eq(memcmp(back->member[0]->width, model->member[0]->width, 3 * sizeof(size_t)), 0);
    cr_assert_eq(blob_from_model(back, &again, &again_size), OUTCOME_OK);
    cr_assert(again_size == size && memcmp(again, bytes, size) == 0);
    free(bytes);
    free(again);
    model_free(model);
    model_free(back);
}

Test(blob, a_network_comes_back_to_the_bit_and_is_not_taken_for_a_model)
{
    size_t size;
    unsigned char *bytes;
    Net *net = fixture_net(3, (const size_t[]){4, 5, 6, 2}, "gelu", 2), *back;
    cr_assert_eq(blob_from_net(net, &bytes, &size), OUTCOME_OK);
    cr_assert_eq(blob_to_net(bytes, size, &back), OUTCOME_OK);
    cr_assert(fixture_same_bits(net->parameters, back->parameters, net->parameter_count));
    cr_assert_eq(back->act, act_find("gelu"));
    cr_assert_eq(offered(bytes, size), OUTCOME_BAD_BYTES);
    free(bytes);
    net_free(net);
    net_free(back);
}

/* Written down once, for all machines and for ever. */
Test(blob, the_bytes_of_version_1_stay_what_they_are)
{
    static const unsigned char expected[88] = {
        'B',  'P',  'D',  'N',  'E',  'T',  0,    0,    1, 0, 0, 0, 0, 0, 0, 0, /* magic, version */
        88,   0,    0,    0,    0,    0,    0,    0,                            /* size */
        't',  'a',  'n',  'h',  0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0, /* activation */
        1,    0,    0,    0,    0,    0,    0,    0,                            /* depth */
        1,    0,    0,    0,    0,    0,    0,    0,    1, 0, 0, 0, 0, 0, 0, 0, /* widths */
        0,    0,    0,    0,    0,    0,    0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0, /* 1.5, -2 */
        0x58, 0x06, 0xab, 0xb6, 0x56, 0xe0, 0x4d, 0x53,                            /* checksum */
    };
    size_t size;
    unsigned char *bytes;
    Net *net = net_new(1, (const size_t[]){1, 1}, act_find("tanh"));
    cr_assert_not_null(net);
    net->parameters[0] = 1.5;
    net->parameters[1] = -2;
    cr_assert_eq(blob_from_net(net, &bytes, &size), OUTCOME_OK);
    cr_assert_eq(size, sizeof expected);
    for (size_t i = 0; i < size; i++) {
        cr_assert_eq(bytes[i], expected[i], "byte %zu is %#x", i, bytes[i]);
    }
    free(bytes);
    net_free(net);
}

Test(blob, plain_weights_are_out_by_in)
{
    unsigned char bytes[9 * 8], expected[9 * 8];
    const real plain[] = {1, 3, 5, 2, 4, 6, 7, 8}; /* of (in 3, out 2) 1 2 3 4 5 6 and biases */
    Net *net = net_new(1, (const size_t[]){3, 2}, act_find("tanh"));
    cr_assert_not_null(net);
    for (size_t i = 0; i < 8; i++) {
        net->parameters[i] = (real)(i + 1);
        uint64_t bits;
        memcpy(&bits, &plain[i], 8);
        put(expected + 8 * i, bits);
    }
    blob_plain_weights(net, bytes);
    cr_assert_eq(memcmp(bytes, expected, 64), 0);
    net_free(net);
}

Test(blob, every_truncation_is_refused)
{
    size_t size;
    unsigned char *bytes = small_blob(&size);
    cr_assert_eq(offered(bytes, size), OUTCOME_OK);
    for (size_t n = 0; n < size; n++) {
        cr_assert_eq(offered(bytes, n), OUTCOME_BAD_BYTES, "of %zu bytes %zu were taken", size, n);
    }
    free(bytes);
}

Test(blob, every_change_of_a_byte_is_refused)
{
    size_t size;
    unsigned char *bytes = small_blob(&size);
    for (size_t i = 0; i < size; i++) {
        for (unsigned flip = 1; flip < 256; flip++) {
            bytes[i] ^= (unsigned char)flip;
            cr_assert_eq(offered(bytes, size), OUTCOME_BAD_BYTES, "byte %zu ^ %#x", i, flip);
            bytes[i] ^= (unsigned char)flip;
        }
    }
    cr_assert_eq(offered(bytes, size), OUTCOME_OK);
    free(bytes);
}

Test(blob, bytes_after_the_end_are_refused)
{
    size_t size;
    unsigned char *bytes = small_blob(&size);
    unsigned char *longer = calloc(size + 16, 1);
    cr_assert_not_null(longer);
    memcpy(longer, bytes, size);
    cr_assert_eq(offered(longer, size + 8), OUTCOME_BAD_BYTES);
    put(longer + 16, size + 16);
    sign_anew(longer, size + 16);
    cr_assert_eq(offered(longer, size + 16), OUTCOME_BAD_BYTES);
    free(bytes);
    free(longer);
}

static void expect_no_net(unsigned char *bytes, size_t size)
{
    Net *net = NULL;
    sign_anew(bytes, size);
    cr_expect_eq(blob_to_net(bytes, size, &net), OUTCOME_BAD_BYTES);
    cr_expect_null(net);
}

Test(blob, a_network_is_one_with_as_many_numbers_as_it_has)
{
    enum { VERSION = 8, SIZE = 16 };
    size_t size;
    unsigned char *bytes;
    Net *net = fixture_net(2, (const size_t[]){2, 3, 1}, "tanh", 2);
    cr_assert_eq(blob_from_net(net, &bytes, &size), OUTCOME_OK);
    unsigned char *longer = calloc(size + 8, 1);
    cr_assert_not_null(longer);
    memcpy(longer, bytes, size - 8);
    put(longer + SIZE, size + 8);
    expect_no_net(longer, size + 8);
    put(bytes + VERSION, 2 | 2ULL << 32); /* an ensemble of two */
    expect_no_net(bytes, size);
    put(bytes + VERSION, 3 | 1ULL << 32); /* with residuals */
    expect_no_net(bytes, size);
    free(longer);
    free(bytes);
    net_free(net);
}

/* What a signed lie at an offset becomes. */
static void assert_refused(size_t at, uint64_t value)
{
    size_t size;
    unsigned char *bytes = small_blob(&size);
    put(bytes + at, value);
    sign_anew(bytes, size);
    cr_assert_eq(offered(bytes, size), OUTCOME_BAD_BYTES, "%#llx at %zu", (unsigned long long)value,
                 at);
    free(bytes);
}

Test(blob, lies_with_a_right_checksum_are_refused)
{
    enum { VERSION = 8, SIZE = 16, NAME = 24, DEPTH = 40, WIDTH = 48, SHIFT = 176, SCALE = 200 };
    const uint64_t lies[] = {0,          1,          4,          1U << 16,
                             UINT32_MAX, UINT64_MAX, 1ULL << 61, (1ULL << 61) + 1,
                             1ULL << 63, 1ULL << 32};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        assert_refused(SIZE, lies[i]);
        assert_refused(DEPTH, lies[i]);
        assert_refused(WIDTH, lies[i]);
        assert_refused(WIDTH + 16, lies[i] == 1 ? 2 : lies[i]);
        assert_refused(WIDTH + 8, lies[i]);
        assert_refused(NAME, lies[i]);
    }
    assert_refused(VERSION, 2);
    assert_refused(VERSION, 1 | 1ULL << 32);    /* the zeros after it are part of the format */
    assert_refused(SHIFT, 0x7ff0000000000000U); /* infinity */
    assert_refused(SHIFT, 0x7ff8000000000000U); /* not a number */
    assert_refused(SCALE, 0x7ff0000000000000U);
    assert_refused(SCALE, 0);
    assert_refused(SCALE, 0xbff0000000000000U);      /* -1 */
    assert_refused(WIDTH + 24, 0xfff0000000000000U); /* the first parameter */
}

/* Random damage with a right checksum must end in an outcome, whichever it is. */
static void assert_damage_is_survived_take(Model *model)
{
    size_t size, taken = 0;
    unsigned char *bytes = blob_of_take(model, &size), *damaged = malloc(size);
    Rng rng = rng_seeded(1);
    cr_assert_not_null(damaged);
    for (size_t round = 0; round < 20000; round++) {
        memcpy(damaged, bytes, size);
        for (size_t i = rng_below(&rng, 4); i < 4; i++) {
            damaged[8 + rng_below(&rng, size - 16)] = (unsigned char)rng_below(&rng, 256);
        }
        sign_anew(damaged, size);
        const Outcome outcome = offered(damaged, size);
        cr_assert(outcome == OUTCOME_OK || outcome == OUTCOME_BAD_BYTES);
        taken += outcome == OUTCOME_OK;
    }
    cr_assert(taken > 0 && taken < 20000); /* a changed weight is still a model */
    free(bytes);
    free(damaged);
}

Test(blob, damage_with_a_right_checksum_never_crashes)
{
    assert_damage_is_survived_take(small_model());
    assert_damage_is_survived_take(small_ensemble());
}

Test(blob, an_ensemble_comes_back_to_the_bit)
{
    size_t size;
    Model *model = small_ensemble(), *back;
    unsigned char *bytes = blob_of_take(small_ensemble(), &size);
    cr_assert_eq(blob_to_model(bytes, size, &back), OUTCOME_OK);
    cr_assert_eq(back->members, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(fixture_same_bits(model->member[i]->parameters, back->member[i]->parameters, 13));
    }
    cr_assert(fixture_same_bits(model->scaling->scale, back->scaling->scale, 3));
    cr_assert_eq(bytes[8], 2, "an older reader must not take it for one network");
    free(bytes);
    model_free(model);
    model_free(back);
}

Test(blob, a_number_of_members_that_does_not_fit_is_refused)
{
    static const unsigned char wrong[] = {0, 1, 3, 255};
    size_t size;
    unsigned char *bytes = blob_of_take(small_ensemble(), &size);
    for (size_t i = 0; i < sizeof wrong; i++) {
        bytes[12] = wrong[i];
        sign_anew(bytes, size);
        cr_assert_eq(offered(bytes, size), OUTCOME_BAD_BYTES, "%d members", wrong[i]);
    }
    free(bytes);
}

Test(blob, a_model_that_is_not_finite_is_not_written)
{
    size_t size;
    unsigned char *bytes;
    Model *model = small_model();
    model->member[0]->parameters[12] = (real)NAN;
    cr_assert_eq(blob_from_model(model, &bytes, &size), OUTCOME_DIVERGED);
    cr_assert_eq(blob_from_net(model->member[0], &bytes, &size), OUTCOME_DIVERGED);
    model->member[0]->parameters[12] = 0;
    model->scaling->scale[2] = 0;
    cr_assert_eq(blob_from_model(model, &bytes, &size), OUTCOME_DIVERGED);
    cr_assert_null(bytes);
    model_free(model);
}
