/* Exported models in. The head is small and goes through jansson; the arrays of the members are
 * taken from the body as they came, and copied once into the networks. */
#include "api/codec/codec_import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_json.h"
#include "api/export/export.h"

#define NAMES(list) list, sizeof list / sizeof *list

/* The pointer of a member of the head. */
static void point(const Import *import, const char *member, char at[PROBLEM_POINTER])
{
    snprintf(at, PROBLEM_POINTER, "%s/%s", import->place, member);
}

static void check_format(const json_t *json, Import *import)
{
    char at[PROBLEM_POINTER], quoted[64];
    const json_t *format = json_object_get(json, "format");
    const json_t *version = json_object_get(json, "format_version");
    if (!format || strcmp(json_is_string(format) ? json_string_value(format) : "", EXPORT_FORMAT)) {
        point(import, "format", at);
        problem_add(import->problem, at,
                    "must be '" EXPORT_FORMAT "', as in what the export of a model gives");
    }
    if (json_integer_value(version) != EXPORT_VERSION) {
        point(import, "format_version", at);
        snprintf(quoted, sizeof quoted, "nothing");
        if (version)
            spec_quote(version, quoted);
        problem_add(import->problem, at, "must be %d, the format that this daemon knows, got %s",
                    EXPORT_VERSION, quoted);
    }
}

static void take_activation(const json_t *json, Import *import)
{
    char at[PROBLEM_POINTER];
    const json_t *given = json_object_get(json, "activation");
    const char *names[32];
    size_t count = 0;
    point(import, "activation", at);
    for (; count < 32 && act_at(count); count++)
        names[count] = act_at(count)->name;
    import->act = json_is_string(given) ? act_find(json_string_value(given)) : NULL;
    if (!json_is_string(given))
        problem_add(import->problem, at, "must be the name of an activation");
    else if (!import->act)
        problem_add_unknown(import->problem, at, json_string_value(given), names, count);
}

/* A SHA-256 in hexadecimal; may be absent or null. */
static void take_digest(const json_t *json, const char *member, char digest[DIGEST_SIZE],
                        Import *import)
{
    char at[PROBLEM_POINTER];
    const json_t *given = json_object_get(json, member);
    const char *text = json_string_value(given);
    if (!given || json_is_null(given))
        return;
    point(import, member, at);
    if (text && strlen(text) == DIGEST_SIZE - 1 && strspn(text, "0123456789abcdef") == strlen(text))
        memcpy(digest, text, DIGEST_SIZE);
    else
        problem_add(import->problem, at, "must be a SHA-256, that is 64 of 0-9 and a-f, or null");
}

/* A finite number that has to be there; at is the pointer of the object. */
static double take_number(const json_t *json, const char *member, const char *at, Import *import)
{
    char place[PROBLEM_POINTER], quoted[64] = "nothing";
    const json_t *given = json_object_get(json, member);
    if (json_is_number(given))
        return json_number_value(given);
    if (given)
        spec_quote(given, quoted);
    snprintf(place, sizeof place, "%.100s/%s", at, member);
    problem_add(import->problem, place, "must be a number, got %s", quoted);
    return 0;
}

static bool take_score(const json_t *metrics, const char *member, Score *score, Import *import)
{
    static const char *const names[] = {"mse", "rmse", "mae", "r2"};
    char at[PROBLEM_POINTER];
    const json_t *given = json_object_get(metrics, member);
    if (!given || json_is_null(given))
        return false;
    snprintf(at, sizeof at, "%s/metrics/%s", import->place, member);
    if (!json_is_object(given)) {
        problem_add(import->problem, at, "must be an object with mse, mae and r2, or null");
        return false;
    }
    spec_refuse_unknown(given, at, NAMES(names), import->problem);
    score->mse = take_number(given, "mse", at, import);
    score->mae = take_number(given, "mae", at, import);
    score->r2 = take_number(given, "r2", at, import);
    snprintf(at, sizeof at, "%s/metrics/%s/mse", import->place, member);
    if (!(score->mse >= 0))
        problem_add(import->problem, at, "must be at least 0");
    score->rmse = sqrt(score->mse);
    return true;
}

