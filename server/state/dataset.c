/* Datasets in memory: names, statistics and the digest. A Dataset owns its columns and its data; it
 * belongs to one thread until it is stored.
 *
 * Statistics are taken of values multiplied by a power of two that brings the largest of a column
 * near 1, which changes no bit of them: so no sum overflows, whatever the values.
 */
#include "state/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_NUMBERS 512 /* numbers that are digested at a time */
#define PLAIN_NAME 32      /* bytes of a name that a column has without being given one */

Dataset *dataset_new(void)
{
    return calloc(1, sizeof(Dataset));
}

static void free_columns(Column *columns, size_t count)
{
    for (size_t i = 0; columns && i < count; i++)
        free(columns[i].name);
    free(columns);
}

void dataset_free(Dataset *dataset)
{
    if (!dataset)
        return;
    free_columns(dataset->column, dataset->features + dataset->targets);
    data_free(dataset->data);
    free(dataset);
}

/* The name that column i has where it was given none. */
static void name_column(size_t features, size_t targets, size_t i, char name[PLAIN_NAME])
{
    if (i < features)
        snprintf(name, PLAIN_NAME, "x%zu", i + 1);
    else if (targets == 1)
        snprintf(name, PLAIN_NAME, "y");
    else
        snprintf(name, PLAIN_NAME, "y%zu", i - features + 1);
}

static Column *new_columns(const Data *data)
{
    size_t count = data->inputs + data->outputs;
    Column *columns = calloc(count > 0 ? count : 1, sizeof *columns);
    bool whole = columns != NULL;
    for (size_t i = 0; i < count && whole; i++) {
        char name[PLAIN_NAME];
        name_column(data->inputs, data->outputs, i, name);
        columns[i].name = strdup(name);
        whole = columns[i].name != NULL;
    }
    if (whole)
        return columns;
    free_columns(columns, count);
    return NULL;
}

Status dataset_set_data_take(Dataset *dataset, Data *data)
{
    Column *columns = new_columns(data);
    if (!columns) {
        data_free(data);
        return STATUS_NO_MEMORY;
    }
    free_columns(dataset->column, dataset->features + dataset->targets);
    data_free(dataset->data);
    dataset->column = columns;
    dataset->data = data;
    dataset->rows = data->rows;
    dataset->features = data->inputs;
    dataset->targets = data->outputs;
    return STATUS_OK;
}

Status dataset_rename_column(Dataset *dataset, size_t i, const char *name)
{
    char *copy = strdup(name);
    if (!copy)
        return STATUS_NO_MEMORY;
    free(dataset->column[i].name);
    dataset->column[i].name = copy;
    return STATUS_OK;
}

bool columns_named(const Column *column, size_t features, size_t targets, bool of_targets)
{
    size_t from = of_targets ? features : 0, to = of_targets ? features + targets : features;
    bool named = false;
    for (size_t i = from; i < to && !named; i++) {
        char plain[PLAIN_NAME];
        name_column(features, targets, i, plain);
        named = strcmp(column[i].name, plain) != 0;
    }
    return named;
}

/* The sums of one column. */
typedef struct Moments {
    size_t n;            /* finite values */
    double factor;       /* power of two; the scaled values are at most 1 */
    int exponent;        /* of 1 / factor */
    double centre;       /* about which `sum` and `squares` are taken, scaled */
    double sum, squares; /* of the scaled values' distances from the centre */
} Moments;

static void find_range(const Data *data, Column *column, Moments *moments)
{
    size_t columns = data->inputs + data->outputs;
    for (size_t r = 0; r < data->rows; r++) {
        const real *row = data->v + r * columns;
        for (size_t c = 0; c < columns; c++) {
            if (!isfinite(row[c]))
                continue;
            bool first = moments[c].n++ == 0;
            column[c].min = first || row[c] < column[c].min ? row[c] : column[c].min;
            column[c].max = first || row[c] > column[c].max ? row[c] : column[c].max;
        }
    }
}

/* Chooses the factor. Below 2^-1000 nothing can overflow, and 2^1000 is the most that fits. */
static void choose_factor(const Column *column, Moments *moments)
{
    frexp(fmax(fabs(column->min), fabs(column->max)), &moments->exponent);
    if (moments->exponent < -1000)
        moments->exponent = -1000;
    moments->factor = ldexp(1.0, -moments->exponent);
}

static void add_up(const Data *data, Moments *moments)
{
    size_t columns = data->inputs + data->outputs;
    for (size_t r = 0; r < data->rows; r++) {
        const real *row = data->v + r * columns;
        for (size_t c = 0; c < columns; c++) {
            double d = isfinite(row[c]) ? row[c] * moments[c].factor - moments[c].centre : 0;
            moments[c].sum += d;
            moments[c].squares += d * d;
        }
    }
}

