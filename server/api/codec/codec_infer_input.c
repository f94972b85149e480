/* The inputs of an inference request. A model has one, so whatever raw bytes there are are its own.
 * Numbers in the JSON became doubles while they arrived (see json_ingest.h). */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/codec/codec_infer_part.h"
#include "api/codec/codec_tensor.h"
#include "tools/spec.h"

/* Where the decoder is. */
typedef struct Reading {
    const Request *request;
    const ModelRecord *record;
    Problem *problem;
    NumberArray *x;
    bool found;           /* an x has come */
    bool alone;           /* there is one input, so that it is meant whatever it is called */
    char at[32];          /* the input: "#/inputs/0" */
    const json_t *tensor; /* the same */
    size_t rows;          /* of its shape; 0 where that is wrong */
    const TensorType *type;
} Reading;

static void say(Reading *reading, const char *member, const char *format, ...) PRINTF_LIKE(3, 4);

/* Adds a mistake at a member of the input: "/shape/0". */
static void say(Reading *reading, const char *member, const char *format, ...)
{
    char at[PROBLEM_POINTER], detail[PROBLEM_DETAIL];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    snprintf(at, sizeof at, "%s%s", reading->at, member);
    problem_add(reading->problem, at, "%s", detail);
}

/* A whole number from 0 up; -1 where value is none. 2.0 is one too, as some programs print it. */
static int64_t whole(const json_t *value)
{
    double number = json_real_value(value);
    if (json_is_integer(value))
        return json_integer_value(value) < 0 ? -1 : json_integer_value(value);
    bool fits = json_is_real(value) && number >= 0 && number < 9e18 && number == floor(number);
    return fits ? (int64_t)number : -1;
}

static void read_shape(Reading *reading)
{
    const json_t *shape = json_object_get(reading->tensor, "shape");
    size_t features = reading->record->features;
    char quoted[64];
    if (!shape) {
        say(reading, "/shape", "is missing; it is [rows, %zu]", features);
        return;
    }
    spec_quote(shape, quoted);
    if (json_array_size(shape) != 2) {
        say(reading, "/shape", "must be [rows, %zu], got %s", features, quoted);
        return;
    }
    int64_t rows = whole(json_array_get(shape, 0)), cols = whole(json_array_get(shape, 1));
    if (rows < 1)
        say(reading, "/shape/0", "must be a whole number of at least 1, in the shape %s", quoted);
    if (cols != (int64_t)features)
        say(reading, "/shape/1", "must be %zu, the number of features, in the shape %s", features,
            quoted);
    else if (rows > 0 && (uint64_t)rows > SIZE_MAX / sizeof(double) / features)
        say(reading, "/shape", "has more numbers than there can be, got %s", quoted);
    else if (rows > 0)
        reading->rows = (size_t)rows;
}

static void read_type(Reading *reading)
{
    const json_t *name = json_object_get(reading->tensor, "datatype");
    char quoted[64], known[160];
    size_t length = 0;
    if (!name) {
        say(reading, "/datatype", "is missing");
        return;
    }
    reading->type = json_is_string(name) ? tensor_type(json_string_value(name)) : NULL;
    if (reading->type)
        return;
    for (size_t i = 0; tensor_type_at(i); i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   tensor_type_at(i)->name);
    spec_quote(name, quoted);
    say(reading, "/datatype", "must be one of %s, got %s", known, quoted);
}

/* The numbers that came in the JSON. */
static void take_numbers(Reading *reading, NumberArray *array)
{
    size_t rows = reading->rows, cols = reading->record->features;
    size_t before = problem_size(reading->problem);
    char at[PROBLEM_POINTER];
    if (rows == 0 || !reading->type)
        return;
    if ((array->flat || array->rows == 0) && array->rows != rows * cols)
        say(reading, "/data", "must have %zu numbers for the shape [%zu, %zu], got %zu",
            rows * cols, rows, cols, array->rows);
    else if (!array->flat && (array->rows != rows || array->cols != cols))
        say(reading, "/data", "must be %zu rows of %zu numbers, or flat, got %zu rows of %zu", rows,
            cols, array->rows, array->cols);
    if (reading->request->body->problem.status != STATUS_OK ||
        !problem_none_since(reading->problem, before))
        return;
    *reading->x = *array;
    *array = (NumberArray){0};
    reading->x->rows = rows;
    reading->x->cols = cols;
    snprintf(at, sizeof at, "%s/data", reading->at);
    tensor_check(reading->type, reading->x, at, reading->problem);
}

