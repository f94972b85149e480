/* Datasets in. The numbers of a body become the dataset's without a second copy: a matrix
 * of the ingest is widened or its columns put in order, in place. */
#include "api/codec/codec_dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/nearest.h"
#include "tools/spec.h"

#define COLUMNS_LOOKED_AT 256 /* for the one that was meant */

static void copy_name(char *to, size_t size, const char *from, const char *pointer,
                      Problem *problem)
{
    if (strlen(from) < size)
        memcpy(to, from, strlen(from) + 1);
    else
        problem_add(problem, pointer, "must be at most %zu bytes long, got %zu", size - 1,
                    strlen(from));
}

/* The array taken from the body at place/member, where it has rows and columns; else NULL, and what
 * is wrong with it is said. */
static NumberArray *matrix(const json_t *json, const char *place, const char *member, Body *body,
                           Problem *problem)
{
    char at[PROBLEM_POINTER], quoted[64];
    snprintf(at, sizeof at, "#%s/%s", place, member);
    NumberArray *array = json_ingest_array(body->json, at + 1);
    const json_t *value = json_object_get(json, member);
    if (!value) {
        problem_add(problem, at, "is missing; it holds one row of numbers for each sample");
    } else if (!array) {
        spec_quote(value, quoted);
        problem_add(problem, at, "must be an array of rows of numbers, got %s", quoted);
    } else if (array->rows == 0) {
        problem_add(problem, at, "must have at least one row, got none");
    } else if (array->cols == 0) {
        problem_add(problem, at, "must have at least one number in each row, got none");
    } else {
        return array;
    }
    return NULL;
}

/* Makes the rows of `own`, which begin at `from` of each joined row, and those of `other` one array
 * in the memory of `own`, so its last row moves first; frees other's. NULL: no memory. */
static double *widen_take(NumberArray *own, size_t from, NumberArray *other, size_t to)
{
    size_t f = own->cols, m = other->cols, columns = f + m;
    double *v = realloc(own->v, own->rows * columns * sizeof *v);
    if (v)
        own->v = NULL;
    for (size_t r = own->rows; v && r-- > 0;) {
        memmove(v + r * columns + from, v + r * f, f * sizeof *v);
        memcpy(v + r * columns + to, other->v + r * m, m * sizeof *v);
    }
    number_array_free(other);
    return v;
}

/* One array of rows from x (n, f) and y (n, m). The larger one grows, so that there is never more
 * than one and a half of both. */
static Data *join_take(NumberArray *x, NumberArray *y)
{
    size_t rows = x->rows, f = x->cols, m = y->cols;
    double *v = m > f ? widen_take(y, f, x, 0) : widen_take(x, 0, y, f);
    return v ? data_new_take(rows, f, m, v) : NULL;
}

static void no_memory(Problem *problem)
{
    problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this dataset now");
}

static void rename_column(Dataset *dataset, size_t i, const char *name, const char *at,
                          Problem *problem)
{
    if (!name || !*name)
        problem_add(problem, at, "must be a name, that is text that is not empty");
    else if (strlen(name) >= COLUMN_NAME)
        problem_add(problem, at, "must be at most %d bytes long", COLUMN_NAME - 1);
    else if (dataset_rename_column(dataset, i, name) != STATUS_OK)
        no_memory(problem);
}

/* Columns [from, from + count) get the names listed in json's member, where it has one. */
static void rename_columns(const json_t *names, const char *at, Dataset *dataset,
                           const size_t range[2], Problem *problem)
{
    char item[PROBLEM_POINTER], quoted[64];
    if (!names)
        return;
    if (!json_is_array(names)) {
        spec_quote(names, quoted);
        problem_add(problem, at, "must be an array of names, got %s", quoted);
        return;
    }
    if (json_array_size(names) != range[1]) {
        problem_add(problem, at, "must have %zu name%s, one a column, got %zu", range[1],
                    range[1] == 1 ? "" : "s", json_array_size(names));
        return;
    }
    for (size_t i = 0; i < range[1]; i++) {
        snprintf(item, sizeof item, "%s/%zu", at, i);
        rename_column(dataset, range[0] + i, json_string_value(json_array_get(names, i)), item,
                      problem);
    }
}

static void take_name(const json_t *json, const char *place, Dataset *dataset, Problem *problem)
{
    char at[PROBLEM_POINTER], quoted[64];
    const json_t *name = json_object_get(json, "name");
    snprintf(at, sizeof at, "#%s/name", place);
    if (json_is_string(name)) {
        copy_name(dataset->name, sizeof dataset->name, json_string_value(name), at, problem);
    } else if (name && !json_is_null(name)) {
        spec_quote(name, quoted);
        problem_add(problem, at, "must be text, got %s", quoted);
    }
}