/* Makes the mean so far the centre; a second pass about it then loses nothing to cancellation. */
static void recentre(Moments *moments)
{
    moments->centre += moments->n > 0 ? moments->sum / (double)moments->n : 0;
    moments->sum = moments->squares = 0;
}

/* The corrected two-pass algorithm (Chan, Golub and LeVeque, 1983). */
static void conclude(const Moments *moments, Column *column)
{
    if (moments->n == 0 || column->min >= column->max) {
        column->mean = column->min;
        column->std = 0;
        return;
    }
    double n = (double)moments->n, drift = moments->sum / n;
    double variance = moments->squares / n - drift * drift;
    double mean = ldexp(moments->centre + drift, moments->exponent);
    column->mean = fmin(fmax(mean, column->min), column->max);
    column->std = ldexp(sqrt(fmax(variance, 0)), moments->exponent);
}

static void take_statistics(const Data *data, Column *column, Moments *moments)
{
    size_t columns = data->inputs + data->outputs;
    for (size_t c = 0; c < columns; c++)
        column[c].min = column[c].max = 0;
    find_range(data, column, moments);
    for (size_t c = 0; c < columns; c++)
        choose_factor(&column[c], &moments[c]);
    add_up(data, moments);
    for (size_t c = 0; c < columns; c++)
        recentre(&moments[c]);
    add_up(data, moments);
    for (size_t c = 0; c < columns; c++)
        conclude(&moments[c], &column[c]);
}

/* Where memory has the order that is stored, bytes are copied as they lie. */
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LITTLE_ENDIAN_HERE true
#else
#define LITTLE_ENDIAN_HERE false
#endif

static void turn_to_bytes(double number, unsigned char bytes[8])
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    for (size_t b = 0; b < 8; b++)
        bytes[b] = (unsigned char)(bits >> (8 * b) & 0xFF);
}

size_t dataset_bytes(const Dataset *dataset)
{
    return dataset->rows * (dataset->features + dataset->targets) * sizeof(double);
}

void dataset_to_bytes(const double *numbers, size_t n, unsigned char *bytes)
{
    if (LITTLE_ENDIAN_HERE)
        memcpy(bytes, numbers, 8 * n);
    for (size_t i = 0; i < n && !LITTLE_ENDIAN_HERE; i++)
        turn_to_bytes(numbers[i], bytes + 8 * i);
}

static double turn_from_bytes(const unsigned char bytes[8])
{
    uint64_t bits = 0;
    double number;
    for (size_t b = 0; b < 8; b++)
        bits |= (uint64_t)bytes[b] << (8 * b);
    memcpy(&number, &bits, sizeof bits);
    return number;
}

void dataset_from_bytes(const unsigned char *bytes, size_t n, double *numbers)
{
    if (LITTLE_ENDIAN_HERE)
        memcpy(numbers, bytes, 8 * n);
    for (size_t i = 0; i < n && !LITTLE_ENDIAN_HERE; i++)
        numbers[i] = turn_from_bytes(bytes + 8 * i);
}

static void digest_count(Digest *digest, uint64_t count)
{
    unsigned char bytes[8];
    for (size_t b = 0; b < 8; b++)
        bytes[b] = (unsigned char)(count >> (8 * b) & 0xFF);
    digest_add(digest, bytes, sizeof bytes);
}

static void digest_numbers(Digest *digest, const double *numbers, size_t n)
{
    unsigned char bytes[8 * DIGEST_NUMBERS];
    for (size_t at = 0; at < n; at += DIGEST_NUMBERS) {
        size_t some = n - at < DIGEST_NUMBERS ? n - at : DIGEST_NUMBERS;
        dataset_to_bytes(numbers + at, some, bytes);
        digest_add(digest, bytes, 8 * some);
    }
}

static Status take_digest(Dataset *dataset)
{
    size_t columns = dataset->features + dataset->targets;
    Digest *digest = digest_new();
    if (!digest)
        return STATUS_NO_MEMORY;
    digest_count(digest, dataset->features);
    digest_count(digest, dataset->targets);
    for (size_t i = 0; i < columns; i++)
        digest_add(digest, dataset->column[i].name, strlen(dataset->column[i].name) + 1);
    digest_numbers(digest, dataset->data->v, dataset->rows * columns);
    digest_finish_take(dataset->digest, digest);
    return STATUS_OK;
}

Status dataset_describe(Dataset *dataset)
{
    size_t columns = dataset->features + dataset->targets;
    Moments *moments = calloc(columns > 0 ? columns : 1, sizeof *moments);
    if (!moments)
        return STATUS_NO_MEMORY;
    take_statistics(dataset->data, dataset->column, moments);
    free(moments);
    return take_digest(dataset);
}