/* Raw bytes that fit. Doubles, and what is as long, take their place. */
static void take_bytes(Reading *reading)
{
    NumberArray *x = reading->x;
    Text *raw = &reading->request->body->raw;
    size_t count = reading->rows * reading->record->features;
    char at[PROBLEM_POINTER];
    bool in_place = reading->type->size == sizeof *x->v;
    unsigned char *bytes = (unsigned char *)raw->bytes;
    x->v = in_place ? (double *)(void *)bytes : malloc(count * sizeof *x->v);
    if (!x->v) {
        problem_set(reading->problem, STATUS_NO_MEMORY, "there is not enough memory for this now");
        return;
    }
    x->rows = reading->rows;
    x->cols = reading->record->features;
    x->count = x->room = count;
    tensor_read(reading->type, bytes, count, x->v);
    if (in_place)
        *raw = (Text){0};
    else
        text_free(raw);
    snprintf(at, sizeof at, "%s/data", reading->at);
    tensor_check(reading->type, x, at, reading->problem);
}

/* The raw bytes, whose number the input says. */
static void read_bytes(Reading *reading, const json_t *size)
{
    static const char *const at = "/parameters/binary_data_size";
    const Body *body = reading->request->body;
    int64_t said = whole(size);
    char quoted[64];
    spec_quote(size, quoted);
    if (said < 0) {
        say(reading, at, "must be a number of bytes, got %s", quoted);
    } else if (body->split < 0) {
        say(reading, at, "needs the header %s, which says where the JSON ends", BODY_JSON_LENGTH);
    } else if ((uint64_t)said != body->raw.length) {
        say(reading, at, "is %s, but %zu bytes follow the JSON", quoted, body->raw.length);
    } else if (reading->rows > 0 && reading->type) {
        size_t count = reading->rows * reading->record->features;
        if ((uint64_t)said % reading->type->size || (uint64_t)said / reading->type->size != count)
            say(reading, at, "must be that of %zu x %zu numbers of %zu bytes (%s), got %s",
                reading->rows, reading->record->features, reading->type->size, reading->type->name,
                quoted);
        else
            take_bytes(reading);
    }
}

static void read_data(Reading *reading)
{
    char pointer[64], quoted[64];
    Body *body = reading->request->body;
    snprintf(pointer, sizeof pointer, "%s/data", reading->at + 1);
    NumberArray *array = json_ingest_array(body->json, pointer);
    const json_t *data = json_object_get(reading->tensor, "data");
    const json_t *parameters =
        infer_part_parameters(reading->tensor, reading->at, reading->problem);
    const json_t *size = json_object_get(parameters, "binary_data_size");
    bool given = array || (data && !json_is_null(data));
    if (size && given) {
        say(reading, "/data", "and binary_data_size exclude each other");
    } else if (size) {
        read_bytes(reading, size);
    } else if (array) {
        take_numbers(reading, array);
    } else if (given) {
        spec_quote(data, quoted);
        say(reading, "/data", "must be an array of numbers, flat or in rows, got %s", quoted);
    } else {
        say(reading, "/data", "is missing, and so is the parameter binary_data_size");
    }
    if (!size && body->raw.length > 0)
        say(reading, "/parameters/binary_data_size", "is missing, but %zu bytes follow the JSON",
            body->raw.length);
}

static void read_input(Reading *reading)
{
    static const char *const names[] = {"name", "shape", "datatype", "parameters", "data"};
    if (!infer_part_begin(reading->tensor, reading->at, names, 5, reading->problem))
        return;
    const char *name = json_string_value(json_object_get(reading->tensor, "name"));
    bool is_x = name && strcmp(name, "x") == 0;
    if (name && !is_x)
        say(reading, "/name", "must be the input of the model, 'x', got '%s'", name);
    else if (is_x && reading->found)
        say(reading, "/name", "is given twice");
    if (reading->found || !(is_x || reading->alone))
        return;
    reading->found = true;
    read_shape(reading);
    read_type(reading);
    read_data(reading);
}

void infer_part_inputs(const Request *request, const ModelRecord *record, const json_t *inputs,
                       NumberArray *x, Problem *problem)
{
    Reading reading = {.request = request, .record = record, .problem = problem, .x = x};
    char quoted[64];
    if (!inputs) {
        problem_add(problem, "#/inputs", "is missing; it holds the tensor 'x'");
        return;
    }
    spec_quote(inputs, quoted);
    if (json_array_size(inputs) == 0)
        problem_add(problem, "#/inputs", "must be an array with the tensor 'x', got %s", quoted);
    reading.alone = json_array_size(inputs) == 1;
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        snprintf(reading.at, sizeof reading.at, "#/inputs/%zu", i);
        reading.tensor = json_array_get(inputs, i);
        read_input(&reading);
    }
}
