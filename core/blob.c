/* Models and networks as bytes. All numbers little-endian, whatever the machine:
 *
 *     offset  bytes
 *          0      8  magic: "BPDMODEL" or "BPDNET" and two zeros
 *          8      4  version of the format: 1 of one network, 2 of an ensemble, 3 with residuals
 *         12      4  0; of an ensemble its members, 2 or more; with residuals 1 or more
 *         16      8  size of the whole, checksum included
 *         24     16  name of the activation, padded with zeros
 *         40      8  depth
 *         48      8  a width, depth + 1 of them
 *                 8  a parameter, binary64: layer by layer weights (out, in), biases (out);
 *                    so member by member
 *                 8  models only: a shift, then a scale, of each input and then of each output
 *                 8  version 3 only: rows, then points of the residuals
 *                 8  version 3 only: a residual, binary64: output by output, ascending
 *    size - 8     8  blob_checksum of all before it
 *
 * Bytes are borrowed and trusted in nothing: the checksum is looked at first, and after it every
 * count is held against the bytes that there are before anything is allocated for it.
 */
#include "core/blob.h"

#include "core/bytes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 1,
    VERSION_ENSEMBLE = 2,
    VERSION_RESIDUALS = 3,
    MAGIC_BYTES = 8,
    NAME_BYTES = 16,
    NAME_AT = 24,
    HEAD_BYTES = 48,
    SUM_BYTES = 8
};

static const char model_magic[MAGIC_BYTES + 1] = "BPDMODEL";
static const char net_magic[MAGIC_BYTES + 1] = "BPDNET\0";

/* Fletcher, "An arithmetic checksum for serial transmissions", 1982, with words of 32 bits. A
 * change within one word cannot be a multiple of 2^32 - 1 unless it turns all zeros into all ones,
 * so a damaged byte always shows. */
enum { WORDS_WITHOUT_CARRY = 16384 }; /* beyond 64 bits, in either sum: then remainders are taken */

uint64_t blob_checksum(const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    uint64_t sum = 0, sum_of_sums = 0;
    while (n > 0) {
        for (size_t words = 0; n > 0 && words < WORDS_WITHOUT_CARRY; words++) {
            const size_t word = n < 4 ? n : 4;
            sum += bytes_load(at, word);
            sum_of_sums += sum;
            at += word;
            n -= word;
        }
        sum %= UINT32_MAX;
        sum_of_sums %= UINT32_MAX;
    }
    return sum_of_sums << 32 | sum;
}

void blob_plain_weights(const Net *net, unsigned char *bytes)
{
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        for (size_t o = 0; o < layer.out; o++) {
            for (size_t i = 0; i < layer.in; i++) {
                bytes_store_real(bytes, layer.weights[i * layer.out + o]);
                bytes += 8;
            }
        }
        for (size_t o = 0; o < layer.out; o++) {
            bytes_store_real(bytes, layer.biases[o]);
            bytes += 8;
        }
    }
}

static void read_plain_weights(const unsigned char *bytes, Net *net)
{
    for (size_t l = 0; l < net->depth; l++) {
        const Layer layer = net_layer(net, net->parameters, l);
        for (size_t o = 0; o < layer.out; o++) {
            for (size_t i = 0; i < layer.in; i++) {
                layer.weights[i * layer.out + o] = bytes_load_real(bytes);
                bytes += 8;
            }
        }
        for (size_t o = 0; o < layer.out; o++) {
            layer.biases[o] = bytes_load_real(bytes);
            bytes += 8;
        }
    }
}

/* How many numbers a scaling (NULL: none) takes. */
static size_t scaling_numbers(const Scaling *scaling)
{
    return scaling == NULL ? 0 : 2 * (scaling->inputs + scaling->outputs);
}

static void write_scaling(const Scaling *scaling, unsigned char *at)
{
    const size_t columns = scaling_numbers(scaling) / 2;
    for (size_t j = 0; j < columns; j++) {
        bytes_store_real(at + 8 * j, scaling->shift[j]);
        bytes_store_real(at + 8 * (columns + j), scaling->scale[j]);
    }
}

static Scaling *read_scaling(const unsigned char *at, const Net *net)
{
    Scaling *scaling = scaling_new(net->width[0], net->width[net->depth]);
    const size_t columns = scaling_numbers(scaling) / 2; /* 0 where there is no memory */
    for (size_t j = 0; j < columns; j++) {
        scaling->shift[j] = bytes_load_real(at + 8 * j);
        scaling->scale[j] = bytes_load_real(at + 8 * (columns + j));
    }
    return scaling;
}

static int scaling_is_sound(const Scaling *scaling)
{
    int sound = 1;
    for (size_t j = 0; j < scaling_numbers(scaling) / 2; j++) {
        sound &=
            isfinite(scaling->shift[j]) && isfinite(scaling->scale[j]) && scaling->scale[j] > 0;
    }
    return sound;
}