static void take_metrics(const json_t *json, Import *import)
{
    static const char *const names[] = {"train", "validation"};
    char at[PROBLEM_POINTER];
    ModelRecord *record = import->record;
    const json_t *metrics = json_object_get(json, "metrics");
    point(import, "metrics", at);
    if (metrics && !json_is_null(metrics) && !json_is_object(metrics)) {
        problem_add(import->problem, at, "must be an object with train and validation");
        return;
    }
    if (metrics && json_is_object(metrics))
        spec_refuse_unknown(metrics, at, NAMES(names), import->problem);
    record->has_training = take_score(metrics, "train", &record->training, import);
    record->has_validation = take_score(metrics, "validation", &record->validation, import);
}

static void take_name(const json_t *json, const char *at, Column *column, Import *import)
{
    char place[PROBLEM_POINTER];
    const char *name = json_string_value(json_object_get(json, "name"));
    snprintf(place, sizeof place, "%.100s/name", at);
    if (!name || !*name)
        problem_add(import->problem, place, "must be a name, that is text that is not empty");
    else if (strlen(name) >= COLUMN_NAME)
        problem_add(import->problem, place, "must be at most %d bytes long", COLUMN_NAME - 1);
    else if (!(column->name = strdup(name)))
        import_no_memory(import);
}

static void take_column(const json_t *json, const char *at, size_t i, Import *import)
{
    static const char *const names[] = {"name", "shift", "scale", "min", "max", "mean", "std"};
    char place[PROBLEM_POINTER];
    Column *column = &import->record->column[i];
    if (!json_is_object(json)) {
        problem_add(import->problem, at,
                    "must be an object with name, shift, scale, min, max, "
                    "mean and std");
        return;
    }
    spec_refuse_unknown(json, at, NAMES(names), import->problem);
    take_name(json, at, column, import);
    column->min = take_number(json, "min", at, import);
    column->max = take_number(json, "max", at, import);
    column->mean = take_number(json, "mean", at, import);
    column->std = take_number(json, "std", at, import);
    import->scaling->shift[i] = take_number(json, "shift", at, import);
    import->scaling->scale[i] = take_number(json, "scale", at, import);
    snprintf(place, sizeof place, "%.100s/scale", at);
    if (!(import->scaling->scale[i] > 0) && json_is_number(json_object_get(json, "scale")))
        problem_add(import->problem, place, "must be greater than 0");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Refuses two columns of one name. */
static void refuse_twins(Import *import)
{
    const ModelRecord *record = import->record;
    size_t columns = record->features + record->targets;
    const char **names = calloc(columns, sizeof *names);
    if (!names) {
        import_no_memory(import);
        return;
    }
    for (size_t i = 0; i < columns; i++)
        names[i] = record->column[i].name ? record->column[i].name : "";
    qsort(names, columns, sizeof *names, by_name);
    for (size_t i = 1; i < columns; i++)
        if (names[i][0] && strcmp(names[i - 1], names[i]) == 0)
            problem_add(import->problem, import->place, "has two columns of the name '%.64s'",
                        names[i]);
    free(names);
}

static size_t count_columns(const json_t *json, const char *member, Import *import)
{
    char at[PROBLEM_POINTER];
    const json_t *columns = json_object_get(json, member);
    size_t count = json_array_size(columns);
    point(import, member, at);
    if (count == 0)
        problem_add(import->problem, at, "must be an array of columns, at least one");
    else if (count > IMPORT_COLUMNS)
        problem_add(import->problem, at, "has %zu columns, at most %d are taken", count,
                    IMPORT_COLUMNS);
    return count > IMPORT_COLUMNS ? 0 : count;
}

static void take_columns(const json_t *json, Import *import)
{
    static const char *const members[] = {"features", "targets"};
    char at[PROBLEM_POINTER];
    ModelRecord *record = import->record;
    const size_t counts[] = {count_columns(json, members[0], import),
                             count_columns(json, members[1], import)};
    if (counts[0] == 0 || counts[1] == 0)
        return;
    record->column = calloc(counts[0] + counts[1], sizeof *record->column);
    import->scaling = scaling_new(counts[0], counts[1]);
    if (!record->column || !import->scaling) {
        import_no_memory(import);
        return;
    }
    record->features = counts[0];
    record->targets = counts[1];
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < counts[side]; i++) {
            const json_t *column = json_array_get(json_object_get(json, members[side]), i);
            snprintf(at, sizeof at, "%s/%s/%zu", import->place, members[side], i);
            take_column(column, at, side * counts[0] + i, import);
        }
    }
    refuse_twins(import);
}

