/* JSON against jansson. A document is good where jansson takes it and every array of ours in it has
 * one shape; then, and only then, the ingest and jansson on the skeleton take it too, with the same
 * numbers bit by bit, and with null for the arrays in an otherwise equal document. A document read
 * in pieces gives the same outcome. The first byte sows the cuts. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "ingest/json_ingest.h"
#include "tools/utf8.h"

#define LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

static const char *const places[] = {"/x", "/y", "/a/*/w", NULL};

/* Reads pieces of 1 to 16 bytes as the seed has it; the whole at once where it is 0. */
static JsonIngest *read_text(const char *text, size_t n, uint32_t seed, Problem *problem)
{
    JsonIngest *ingest = json_ingest_new(places, 2000);
    demand(ingest != NULL);
    problem_clear(problem);
    Status fed = STATUS_OK;
    for (size_t i = 0; i < n && fed == STATUS_OK;) {
        size_t size = seed == 0 ? n : 1 + (seed >> 16) % 16;
        size = size < n - i ? size : n - i;
        char *piece = malloc(size);
        demand(piece != NULL);
        memcpy(piece, text + i, size);
        fed = json_ingest_feed(ingest, piece, size);
        free(piece);
        i += size;
        seed = seed * 1664525 + (seed != 0) * 1013904223U;
    }
    demand(json_ingest_end(ingest, problem) == problem->status);
    demand(fed == STATUS_OK || fed == problem->status);
    return ingest;
}

static void demand_same_problem(const Problem *a, const Problem *b)
{
    demand(a->status == b->status && a->count == b->count && a->dropped == b->dropped);
    demand(strcmp(a->detail, b->detail) == 0 && utf8_valid(a->detail, strlen(a->detail)));
    for (size_t i = 0; i < a->count; i++) {
        demand(strcmp(a->item[i].pointer, b->item[i].pointer) == 0);
        demand(strcmp(a->item[i].detail, b->item[i].detail) == 0);
        demand(utf8_valid(a->item[i].detail, strlen(a->item[i].detail)));
    }
}

static void demand_same_text(const JsonIngest *a, const JsonIngest *b)
{
    const Text *one = json_ingest_skeleton(a), *other = json_ingest_skeleton(b);
    demand(one->length == other->length);
    demand(one->length == 0 || memcmp(one->bytes, other->bytes, one->length) == 0);
    for (size_t i = 0; i <= one->length; i++) {
        size_t line[2], column[2];
        json_ingest_position(a, i, &line[0], &column[0]);
        json_ingest_position(b, i, &line[1], &column[1]);
        demand(line[0] == line[1] && column[0] == column[1]);
    }
}

/* Whether our array and jansson's are the same numbers in the same shape. */
static bool is_equal(const NumberArray *ours, const json_t *theirs)
{
    size_t rows = json_array_size(theirs);
    if (ours->rows != rows || ours->count != rows * ours->cols)
        return false;
    for (size_t i = 0; i < ours->count; i++) {
        const json_t *value = json_array_get(theirs, i / ours->cols);
        if (!ours->flat)
            value = json_array_get(value, i % ours->cols);
        double number = json_real_value(value);
        if (!json_is_real(value) || memcmp(&number, &ours->v[i], sizeof number) != 0)
            return false;
    }
    for (size_t i = 0; i < rows && !ours->flat; i++) {
        if (json_array_size(json_array_get(theirs, i)) != ours->cols)
            return false;
    }
    return true;
}

/* Whether what jansson found at a place is for us to refuse: an array, not left to jansson, that is
 * neither numbers only nor rows of numbers of one length. */
static bool is_ragged(const json_t *array)
{
    const json_t *first = json_array_get(array, 0);
    bool flat = json_is_real(first);
    if (!first || json_is_object(first) || json_is_string(first))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *row = json_array_get(array, i);
        if (flat ? !json_is_real(row) : json_array_size(row) != json_array_size(first))
            return true;
        if (!flat && !json_is_array(row))
            return true;
        for (size_t j = 0; !flat && j < json_array_size(row); j++) {
            if (!json_is_real(json_array_get(row, j)))
                return true;
        }
    }
    return false;
}

typedef struct Outcome {
    JsonIngest *ingest;
    const Problem *problem;
} Outcome;

/* Compares the array at one place, kept only where there was no mistake; puts null there in
 * jansson's document where it was taken. */
static bool settle(Outcome outcome, const char *pointer, json_t *parent, const char *key)
{
    json_t *theirs = json_object_get(parent, key);
    NumberArray *ours = json_ingest_array(outcome.ingest, pointer);
    if (!json_is_array(theirs)) {
        demand(ours == NULL);
        return false;
    }
    bool ragged = is_ragged(theirs);
    if (ours && outcome.problem->status == STATUS_OK)
        demand(is_equal(ours, theirs));
    if (ours)
        json_object_set_new(parent, key, json_null());
    return ours && ragged;
}

/* True where some array taken has to be refused. */
static bool settle_all(Outcome outcome, json_t *root)
{
    bool ragged = settle(outcome, "/x", root, "x");
    ragged = settle(outcome, "/y", root, "y") || ragged;
    json_t *list = json_object_get(root, "a");
    for (size_t i = 0; json_is_array(list) && i < json_array_size(list); i++) {
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/a/%zu/w", i);
        ragged = settle(outcome, pointer, json_array_get(list, i), "w") || ragged;
    }
    return ragged;
}

static void compare(JsonIngest *ingest, const Problem *problem, const char *text, size_t n)
{
    const Text *left = json_ingest_skeleton(ingest);
    json_t *root = json_loadb(text, n, LOAD_FLAGS, NULL);
    json_t *skeleton = json_loadb(left->bytes ? left->bytes : "", left->length, LOAD_FLAGS, NULL);
    bool stopped = problem->status == STATUS_TOO_LARGE || strstr(problem->detail, "deeper");
    if (root && !stopped) {
        bool ragged = settle_all((Outcome){ingest, problem}, root);
        demand(ragged == (problem->status == STATUS_INVALID));
        demand(ragged || problem->status == STATUS_OK);
        demand(ragged || json_equal(root, skeleton));
    }
    if (!root)
        demand(problem->status != STATUS_OK || !skeleton);
    json_decref(root);
    json_decref(skeleton);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const char *text = (const char *)data + 1;
    Problem whole_problem, cut_problem;
    JsonIngest *whole = read_text(text, n - 1, 0, &whole_problem);
    JsonIngest *cut = read_text(text, n - 1, data[0] * 65599U + 1, &cut_problem);
    demand_same_problem(&whole_problem, &cut_problem);
    if (whole_problem.status != STATUS_TOO_LARGE)
        demand_same_text(whole, cut);
    /* jansson 2.14 overlooks a byte 0 right behind a number; we do not. */
    if (!memchr(text, '\0', n - 1)) {
        compare(whole, &whole_problem, text, n - 1);
        compare(cut, &cut_problem, text, n - 1);
    }
    json_ingest_free(whole);
    json_ingest_free(cut);
    return 0;
}
