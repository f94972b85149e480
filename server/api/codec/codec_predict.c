/* Rows in, predictions out. Rows come as arrays, in the order of the features, or as objects by the
 * features' names. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_json.h"
#include "api/codec/codec_model.h"
#include "api/codec/codec_ragged.h"

#define NAMES_SHOWN 160 /* bytes of feature names in a message */

static void list_features(const ModelRecord *record, char names[NAMES_SHOWN])
{
    size_t at = 0;
    names[0] = '\0';
    for (size_t i = 0; i < record->features; i++) {
        size_t length = strlen(record->column[i].name);
        if (at + length + 8 >= NAMES_SHOWN) {
            snprintf(names + at, NAMES_SHOWN - at, ", ...");
            return;
        }
        at += (size_t)snprintf(names + at, NAMES_SHOWN - at, "%s%s", i ? ", " : "",
                               record->column[i].name);
    }
}

/* Says of rows that they do not fit the model. */
static void blame_rows(const Ragged *ragged, const void *model, size_t from, size_t to,
                       size_t cols)
{
    const ModelRecord *record = model;
    Problem *problem = ragged->problem;
    char names[NAMES_SHOWN], at[PROBLEM_POINTER];
    if (from == to)
        return;
    list_features(record, names);
    for (size_t r = from; r < to; r++) {
        if (problem->count == PROBLEM_ITEMS) {
            problem_add(problem, "#/instances", "and more"); /* is counted only */
            continue;
        }
        snprintf(at, sizeof at, "#/instances/%zu", r);
        problem_add(problem, at, "row %zu has %zu number%s, the model takes %zu (%s)", r, cols,
                    cols == 1 ? "" : "s", record->features, names);
    }
}

static void check_width(const NumberArray *rows, const ModelRecord *record, Problem *problem)
{
    char names[NAMES_SHOWN];
    if (rows->rows == 0)
        problem_add(problem, "#/instances", "must have at least one row, got none");
    else if (rows->flat)
        problem_add(problem, "#/instances",
                    "must be an array of rows, such as [[1, 2]], not a flat list");
    else if (rows->ragged_rows > 0 || rows->rows == 1)
        codec_ragged_hold(&(Ragged){rows, "#/instances", record->features, problem}, blame_rows,
                          record);
    else if (rows->cols != record->features) {
        list_features(record, names);
        problem_add(problem, "#/instances", "each row has %zu number%s, the model takes %zu (%s)",
                    rows->cols, rows->cols == 1 ? "" : "s", record->features, names);
    }
}

/* One row that came as an object, into row(features); returns how many features it has. */
static size_t take_object(const json_t *object, size_t r, const ModelRecord *record, double *row,
                          Problem *problem)
{
    char place[64], at[PROBLEM_POINTER], quoted[64];
    size_t found = 0;
    snprintf(place, sizeof place, "#/instances/%zu", r);
    for (size_t i = 0; i < record->features; i++) {
        const json_t *value = json_object_get(object, record->column[i].name);
        problem_member(place, record->column[i].name, at);
        row[i] = json_number_value(value);
        found += value != NULL;
        if (!value) {
            problem_add(problem, at, "is missing");
        } else if (!json_is_number(value)) {
            spec_quote(value, quoted);
            problem_add(problem, at, "must be a number, got %s", quoted);
        }
    }
    return found;
}

static const char **feature_names(const ModelRecord *record)
{
    const char **names = malloc(record->features * sizeof *names);
    for (size_t i = 0; names && i < record->features; i++)
        names[i] = record->column[i].name;
    return names;
}

static void take_objects(const json_t *instances, const ModelRecord *record, NumberArray *rows,
                         Problem *problem)
{
    const char **names = feature_names(record);
    rows->rows = json_array_size(instances);
    rows->cols = record->features;
    rows->v = calloc(rows->rows * rows->cols, sizeof *rows->v);
    for (size_t r = 0; names && rows->v && r < rows->rows; r++) {
        const json_t *object = json_array_get(instances, r);
        char at[PROBLEM_POINTER];
        snprintf(at, sizeof at, "#/instances/%zu", r);
        if (!json_is_object(object)) {
            problem_add(problem, at, "must be an object, as the first row is");
            continue;
        }
        size_t found = take_object(object, r, record, rows->v + r * rows->cols, problem);
        if (found < json_object_size(object))
            spec_refuse_unknown(object, at, names, record->features, problem);
    }
    if (!names || !rows->v)
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for these rows now");
    free(names);
}

