/* ONNX in: what export_onnx.c wrote. The bytes come from anybody, and protobuf-c parses messages
 * inside messages by recursion, merges those that are given twice, and allocates what they ask for;
 * so they are first walked without allocating, and then parsed within a budget of memory.
 */
#include "api/export/import.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onnx.pb-c.h>

#include "api/codec/codec_import.h"

enum { DEPTH_MAX = 16 }; /* messages inside messages */

#define HEAD_KEY "backpropd"
#define HEAD_LIMIT (4u << 20) /* bytes of it: jansson needs 75 times that */
#define BUDGET (32u << 20)    /* bytes of memory, beside 8 a byte of the body */

/* Where a walk through the bytes of a message is. */
typedef struct Walk {
    const unsigned char *at, *end;
} Walk;

static bool read_varint(Walk *walk, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && walk->at < walk->end; shift += 7) {
        unsigned char byte = *walk->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Passes a field's value; where it has a length, *value is that and the walk stands behind it. */
static bool pass_field(Walk *walk, unsigned wire, uint64_t *value)
{
    uint64_t skipped = wire == 1 ? 8 : wire == 5 ? 4 : 0;
    if (wire > 5 || wire == 3 || wire == 4)
        return false;
    if ((wire == 0 || wire == 2) && !read_varint(walk, value))
        return false;
    if (wire == 2)
        skipped = *value;
    if (skipped > (uint64_t)(walk->end - walk->at))
        return false;
    walk->at += skipped;
    return true;
}

/* Whether a message and those in it are whole, not too deep, and none is given twice where there
 * may be but one: the parser would merge them, again and again copying what there is. */
static bool is_tame(const ProtobufCMessageDescriptor *descriptor, Walk walk, int depth)
{
    uint64_t seen = 0; /* a bit a field; ours have far fewer than 64 */
    while (walk.at < walk.end) {
        uint64_t tag, length = 0;
        if (depth == 0 || !read_varint(&walk, &tag) || tag >> 3 > UINT32_MAX / 8 ||
            !pass_field(&walk, tag & 7, &length))
            return false;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
        if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE || (tag & 7) != 2)
            continue;
        uint64_t bit = UINT64_C(1) << ((field - descriptor->fields) & 63);
        if ((field->label != PROTOBUF_C_LABEL_REPEATED && seen & bit) ||
            !is_tame(field->descriptor, (Walk){walk.at - length, walk.at}, depth - 1))
            return false;
        seen |= bit;
    }
    return true;
}

/* Memory for the parser, as far as it goes. Each piece knows its size. */
typedef struct Budget {
    size_t left;
    bool spent, failed;
} Budget;

typedef union Piece {
    size_t size;
    max_align_t aligned;
} Piece;

static void *budget_alloc(void *data, size_t size)
{
    Budget *budget = data;
    if (size > budget->left) {
        budget->spent = true;
        return NULL;
    }
    Piece *piece = malloc(sizeof *piece + size);
    if (!piece) {
        budget->failed = true;
        return NULL;
    }
    budget->left -= size;
    piece->size = size;
    return piece + 1;
}

static void budget_free(void *data, void *memory)
{
    Budget *budget = data;
    Piece *piece = memory;
    if (!piece)
        return;
    budget->left += piece[-1].size;
    free(piece - 1);
}

static const char *find_head(const Onnx__ModelProto *model)
{
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (entry->key && entry->value && strcmp(entry->key, HEAD_KEY) == 0)
            return entry->value;
    }
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    const Onnx__TensorProto *one = *(Onnx__TensorProto *const *)a;
    const Onnx__TensorProto *other = *(Onnx__TensorProto *const *)b;
    return strcmp(one->name ? one->name : "", other->name ? other->name : "");
}

/* The constants are in the order of their names. */
static Onnx__TensorProto *find_constant(const Onnx__ModelProto *model, char *name)
{
    Onnx__TensorProto wanted = {.name = name}, *key = &wanted;
    Onnx__TensorProto **found =
        bsearch(&key, model->graph->initializer, model->graph->n_initializer, sizeof key, by_name);
    return found ? *found : NULL;
}

/* Whether a tensor is of float64 as raw data, with as many dimensions, and holds what they say. */
static bool is_sound(const Onnx__TensorProto *tensor, size_t dims)
{
    uint64_t n = 1;
    if (tensor->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE || tensor->n_dims != dims)
        return false;
    for (size_t i = 0; i < dims; i++) {
        if (tensor->dims[i] < 1 || tensor->dims[i] > (1 << 30) || n > (1u << 30))
            return false;
        n *= (uint64_t)tensor->dims[i];
    }
    return tensor->raw_data.len == n * sizeof(double);
}

/* The numbers of a constant, turned into doubles where they stand; dims[1] is -1 for a vector. NULL
 * where it is no such constant, which is said. */
