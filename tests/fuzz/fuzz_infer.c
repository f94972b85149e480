/* Bodies of inference requests, JSON with raw tensors behind it. The first byte sows the cuts, the
 * next two say how much is JSON (0 and 0xFFFF: nothing is said). Whatever comes, it is taken or
 * refused with a reason, the same whole and in pieces. What is taken has finite numbers of the
 * model's shape; the reply is JSON that jansson takes, with raw bytes of the length that it says;
 * and the same numbers as raw doubles give the same tensor again. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_infer.h"
#include "api/codec/codec_tensor.h"
#include "fuzz/ensemble.h"
#include "fuzz/fuzz.h"
#include "tools/spec.h"
#include "tools/utf8.h"

#define FEATURES 2
#define UNSAID 0xFFFF

static const char *const places[] = {"/inputs/*/data", NULL};
static ModelRecord record = {.name = "m", .version = 7, .features = FEATURES, .targets = 1};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    spec_start();
    record.model = ensemble_of_two(FEATURES);
    return 0;
}

typedef struct Taken {
    Body *body;
    Infer infer;
    Problem problem;
} Taken;

/* Feeds pieces of 1 to 16 bytes as the seed has it; the whole at once where it is 0. */
static void feed(Body *body, const uint8_t *bytes, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n;) {
        size_t size = seed == 0 ? n : 1 + (seed >> 16) % 16;
        size = size < n - i ? size : n - i;
        char *piece = malloc(size);
        demand(piece != NULL);
        memcpy(piece, bytes + i, size);
        body_feed(body, piece, size);
        free(piece);
        i += size;
        seed = seed * 1664525 + (seed != 0) * 1013904223U;
    }
}

static void take(Taken *taken, const uint8_t *bytes, size_t n, unsigned json_length, uint32_t seed)
{
    char length[16];
    bool said = json_length > 0 && json_length != UNSAID;
    snprintf(length, sizeof length, "%u", json_length);
    problem_clear(&taken->problem);
    taken->infer = (Infer){0};
    taken->body = body_new(BODY_TENSORS, places, NULL, &taken->problem);
    demand(taken->body != NULL);
    demand(body_split(taken->body, said ? length : NULL, &taken->problem) == STATUS_OK);
    feed(taken->body, bytes, n, seed);
    Status status = body_end(taken->body);
    taken->problem = taken->body->problem;
    Request request = {.method = METHOD_POST, .path = "/", .body = taken->body};
    if (status == STATUS_OK || status == STATUS_INVALID)
        status = codec_infer_decode(&request, &record, &taken->infer, &taken->problem);
    demand(status == taken->problem.status);
    demand(status == STATUS_OK || taken->problem.count > 0 || taken->problem.detail[0]);
}

static void release(Taken *taken)
{
    codec_infer_free(&taken->infer);
    body_free(taken->body);
}

static void demand_same_x(const NumberArray *a, const NumberArray *b)
{
    demand(a->rows == b->rows && a->cols == b->cols);
    demand(memcmp(a->v, b->v, a->rows * a->cols * sizeof *a->v) == 0);
}

static void demand_same(const Taken *a, const Taken *b)
{
    demand(a->problem.status == b->problem.status && a->problem.count == b->problem.count);
    demand(strcmp(a->problem.detail, b->problem.detail) == 0);
    for (size_t i = 0; i < a->problem.count; i++) {
        demand(strcmp(a->problem.item[i].pointer, b->problem.item[i].pointer) == 0);
        demand(strcmp(a->problem.item[i].detail, b->problem.item[i].detail) == 0);
    }
    if (a->problem.status == STATUS_OK)
        demand_same_x(&a->infer.x, &b->infer.x);
}

static void check_reply(const Infer *infer)
{
    Encoder encoder = {0};
    size_t rows = infer->x.rows, raw = 0;
    double *y = calloc(rows, sizeof *y);
    demand(y != NULL);
    InferValue value = {mat_in(y, rows, 1), mat_in(y, rows, 1)};
    codec_infer_encode(infer, &record, value, &encoder);
    json_t *json =
        json_loadb(encoder.text.bytes, encoder.text.length, JSON_REJECT_DUPLICATES, NULL);
    demand(json && !encoder.refused);
    size_t json_length = encoder.text.length;
    for (size_t i = 0; i < infer->outputs; i++)
        raw += infer->output[i].binary ? rows * sizeof *y : 0;
    codec_infer_append(infer, value, &encoder.text);
    demand(encoder.text.length == json_length + raw);
    demand((raw > 0) == codec_infer_is_binary(infer));
    const char *id = json_string_value(json_object_get(json, "id"));
    demand(infer->id ? id && strcmp(id, infer->id) == 0 : !id);
    json_decref(json);
    text_free(&encoder.text);
    free(y);
}

/* The same tensor, sent as raw doubles. */
static void check_again(const Infer *infer)
{
    Text text = {0};
    Taken again;
    size_t count = infer->x.rows * infer->x.cols;
    text_printf(&text,
                "{\"inputs\": [{\"name\": \"x\", \"shape\": [%zu, %zu], \"datatype\": \"FP64\", "
                "\"parameters\": {\"binary_data_size\": %zu}}]}",
                infer->x.rows, infer->x.cols, count * sizeof(double));
    unsigned json_length = (unsigned)text.length;
    tensor_write(infer->x.v, count, &text);
    demand(!text.failed);
    take(&again, (const uint8_t *)text.bytes, text.length, json_length, 0);
    demand(again.problem.status == STATUS_OK);
    demand_same_x(&infer->x, &again.infer.x);
    release(&again);
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 3)
        return 0;
    unsigned json_length = data[1] | (unsigned)data[2] << 8;
    Taken whole, cut;
    take(&whole, data + 3, n - 3, json_length, 0);
    take(&cut, data + 3, n - 3, json_length, data[0] * 65599U + 1);
    demand_same(&whole, &cut);
    if (whole.problem.status == STATUS_OK) {
        const NumberArray *x = &whole.infer.x;
        demand(x->v && x->rows > 0 && x->cols == FEATURES);
        for (size_t i = 0; i < x->rows * x->cols; i++)
            demand(isfinite(x->v[i]));
        check_reply(&whole.infer);
        check_again(&whole.infer);
    }
    release(&whole);
    release(&cut);
    return 0;
}