static void take_column_names(const json_t *json, const char *place, Dataset *dataset,
                              Problem *problem)
{
    char at[PROBLEM_POINTER];
    snprintf(at, sizeof at, "#%s/features", place);
    rename_columns(json_object_get(json, "features"), at, dataset, (size_t[]){0, dataset->features},
                   problem);
    snprintf(at, sizeof at, "#%s/targets", place);
    rename_columns(json_object_get(json, "targets"), at, dataset,
                   (size_t[]){dataset->features, dataset->targets}, problem);
}

/* The rows of x and y as one array; NULL where they are wrong, which is said. */
static Data *take_rows(const json_t *json, const char *place, Body *body, Problem *problem)
{
    char at[PROBLEM_POINTER];
    size_t before = problem_size(problem);
    NumberArray *x = matrix(json, place, "x", body, problem);
    NumberArray *y = matrix(json, place, "y", body, problem);
    snprintf(at, sizeof at, "#%s/x", place);
    if (x && x->flat)
        problem_add(problem, at, "must be an array of rows, such as [[1], [2]], not a flat list");
    snprintf(at, sizeof at, "#%s/y", place);
    if (x && y && x->rows != y->rows)
        problem_add(problem, at, "has %zu rows, but x has %zu; each row of x needs its target",
                    y->rows, x->rows);
    if (body->problem.status != STATUS_OK || !problem_none_since(problem, before))
        return NULL;
    Data *data = join_take(x, y);
    if (!data)
        no_memory(problem);
    return data;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Refuses two columns of one name. */
static void refuse_twins(const Dataset *dataset, const char *place, Problem *problem)
{
    char at[PROBLEM_POINTER];
    size_t columns = dataset->features + dataset->targets;
    const char **names = malloc(columns * sizeof *names);
    if (!names) {
        no_memory(problem);
        return;
    }
    for (size_t i = 0; i < columns; i++)
        names[i] = dataset->column[i].name;
    qsort(names, columns, sizeof *names, by_name);
    snprintf(at, sizeof at, "#%s", place);
    for (size_t i = 1; i < columns; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            problem_add(problem, at, "has two columns of the name '%.64s'", names[i]);
    free(names);
}

/* Describes a dataset of sound rows and names; frees it where it has no rows, or something was
 * wrong, which came after so many other mistakes. */
static Dataset *finish_take(Problem *problem, size_t before, Dataset *dataset)
{
    bool sound = dataset->data && problem_none_since(problem, before);
    if (sound && dataset_describe(dataset) == STATUS_OK)
        return dataset;
    if (sound)
        no_memory(problem);
    dataset_free(dataset);
    return NULL;
}

Dataset *codec_dataset_from_json(const json_t *json, const char *place, Body *body,
                                 Problem *problem)
{
    static const char *const names[] = {"name", "x", "y", "features", "targets"};
    char at[PROBLEM_POINTER];
    size_t before = problem_size(problem);
    Dataset *dataset = dataset_new();
    if (!dataset) {
        no_memory(problem);
        return NULL;
    }
    snprintf(at, sizeof at, "#%s", place);
    spec_refuse_unknown(json, at, names, sizeof names / sizeof *names, problem);
    take_name(json, place, dataset, problem);
    Data *data = take_rows(json, place, body, problem);
    if (data && dataset_set_data_take(dataset, data) != STATUS_OK)
        no_memory(problem);
    else if (data)
        take_column_names(json, place, dataset, problem);
    if (data && problem_none_since(problem, before))
        refuse_twins(dataset, place, problem);
    return finish_take(problem, before, dataset);
}

/* Which columns of a table become what: order[0 .. columns-1] names the features, in the order of
 * the text, and then the targets, in the order they were asked for. */
typedef struct Choice {
    size_t *order;
    size_t columns, targets;
} Choice;

static size_t find_column(const Body *body, const char *name)
{
    size_t i = 0, columns = body_rows(body)->cols;
    while (i < columns && strcmp(body_column(body, i), name) != 0)
        i++;
    return i;
}

/* The column that was most likely meant, among the first of a wide table; NULL where none is. */
static const char *nearest_column(const Body *body, const char *name)
{
    const char *names[COLUMNS_LOOKED_AT];
    size_t count = 0, columns = body_rows(body)->cols;
    for (; count < columns && count < COLUMNS_LOOKED_AT; count++)
        names[count] = body_column(body, count);
    return nearest_name(name, names, count);
}

static void refuse_target(const Body *body, const char *name, Problem *problem)
{
    char names[160] = "";
    const char *nearest = nearest_column(body, name);
    size_t at = 0, columns = body_rows(body)->cols;
    for (size_t i = 0; i < columns && at + 8 < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s'%.40s'", i ? ", " : "",
                               body_column(body, i));
    if (nearest)
        problem_add(problem, "?target", "there is no column '%.60s'; did you mean '%.60s'?", name,
                    nearest);
    else
        problem_add(problem, "?target", "there is no column '%.60s'; the columns are %s", name,
                    names);
}

/* Moves the asked targets to the end of the order. */
static void choose_targets(const Request *request, Choice *choice, Problem *problem)
{
    const Body *body = request->body;
    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].value;
        if (strcmp(request->query[i].name, "target") != 0)
            continue;
        size_t column = find_column(body, name);
        size_t place = 0;
        while (place < choice->columns - choice->targets && choice->order[place] != column)
            place++;
        if (column == choice->columns) {
            refuse_target(body, name, problem);
        } else if (place == choice->columns - choice->targets) {
            problem_add(problem, "?target", "'%s' is named twice", name);
        } else {
            memmove(choice->order + place, choice->order + place + 1,
                    (choice->columns - place - 1) * sizeof *choice->order);
            choice->order[choice->columns - 1] = column;
            choice->targets++;
        }
    }
    if (choice->targets == 0 && !request_query(request, "target"))
        choice->targets = 1;
    if (choice->targets >= choice->columns)
        problem_add(problem, request_query(request, "target") ? "?target" : "line 1",
                    "leaves no column as a feature; there must be at least one beside the target");
}