static const double *take_constant(const Onnx__ModelProto *model, char *name, int64_t dims[2],
                                   Problem *problem)
{
    char at[PROBLEM_POINTER];
    size_t count = dims[1] < 0 ? 1 : 2;
    Onnx__TensorProto *tensor = find_constant(model, name);
    snprintf(at, sizeof at, "#/graph/initializer/%s", name);
    if (!tensor || !is_sound(tensor, count)) {
        problem_add(problem, at,
                    "must be a constant of float64 with %zu dimensions and raw data that fits them",
                    count);
        return NULL;
    }
    unsigned char *bytes = tensor->raw_data.data; /* malloc's, so it may hold doubles */
    void *memory = bytes;
    double *numbers = memory;
    dataset_from_bytes(bytes, tensor->raw_data.len / sizeof(double), numbers);
    for (size_t i = 0; i < count; i++)
        dims[i] = tensor->dims[i];
    return numbers;
}

static bool take_layer(const Onnx__ModelProto *model, const size_t place[2], ImportLayer *layer,
                       Problem *problem)
{
    char name[64];
    int64_t shape[2] = {0, 0}, biases[2] = {0, -1};
    snprintf(name, sizeof name, "member%zu.layer%zu.weights", place[0], place[1]);
    layer->weights = take_constant(model, name, shape, problem);
    snprintf(name, sizeof name, "member%zu.layer%zu.biases", place[0], place[1]);
    layer->biases = take_constant(model, name, biases, problem);
    layer->rows = (size_t)shape[0];
    layer->cols = (size_t)shape[1];
    layer->bias_count = (size_t)biases[0];
    layer->by_input = true;
    return layer->weights && layer->biases;
}

/* How many layers a member has: those whose weights are there. */
static size_t count_layers(const Onnx__ModelProto *model, size_t member)
{
    char name[64];
    size_t depth = 0;
    for (; depth <= IMPORT_DEPTH; depth++) {
        snprintf(name, sizeof name, "member%zu.layer%zu.weights", member, depth);
        if (!find_constant(model, name))
            break;
    }
    return depth;
}

static bool take_member(const Onnx__ModelProto *model, size_t m, Import *import)
{
    ImportLayer layer[IMPORT_DEPTH];
    char at[PROBLEM_POINTER];
    size_t depth = count_layers(model, m);
    snprintf(at, sizeof at, "#/members/%zu", m);
    if (depth == 0 && m > 0)
        return false;
    if (depth == 0 || depth > IMPORT_DEPTH) {
        problem_add(import->problem, at, "must have 1 to %d layers", IMPORT_DEPTH);
        return false;
    }
    for (size_t l = 0; l < depth; l++)
        take_layer(model, (size_t[]){m, l}, &layer[l], import->problem);
    return import->problem->status == STATUS_OK && import_add(import, at, layer, depth);
}

static void take_head(const char *head, Import *import)
{
    size_t offset;
    json_t *json = NULL;
    if (strlen(head) > HEAD_LIMIT)
        problem_set(import->problem, STATUS_TOO_LARGE, "the metadata is larger than %u bytes",
                    HEAD_LIMIT);
    else
        json = spec_parse(head, strlen(head), &offset, import->problem);
    if (json && !json_is_object(json))
        problem_add(import->problem, import->place, "must be a JSON object");
    else if (json)
        codec_import_head(json, import);
    if (json && !import->record->digest[0] && import->problem->status == STATUS_OK)
        problem_add(import->problem, import->place, "must have the digest of the weights");
    json_decref(json);
}

static ModelRecord *take_model(const Onnx__ModelProto *model, Problem *problem)
{
    Import import = {.record = calloc(1, sizeof *import.record),
                     .place = "#/metadata_props/" HEAD_KEY,
                     .problem = problem};
    const char *head = find_head(model);
    if (!import.record) {
        import_no_memory(&import);
    } else if (!head || !model->graph) {
        problem_add(problem, import.place,
                    "is missing: of ONNX models only those that backpropd exported are taken");
    } else {
        take_head(head, &import);
        if (model->graph->n_initializer > 0)
            qsort(model->graph->initializer, model->graph->n_initializer,
                  sizeof *model->graph->initializer, by_name);
        for (size_t m = 0; problem->status == STATUS_OK && take_member(model, m, &import);)
            m++;
    }
    return import_end(&import);
}

static bool looks_like_json(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return i < n && text[i] == '{';
}

ModelRecord *import_onnx(const void *bytes, size_t n, Problem *problem)
{
    Budget budget = {.left = BUDGET + 8 * n};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    Onnx__ModelProto *model = NULL;
    const unsigned char *at = bytes;
    if (is_tame(&onnx__model_proto__descriptor, (Walk){at, at + n}, DEPTH_MAX))
        model = onnx__model_proto__unpack(&allocator, n, bytes);
    if (!model && budget.failed)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this model now");
    else if (!model && budget.spent)
        problem_set(problem, STATUS_TOO_LARGE, "the ONNX model has too many parts for its size");
    else if (!model)
        problem_set(problem, STATUS_MALFORMED, "the body is not an ONNX model%s",
                    looks_like_json(bytes, n)
                        ? "; send JSON with the header 'Content-Type: application/json'"
                        : "");
    ModelRecord *record = model ? take_model(model, problem) : NULL;
    if (model)
        onnx__model_proto__free_unpacked(model, &allocator);
    return record;
}