/* Whether rows are all that the body has, as is most common: then there is no need of a tree. */
static bool is_rows_only(JsonIngest *ingest)
{
    static const char whole[] = "{\"instances\":null}"; /* null stands for the rows */
    const Text *skeleton = json_ingest_skeleton(ingest);
    size_t same = 0;
    for (size_t i = 0; i < skeleton->length; i++) {
        char c = skeleton->bytes[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (same + 1 == sizeof whole || c != whole[same++])
            return false;
    }
    return same + 1 == sizeof whole && json_ingest_array(ingest, "/instances");
}

/* The rows, once they have been held against the model. */
static void take_rows(NumberArray *array, const ModelRecord *record, NumberArray *rows,
                      Problem *problem)
{
    check_width(array, record, problem);
    *rows = *array;
    *array = (NumberArray){0};
}

static void take_instances(const json_t *json, const Request *request, const ModelRecord *record,
                           NumberArray *rows, Problem *problem)
{
    char quoted[64];
    NumberArray *array = json_ingest_array(request->body->json, "/instances");
    const json_t *instances = json_object_get(json, "instances");
    if (!instances) {
        problem_add(problem, "#/instances", "is missing; it holds the rows to predict");
    } else if (array) {
        take_rows(array, record, rows, problem);
    } else if (json_is_object(json_array_get(instances, 0))) {
        take_objects(instances, record, rows, problem);
    } else {
        spec_quote(instances, quoted);
        problem_add(problem, "#/instances",
                    "must be an array of rows of numbers or of objects, got %s", quoted);
    }
}

static void take_std(const json_t *std, Instances *asked, Problem *problem)
{
    char quoted[64];
    asked->std = json_is_true(std);
    if (!std || json_is_boolean(std))
        return;
    spec_quote(std, quoted);
    problem_add(problem, "#/std", "must be true or false, got %s", quoted);
}

/* The level of the intervals, where the model has what they are made of. */
static void take_interval(const json_t *interval, const ModelRecord *record, Instances *asked,
                          Problem *problem)
{
    const char *at = "#/interval";
    const Residuals *residuals = record->model->residuals;
    double level = json_number_value(interval);
    char quoted[64];
    if (!interval || json_is_null(interval))
        return;
    spec_quote(interval, quoted);
    if (!json_is_number(interval) || !(level > 0) || !(level < 1))
        problem_add(problem, at, "must be a level between 0 and 1, such as 0.9, got %s", quoted);
    else if (!residuals)
        problem_add(problem, at,
                    "is not known of this model, which has no errors on validation rows to measure "
                    "it by: train it with validation_split, such as 0.2; of one that was "
                    "imported, only the JSON format keeps them");
    else if (!isfinite(residuals_quantile(residuals, 0, level)))
        problem_add(problem, at,
                    "takes %.0f validation rows or more for the level %s, this model had %zu; "
                    "train it with more rows or a larger validation_split, or ask for less",
                    residuals_rows_for(level), quoted, residuals->rows);
    else
        asked->interval = level;
}

/* TensorFlow Serving's clients name a signature; there is one only, whatever it is called. */
static void take_signature(const json_t *name, Problem *problem)
{
    char quoted[64];
    if (!name || json_is_string(name))
        return;
    spec_quote(name, quoted);
    problem_add(problem, "#/signature_name", "must be text, got %s", quoted);
}

Instances codec_instances(const Request *request, const ModelRecord *record, Problem *problem)
{
    static const char *const names[] = {"instances", "std", "interval", "signature_name"};
    Instances asked = {0};
    JsonIngest *ingest = request->body->json;
    json_t *json = NULL;
    if (is_rows_only(ingest))
        take_rows(json_ingest_array(ingest, "/instances"), record, &asked.rows, problem);
    else
        json = codec_json_body(request, problem);
    if (json) {
        spec_refuse_unknown(json, "#", names, sizeof names / sizeof *names, problem);
        take_instances(json, request, record, &asked.rows, problem);
        take_std(json_object_get(json, "std"), &asked, problem);
        take_interval(json_object_get(json, "interval"), record, &asked, problem);
        take_signature(json_object_get(json, "signature_name"), problem);
    }
    json_decref(json);
    if (problem->status != STATUS_OK)
        number_array_free(&asked.rows);
    return asked;
}

static bool outside(const ModelRecord *record, MatIn x, size_t r, size_t i)
{
    double value = x.v[r * x.stride + i];
    return value < record->column[i].min || value > record->column[i].max;
}

/* One row's features that are outside the range of training, as an entry of the list. */
static void encode_outside(const ModelRecord *record, MatIn x, size_t r, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_int(encoder, "row", (int64_t)r);
    enc_key(encoder, "features");
    enc_array(encoder);
    for (size_t i = 0; i < x.cols; i++)
        if (outside(record, x, r, i))
            enc_string(encoder, record->column[i].name);
    enc_array_end(encoder);
    enc_object_end(encoder);
}

static void encode_extrapolated(const ModelRecord *record, MatIn x, Encoder *encoder)
{
    bool any = false;
    for (size_t r = 0; r < x.rows; r++) {
        size_t i = 0;
        while (i < x.cols && !outside(record, x, r, i))
            i++;
        if (i == x.cols)
            continue;
        if (!any) {
            enc_key(encoder, "extrapolated");
            enc_array(encoder);
        }
        any = true;
        encode_outside(record, x, r, encoder);
    }
    if (any)
        enc_array_end(encoder);
}

/* A number a row where there is one column, else an array. */
static void encode_rows(const char *key, MatIn y, Encoder *encoder)
{
    enc_key(encoder, key);
    enc_array(encoder);
    for (size_t r = 0; r < y.rows; r++) {
        if (y.cols == 1)
            enc_real(encoder, y.v[r * y.stride]);
        else
            enc_reals(encoder, y.v + r * y.stride, y.cols);
    }
    enc_array_end(encoder);
}

static void encode_intervals(MatIn y, const double *half, Encoder *encoder)
{
    enc_key(encoder, "intervals");
    enc_array(encoder);
    for (size_t r = 0; r < y.rows; r++) {
        if (y.cols > 1)
            enc_array(encoder);
        for (size_t j = 0; j < y.cols; j++) {
            double middle = y.v[r * y.stride + j];
            enc_reals(encoder, (const double[]){middle - half[j], middle + half[j]}, 2);
        }
        if (y.cols > 1)
            enc_array_end(encoder);
    }
    enc_array_end(encoder);
}

void codec_predictions_encode(const ModelRecord *record, const Predicted *predicted,
                              Encoder *encoder)
{
    enc_object(encoder);
    encode_rows("predictions", predicted->y, encoder);
    if (predicted->std.v)
        encode_rows("std", predicted->std, encoder);
    if (predicted->half)
        encode_intervals(predicted->y, predicted->half, encoder);
    encode_extrapolated(record, predicted->x, encoder);
    enc_object_end(encoder);
}