/* What goes into the bytes; a network alone has neither scaling nor residuals. */
typedef struct Parts {
    Ensemble nets;
    const Scaling *scaling;
    const Residuals *residuals;
} Parts;

static unsigned version_of(const Parts *parts)
{
    if (parts->residuals != NULL) {
        return VERSION_RESIDUALS;
    }
    return parts->nets.members > 1 ? VERSION_ENSEMBLE : VERSION;
}

/* Magic, version, size, activation, depth and widths; returns where they end. */
static unsigned char *write_head(const Parts *parts, size_t size, unsigned char *at)
{
    const Net *net = parts->nets.member[0];
    const unsigned version = version_of(parts);
    assert(strlen(net->act->name) < NAME_BYTES);
    memcpy(at, parts->scaling == NULL ? net_magic : model_magic, MAGIC_BYTES);
    bytes_store(at + 8, 4, version);
    bytes_store(at + 12, 4, version == VERSION ? 0 : parts->nets.members);
    bytes_store(at + 16, 8, size);
    memcpy(at + NAME_AT, net->act->name, strlen(net->act->name));
    bytes_store(at + 40, 8, net->depth);
    for (size_t l = 0; l <= net->depth; l++) {
        bytes_store(at + HEAD_BYTES + 8 * l, 8, net->width[l]);
    }
    return at + HEAD_BYTES + 8 * (net->depth + 1);
}

static int are_finite(Ensemble nets)
{
    int finite = 1;
    for (size_t i = 0; i < nets.members; i++) {
        finite &= net_is_finite(nets.member[i]);
    }
    return finite;
}

static int are_sound(const Parts *parts)
{
    return are_finite(parts->nets) &&
           (parts->scaling == NULL || scaling_is_sound(parts->scaling)) &&
           (parts->residuals == NULL || residuals_are_sound(parts->residuals));
}

/* The bytes of all parts. No sum of sizes overflows: all that is counted here is in memory already.
 */