void codec_import_head(const json_t *json, Import *import)
{
    static const char *const names[] = {"format",     "format_version", "name",    "version",
                                        "created_at", "dataset_digest", "digest",  "parameters",
                                        "activation", "features",       "targets", "metrics",
                                        "members",    "residuals"};
    spec_refuse_unknown(json, import->place, NAMES(names), import->problem);
    check_format(json, import);
    take_activation(json, import);
    take_digest(json, "digest", import->record->digest, import);
    take_digest(json, "dataset_digest", import->record->dataset_digest, import);
    take_metrics(json, import);
    take_columns(json, import);
}

/* An array of a layer, taken from the body; NULL where it is none of that kind, which is said. */
static const NumberArray *take_array(const json_t *layer, const char *at, const char *member,
                                     Body *body, Problem *problem)
{
    char place[PROBLEM_POINTER];
    bool flat = strcmp(member, "biases") == 0;
    snprintf(place, sizeof place, "%.100s/%s", at, member);
    const NumberArray *array = json_ingest_array(body->json, place + 1);
    if (!json_object_get(layer, member))
        problem_add(problem, place, "is missing");
    else if (!array || array->rows == 0 || array->cols == 0 || array->flat != flat)
        problem_add(problem, place, "must be %s",
                    flat ? "a flat list of numbers, one a unit, such as [1, 2]"
                         : "rows of numbers, one row a unit, such as [[1, 2], [3, 4]]");
    else
        return array;
    return NULL;
}

static void check_activation(const json_t *layer, const char *at, const char *right,
                             Problem *problem)
{
    char place[PROBLEM_POINTER];
    const json_t *given = json_object_get(layer, "activation");
    snprintf(place, sizeof place, "%.100s/activation", at);
    if (given && strcmp(json_is_string(given) ? json_string_value(given) : "", right) != 0)
        problem_add(problem, place, "must be '%s' in this layer", right);
}

static bool take_layer(const json_t *json, const char *at, Body *body, ImportLayer *layer,
                       Problem *problem)
{
    static const char *const names[] = {"weights", "biases", "activation"};
    if (!json_is_object(json)) {
        problem_add(problem, at, "must be an object with weights and biases");
        return false;
    }
    spec_refuse_unknown(json, at, NAMES(names), problem);
    const NumberArray *weights = take_array(json, at, "weights", body, problem);
    const NumberArray *biases = take_array(json, at, "biases", body, problem);
    if (!weights || !biases)
        return false;
    *layer = (ImportLayer){.weights = weights->v,
                           .rows = weights->rows,
                           .cols = weights->cols,
                           .biases = biases->v,
                           .bias_count = biases->rows};
    return true;
}

