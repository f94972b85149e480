/* Rows in, predictions out. Rows come as arrays, in the order of the features, or as objects by the
 * features' names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_json.h"
#include "api/codec/codec_model.h"

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

static void check_width(const NumberArray *rows, const ModelRecord *record, Problem *problem)
{
    char names[NAMES_SHOWN];
    list_features(record, names);
    if (rows->rows == 0)
        problem_add(problem, "#/instances", "must have at least one row, got none");
    else if (rows->flat)
        problem_add(problem, "#/instances",
                    "must be an array of rows, such as [[1, 2]], not a flat list");
    else if (rows->cols != record->features)
        problem_add(problem, "#/instances", "each row needs %zu numbers (%s), got %zu",
                    record->features, names, rows->cols);
}

/* One row that came as an object, into row(features); returns how many features it has. */
static size_t take_object(const json_t *object, size_t r, const ModelRecord *record, double *row,
                          Problem *problem)
{
    char at[PROBLEM_POINTER], quoted[64];
    size_t found = 0;
    for (size_t i = 0; i < record->features; i++) {
        const json_t *value = json_object_get(object, record->column[i].name);
        snprintf(at, sizeof at, "#/instances/%zu/%.80s", r, record->column[i].name);
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

static void take_instances(const json_t *json, const Request *request, const ModelRecord *record,
                           NumberArray *rows, Problem *problem)
{
    char quoted[64];
    NumberArray *array = json_ingest_array(request->body->json, "/instances");
    const json_t *instances = json_object_get(json, "instances");
    if (!instances) {
        problem_add(problem, "#/instances", "is missing; it holds the rows to predict");
    } else if (array) {
        check_width(array, record, problem);
        *rows = *array;
        array->v = NULL;
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

Instances codec_instances(const Request *request, const ModelRecord *record, Problem *problem)
{
    static const char *const names[] = {"instances", "std"};
    Instances asked = {0};
    json_t *json = codec_json_body(request, problem);
    if (json) {
        spec_refuse_unknown(json, "#", names, 2, problem);
        take_instances(json, request, record, &asked.rows, problem);
        take_std(json_object_get(json, "std"), &asked, problem);
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

void codec_predictions_encode(const ModelRecord *record, MatIn x, MatIn y, MatIn std,
                              Encoder *encoder)
{
    enc_object(encoder);
    encode_rows("predictions", y, encoder);
    if (std.v)
        encode_rows("std", std, encoder);
    encode_extrapolated(record, x, encoder);
    enc_object_end(encoder);
}