static Outcome write_all(const Parts *parts, unsigned char **bytes, size_t *size)
{
    const Ensemble nets = parts->nets;
    const Net *net = nets.member[0];
    const size_t parameters = nets.members * net->parameter_count;
    const size_t scaled = scaling_numbers(parts->scaling);
    const size_t numbers =
        net->depth + 1 + parameters + scaled + residuals_numbers(parts->residuals);
    assert(nets.members <= UINT32_MAX);
    *bytes = NULL;
    *size = HEAD_BYTES + 8 * numbers + SUM_BYTES;
    if (!are_sound(parts)) {
        return OUTCOME_DIVERGED;
    }
    unsigned char *made = calloc(*size, 1);
    if (made == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    unsigned char *at = write_head(parts, *size, made);
    for (size_t i = 0; i < nets.members; i++) {
        blob_plain_weights(nets.member[i], at + 8 * i * net->parameter_count);
    }
    write_scaling(parts->scaling, at + 8 * parameters);
    residuals_write(parts->residuals, at + 8 * (parameters + scaled));
    bytes_store(made + *size - SUM_BYTES, 8, blob_checksum(made, *size - SUM_BYTES));
    *bytes = made;
    return OUTCOME_OK;
}

Outcome blob_from_model(const Model *model, unsigned char **bytes, size_t *size)
{
    const Parts parts = {model_ensemble(model), model->scaling, model->residuals};
    return write_all(&parts, bytes, size);
}

Outcome blob_from_net(const Net *net, unsigned char **bytes, size_t *size)
{
    const Parts parts = {.nets = {&net, 1}};
    return write_all(&parts, bytes, size);
}

/* What the checks of the bytes have found. */
typedef struct Head {
    const Act *act;
    size_t members;
    int has_residuals;
    size_t depth;
    const unsigned char *widths, *numbers;
    size_t number_count; /* after the widths */
} Head;

/* How many networks a head announces; 0 where it is sound neither for one nor for an ensemble. */
static size_t read_members(const unsigned char *at)
{
    const uint64_t version = bytes_load(at + 8, 4), members = bytes_load(at + 12, 4);
    if (version == VERSION && members == 0) {
        return 1;
    }
    if (version == VERSION_RESIDUALS) {
        return (size_t)members;
    }
    return version == VERSION_ENSEMBLE && members > 1 ? (size_t)members : 0;
}

/* Whether the bytes are whole, ours, and have a head that fits them. */
static int read_head(const unsigned char *at, size_t size, const char *magic, Head *head)
{
    if (size < HEAD_BYTES + SUM_BYTES || size % 8 != 0 || memcmp(at, magic, MAGIC_BYTES) != 0 ||
        bytes_load(at + 16, 8) != size ||
        bytes_load(at + size - SUM_BYTES, 8) != blob_checksum(at, size - SUM_BYTES)) {
        return 0;
    }
    char name[NAME_BYTES + 1] = {0};
    memcpy(name, at + NAME_AT, NAME_BYTES);
    const size_t words = (size - HEAD_BYTES - SUM_BYTES) / 8;
    const uint64_t depth = bytes_load(at + 40, 8);
    head->act = act_find(name);
    head->members = read_members(at);
    head->has_residuals = bytes_load(at + 8, 4) == VERSION_RESIDUALS;
    if (head->act == NULL || head->members < 1 || depth < 1 || depth >= words) {
        return 0;
    }
    head->depth = (size_t)depth;
    head->widths = at + HEAD_BYTES;
    head->numbers = head->widths + 8 * (head->depth + 1);
    head->number_count = words - (head->depth + 1);
    return 1;
}

/* Fills width(depth + 1); whether the parameters of all members fit what follows. */
static int read_widths(const Head *head, size_t *width)
{
    for (size_t l = 0; l <= head->depth; l++) {
        const uint64_t wide = bytes_load(head->widths + 8 * l, 8);
        if (wide > SIZE_MAX) {
            return 0;
        }
        width[l] = (size_t)wide;
    }
    return net_count(head->depth, width) <= head->number_count / head->members;
}

/* Member i of those that a head announces, its numbers read and judged. */
static Outcome read_net(const Head *head, size_t i, Net **net)
{
    size_t *width = calloc(head->depth + 1, sizeof(size_t));
    *net = NULL;
    if (width == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    const int fits = read_widths(head, width);
    if (fits) {
        *net = net_new(head->depth, width, head->act);
    }
    free(width);
    if (*net == NULL) {
        return fits ? OUTCOME_NO_MEMORY : OUTCOME_BAD_BYTES;
    }
    read_plain_weights(head->numbers + 8 * i * (*net)->parameter_count, *net);
    if (!net_is_finite(*net)) {
        net_free(*net);
        *net = NULL;
        return OUTCOME_BAD_BYTES;
    }
    return OUTCOME_OK;
}

Outcome blob_to_net(const void *bytes, size_t size, Net **net)
{
    Head head;
    *net = NULL;
    if (!read_head(bytes, size, net_magic, &head) || head.members != 1 || head.has_residuals) {
        return OUTCOME_BAD_BYTES;
    }
    const Outcome outcome = read_net(&head, 0, net);
    if (outcome == OUTCOME_OK && (*net)->parameter_count != head.number_count) {
        net_free(*net);
        *net = NULL;
        return OUTCOME_BAD_BYTES;
    }
    return outcome;
}

/* How many numbers there are behind the scaling; SIZE_MAX where it is cut off itself. */
static size_t left_over(const Head *head, const Net *net)
{
    const size_t left = head->number_count - head->members * net->parameter_count;
    const size_t columns = net->width[0] + net->width[net->depth];
    return left / 2 < columns ? SIZE_MAX : left - 2 * columns;
}

/* The scaling that stands after all networks of the shape of net: the last without residuals. */
static Outcome read_last(const Head *head, const Net *net, Scaling **scaling)
{
    const size_t parameters = head->members * net->parameter_count;
    const size_t left = left_over(head, net);
    if (left == SIZE_MAX || (left > 0) != head->has_residuals) {
        return OUTCOME_BAD_BYTES;
    }
    *scaling = read_scaling(head->numbers + 8 * parameters, net);
    if (*scaling == NULL) {
        return OUTCOME_NO_MEMORY;
    }
    return scaling_is_sound(*scaling) ? OUTCOME_OK : OUTCOME_BAD_BYTES;
}

/* What stands after the scaling. */
static Outcome read_residuals(const Head *head, Model *model)
{
    const Net *net = model->member[0];
    const size_t left = left_over(head, net);
    const unsigned char *at = head->numbers + 8 * (head->number_count - left);
    return residuals_read(at, left, net->width[net->depth], &model->residuals);
}

static Outcome read_model(const Head *head, Model **model)
{
    Net *net = NULL;
    Scaling *scaling = NULL;
    Outcome outcome = read_net(head, 0, &net);
    if (outcome == OUTCOME_OK) {
        outcome = read_last(head, net, &scaling);
    }
    if (outcome != OUTCOME_OK) {
        net_free(net);
        scaling_free(scaling);
        return outcome;
    }
    *model = model_new_take(net, scaling);
    for (size_t i = 1; *model != NULL && outcome == OUTCOME_OK && i < head->members; i++) {
        outcome = read_net(head, i, &net);
        outcome = outcome == OUTCOME_OK ? model_add_take(*model, net) : outcome;
    }
    if (*model != NULL && outcome == OUTCOME_OK && head->has_residuals) {
        outcome = read_residuals(head, *model);
    }
    return *model == NULL ? OUTCOME_NO_MEMORY : outcome;
}

Outcome blob_to_model(const void *bytes, size_t size, Model **model)
{
    Head head;
    *model = NULL;
    if (!read_head(bytes, size, model_magic, &head)) {
        return OUTCOME_BAD_BYTES;
    }
    const Outcome outcome = read_model(&head, model);
    if (outcome != OUTCOME_OK) {
        model_free(*model);
        *model = NULL;
    }
    return outcome;
}