/* Rows that say themselves what their targets are. */
static void refuse_targets(const Request *request, Problem *problem)
{
    if (request_query(request, "target"))
        problem_add(problem, "?target", "is for rows with named columns; these have x and y");
}

/* Puts each row's numbers into the order of the choice, in place; false where there is no memory.
 * */
static bool reorder(NumberArray *rows, const Choice *choice)
{
    double *row = malloc(choice->columns * sizeof *row);
    if (!row)
        return false;
    for (size_t r = 0; r < rows->rows; r++) {
        double *v = rows->v + r * choice->columns;
        memcpy(row, v, choice->columns * sizeof *row);
        for (size_t c = 0; c < choice->columns; c++)
            v[c] = row[choice->order[c]];
    }
    free(row);
    return true;
}

static Dataset *build_table(const Request *request, const Choice *choice, Problem *problem)
{
    const Body *body = request->body;
    NumberArray *rows = body_rows(body);
    const char *name = request_query(request, "name");
    size_t before = problem_size(problem);
    Dataset *dataset = dataset_new();
    Data *data = NULL;
    if (dataset && reorder(rows, choice)) {
        data =
            data_new_take(rows->rows, choice->columns - choice->targets, choice->targets, rows->v);
        rows->v = NULL;
    }
    if (!data || dataset_set_data_take(dataset, data) != STATUS_OK) {
        no_memory(problem);
        dataset_free(dataset);
        return NULL;
    }
    for (size_t i = 0; i < choice->columns; i++) {
        const char *column = body_column(body, choice->order[i]);
        if (column && dataset_rename_column(dataset, i, column) != STATUS_OK)
            no_memory(problem);
    }
    if (name)
        copy_name(dataset->name, sizeof dataset->name, name, "?name", problem);
    return finish_take(problem, before, dataset);
}

Dataset *codec_dataset_from_table(const Request *request, Problem *problem)
{
    const Body *body = request->body;
    size_t before = problem_size(problem);
    Choice choice = {.columns = body_rows(body)->cols, .targets = body_targets(body)};
    choice.order = malloc((choice.columns + 1) * sizeof *choice.order);
    if (!choice.order) {
        no_memory(problem);
        return NULL;
    }
    for (size_t i = 0; i < choice.columns; i++)
        choice.order[i] = i;
    Dataset *dataset = NULL;
    if (choice.columns > 0 && !body_column(body, 0))
        refuse_targets(request, problem);
    else if (choice.columns > 0)
        choose_targets(request, &choice, problem);
    if (body->problem.status == STATUS_OK && problem_none_since(problem, before))
        dataset = build_table(request, &choice, problem);
    free(choice.order);
    return dataset;
}