static void take_member(const json_t *json, size_t m, Body *body, Import *import)
{
    static const char *const names[] = {"layers"};
    ImportLayer layer[IMPORT_DEPTH];
    char at[PROBLEM_POINTER];
    const json_t *layers = json_object_get(json, "layers");
    size_t depth = json_array_size(layers);
    bool sound = import->act != NULL;
    snprintf(at, sizeof at, "#/members/%zu", m);
    if (!json_is_object(json) || depth == 0 || depth > IMPORT_DEPTH) {
        problem_add(import->problem, at, "must be an object with layers, an array of 1 to %d",
                    IMPORT_DEPTH);
        return;
    }
    spec_refuse_unknown(json, at, NAMES(names), import->problem);
    for (size_t l = 0; l < depth; l++) {
        const char *act = import->act ? import->act->name : NULL;
        snprintf(at, sizeof at, "#/members/%zu/layers/%zu", m, l);
        sound =
            take_layer(json_array_get(layers, l), at, body, &layer[l], import->problem) && sound;
        if (act && json_is_object(json_array_get(layers, l)))
            check_activation(json_array_get(layers, l), at, l + 1 < depth ? act : "identity",
                             import->problem);
    }
    snprintf(at, sizeof at, "#/members/%zu", m);
    if (sound)
        import_add(import, at, layer, depth);
}

/* How many rows the residuals were measured on; 0 where that is wrong, which is said. */
static size_t take_rows(const json_t *json, Problem *problem)
{
    const json_t *rows = json_object_get(json, "rows");
    if (json_is_integer(rows) && json_integer_value(rows) > 0)
        return (size_t)json_integer_value(rows);
    problem_add(problem, "#/residuals/rows", "must be the number of validation rows, at least 1");
    return 0;
}

static void keep_residuals(const NumberArray *values, size_t rows, Import *import)
{
    Model *model = import->record->model;
    size_t targets = import->record->targets;
    if (values->flat || values->rows != targets || values->cols == 0) {
        problem_add(import->problem, "#/residuals/values",
                    "must be an array of numbers for each of the %zu targets", targets);
        return;
    }
    model->residuals = residuals_new(rows, targets, values->cols);
    if (!model->residuals) {
        import_no_memory(import);
        return;
    }
    memcpy(model->residuals->v, values->v, targets * values->cols * sizeof *values->v);
    if (!residuals_are_sound(model->residuals))
        problem_add(import->problem, "#/residuals/values",
                    "must ascend from 0 or more, as many as the rows, but at most %d",
                    RESIDUALS_POINTS);
}

/* May be absent or null, as in a model that was trained without validation rows. */
static void take_residuals(const json_t *json, Body *body, Import *import)
{
    static const char *const names[] = {"rows", "values"};
    const json_t *given = json_object_get(json, "residuals");
    const NumberArray *values = json_ingest_array(body->json, "/residuals/values");
    if (!given || json_is_null(given))
        return;
    if (!json_is_object(given) || !values) {
        problem_add(
            import->problem, "#/residuals",
            "must be an object with rows and values, an array of numbers a target, or null");
        return;
    }
    spec_refuse_unknown(given, "#/residuals", NAMES(names), import->problem);
    size_t rows = take_rows(given, import->problem);
    if (import->record->model && import->problem->status == STATUS_OK)
        keep_residuals(values, rows, import);
}

ModelRecord *codec_import_json(const Request *request, Problem *problem)
{
    Import import = {.record = calloc(1, sizeof *import.record), .place = "#", .problem = problem};
    json_t *json = codec_json_body(request, problem);
    if (!import.record)
        import_no_memory(&import);
    if (import.record && json) {
        const json_t *members = json_object_get(json, "members");
        codec_import_rows(json, request->body, problem);
        codec_import_head(json, &import);
        if (json_array_size(members) == 0)
            problem_add(problem, "#/members", "must be an array of networks, at least one");
        for (size_t m = 0; m < json_array_size(members); m++)
            take_member(json_array_get(members, m), m, request->body, &import);
        take_residuals(json, request->body, &import);
    }
    json_decref(json);
    return import_end(&import);
}
