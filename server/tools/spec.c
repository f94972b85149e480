/* The decoder by table. jansson fails quietly when memory runs out (it can even lose a byte and go
 * on), so its allocations go through functions that raise a flag of the thread, which is looked at
 * after each parse. */
#include "tools/spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool out_of_memory;

static void *flagging_malloc(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        out_of_memory = true;
    return memory;
}

void spec_start(void)
{
    json_object_seed(0);
    json_set_alloc_funcs(flagging_malloc, free);
}

/* The value that a text is, NULL where it is none or where *failed says that memory ran out. */
static json_t *parse_value(const char *text, bool *failed)
{
    out_of_memory = false;
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    *failed = out_of_memory;
    if (!out_of_memory)
        return value;
    json_decref(value);
    return NULL;
}

json_t *spec_parse(const char *text, size_t n, size_t *offset, Problem *problem)
{
    json_error_t error;
    out_of_memory = false;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (out_of_memory) {
        json_decref(json);
        json = NULL;
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory for this JSON");
    } else if (!json) {
        *offset = error.position > 0 ? (size_t)error.position : 0;
        problem_set(problem, STATUS_MALFORMED, "%s", error.text);
    }
    return json;
}

void spec_quote(const json_t *value, char quoted[64])
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    const char *shown = text ? text : json_is_object(value) ? "an object" : "this";
    if (strlen(shown) < 48) {
        snprintf(quoted, 64, "%s", shown);
    } else {
        size_t end = 44;
        while (end > 0 && ((unsigned char)shown[end] & 0xC0) == 0x80)
            end--;
        snprintf(quoted, 64, "%.*s...", (int)end, shown);
    }
    free(text);
}

/* "a whole number from 1 to 100", "a number above 0 and below 1": what would be right. */
static void expectation(const SpecField *field, size_t size, char *text)
{
    static const char *const nouns[] = {"true or false", "a whole number", "a number", "one of",
                                        "a list of whole numbers, each"};
    size_t at = (size_t)snprintf(text, size, "must be %s", nouns[field->kind]);
    bool many = false;
    if (field->kind == SPEC_CHOICE) {
        for (size_t i = 0; field->choice(i) && at < size; i++, many = true)
            at +=
                (size_t)snprintf(text + at, size - at, "%s %s", many ? "," : "", field->choice(i));
    } else if (field->kind != SPEC_BOOL) {
        at += (size_t)snprintf(text + at, size - at, " %s %.16g",
                               field->flags & SPEC_ABOVE_MIN ? "greater than" : "of at least",
                               field->min);
        if (field->max < 1e300 && at < size)
            at += (size_t)snprintf(text + at, size - at, " and %s %.16g",
                                   field->flags & SPEC_BELOW_MAX ? "less than" : "at most",
                                   field->max);
    }
    if (field->flags & SPEC_NULL_TOO && at < size)
        snprintf(text + at, size - at, ", or null");
}

static void refuse(const SpecField *field, const json_t *value, const char *pointer,
                   Problem *problem)
{
    char expected[220], quoted[64];
    expectation(field, sizeof expected, expected);
    spec_quote(value, quoted);
    problem_add(problem, pointer, "%s, got %s", expected, quoted);
}

static bool in_range(const SpecField *field, double value)
{
    bool above = field->flags & SPEC_ABOVE_MIN ? value > field->min : value >= field->min;
    bool below = field->flags & SPEC_BELOW_MAX ? value < field->max : value <= field->max;
    return above && below;
}

/* 500 and 500.0 are whole; 1e3 too, as many programs print it. */
static bool whole_number(const SpecField *field, const json_t *value, int64_t *whole)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || number != floor(number) || fabs(number) > 9.2e18 ||
        !in_range(field, number))
        return false;
    *whole = json_is_integer(value) ? json_integer_value(value) : (int64_t)number;
    return true;
}

static bool take_choice(const SpecField *field, const json_t *value, size_t *place)
{
    if (!json_is_string(value))
        return false;
    for (size_t i = 0; field->choice(i); i++) {
        if (strcmp(field->choice(i), json_string_value(value)) == 0) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool take_wholes(const SpecField *field, const json_t *value, SpecList *list)
{
    SpecList taken = {0};
    if (!json_is_array(value) || json_array_size(value) > SPEC_LIST_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!whole_number(field, json_array_get(value, i), &taken.v[taken.count++]))
            return false;
    *list = taken;
    return true;
}

static void take_null(const SpecField *field, void *member)
{
    switch (field->kind) {
    case SPEC_WHOLE:
        *(int64_t *)member = 0;
        break;
    case SPEC_REAL:
        *(double *)member = (double)NAN;
        break;
    case SPEC_CHOICE:
        *(size_t *)member = SPEC_NULL_CHOICE;
        break;
    case SPEC_BOOL:
    case SPEC_WHOLES:
        break;
    }
}

static bool take(const SpecField *field, const json_t *value, void *member)
{
    if (json_is_null(value) && field->flags & SPEC_NULL_TOO) {
        take_null(field, member);
        return true;
    }
    switch (field->kind) {
    case SPEC_BOOL:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value);
    case SPEC_WHOLE:
        return whole_number(field, value, member);
    case SPEC_REAL:
        if (!json_is_number(value) || !in_range(field, json_number_value(value)))
            return false;
        *(double *)member = json_number_value(value);
        return true;
    case SPEC_CHOICE:
        return take_choice(field, value, member);
    case SPEC_WHOLES:
        return take_wholes(field, value, member);
    }
    return false;
}

static const SpecField *find(SpecTable table, const char *name)
{
    for (size_t i = 0; i < table.count; i++)
        if (strcmp(table.field[i].name, name) == 0)
            return &table.field[i];
    return NULL;
}

Status spec_defaults(SpecTable table, void *object)
{
    for (size_t i = 0; i < table.count; i++) {
        const SpecField *field = &table.field[i];
        bool failed;
        json_t *value = parse_value(field->otherwise, &failed);
        bool taken = value && take(field, value, (char *)object + field->offset);
        json_decref(value);
        if (!taken)
            return STATUS_NO_MEMORY; /* a default of the table itself is always right */
    }
    return STATUS_OK;
}

void spec_refuse_unknown(const json_t *json, const char *pointer, const char *const *names,
                         size_t count, Problem *problem)
{
    const char *name;
    json_t *value;
    /* jansson iterates over objects that it may change; this one it does not */
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(names[i], name) == 0;
        char at[PROBLEM_POINTER];
        problem_member(pointer, name, at);
        if (!known)
            problem_add_unknown(problem, at, name, names, count);
    }
}

static size_t names_of(SpecTable table, const char *names[SPEC_FIELDS_MAX])
{
    for (size_t i = 0; i < table.count; i++)
        names[i] = table.field[i].name;
    return table.count;
}

void spec_decode(SpecTable table, const json_t *json, const char *pointer, void *object,
                 Problem *problem)
{
    const char *names[SPEC_FIELDS_MAX] = {0};
    if (!json_is_object(json)) {
        char quoted[64];
        spec_quote(json, quoted);
        problem_add(problem, pointer, "must be an object, got %s", quoted);
        return;
    }
    spec_refuse_unknown(json, pointer, names, names_of(table, names), problem);
    for (size_t i = 0; i < table.count; i++) {
        const SpecField *field = &table.field[i];
        const json_t *value = json_object_get(json, field->name);
        char at[PROBLEM_POINTER];
        snprintf(at, sizeof at, "%s/%s", pointer, field->name);
        if (value && !take(field, value, (char *)object + field->offset))
            refuse(field, value, at, problem);
    }
}

/* Text of a query as JSON: choices are strings, lists get their brackets. NULL where memory ran out
 * (*failed) or where the text is not UTF-8. */
static json_t *json_of_text(const SpecField *field, const char *text, bool *failed)
{
    Text wrapped = {0};
    json_t *json = NULL;
    *failed = false;
    if (field->kind == SPEC_CHOICE)
        return strcmp(text, "null") == 0 ? json_null() : json_string(text);
    bool list = field->kind == SPEC_WHOLES && text[0] != '[';
    text_printf(&wrapped, list ? "[%s]" : "%s", text);
    if (wrapped.failed)
        *failed = true;
    else
        json = parse_value(wrapped.bytes, failed);
    text_free(&wrapped);
    return json || *failed ? json : json_string(text);
}

bool spec_decode_text(SpecTable table, const char *name, const char *text, void *object,
                      Problem *problem)
{
    char at[PROBLEM_POINTER];
    const SpecField *field = find(table, name);
    if (!field)
        return false;
    bool failed;
    out_of_memory = false;
    json_t *value = json_of_text(field, text, &failed);
    snprintf(at, sizeof at, "?%s", name);
    if (!value && (failed || out_of_memory))
        problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory");
    else if (!value)
        problem_add(problem, at, "is not UTF-8 text");
    else if (!take(field, value, (char *)object + field->offset))
        refuse(field, value, at, problem);
    json_decref(value);
    return true;
}

Status spec_decode_kept(SpecTable table, const char *text, void *object, Problem *problem)
{
    size_t offset;
    if (spec_defaults(table, object) != STATUS_OK)
        return problem_set(problem, STATUS_NO_MEMORY, "there is not enough memory");
    json_t *json = spec_parse(text, strlen(text), &offset, problem);
    if (json)
        spec_decode(table, json, "#", object, problem);
    json_decref(json);
    return problem->status;
}

static void encode_wholes(const SpecList *list, Encoder *encoder)
{
    enc_array(encoder);
    for (size_t i = 0; i < list->count; i++)
        enc_int(encoder, list->v[i]);
    enc_array_end(encoder);
}

static void encode_member(const SpecField *field, const void *member, Encoder *encoder)
{
    bool nullable = field->flags & SPEC_NULL_TOO;
    switch (field->kind) {
    case SPEC_BOOL:
        enc_bool(encoder, *(const bool *)member);
        break;
    case SPEC_WHOLE:
        if (nullable && *(const int64_t *)member == 0)
            enc_null(encoder);
        else
            enc_int(encoder, *(const int64_t *)member);
        break;
    case SPEC_REAL:
        if (nullable && isnan(*(const double *)member))
            enc_null(encoder);
        else
            enc_real(encoder, *(const double *)member);
        break;
    case SPEC_CHOICE:
        enc_string(encoder, *(const size_t *)member == SPEC_NULL_CHOICE
                                ? NULL
                                : field->choice(*(const size_t *)member));
        break;
    case SPEC_WHOLES:
        encode_wholes(member, encoder);
        break;
    }
}

void spec_encode(SpecTable table, const void *object, Encoder *encoder)
{
    enc_object(encoder);
    for (size_t i = 0; i < table.count; i++) {
        enc_key(encoder, table.field[i].name);
        encode_member(&table.field[i], (const char *)object + table.field[i].offset, encoder);
    }
    enc_object_end(encoder);
}

static void describe_range(const SpecField *field, Encoder *encoder)
{
    if (field->kind == SPEC_CHOICE) {
        enc_key(encoder, "choices");
        enc_array(encoder);
        for (size_t i = 0; field->choice(i); i++)
            enc_string(encoder, field->choice(i));
        enc_array_end(encoder);
    } else if (field->kind != SPEC_BOOL) {
        enc_put_real(encoder, field->flags & SPEC_ABOVE_MIN ? "greater_than" : "minimum",
                     field->min);
        if (field->max < 1e300) {
            enc_put_real(encoder, field->flags & SPEC_BELOW_MAX ? "less_than" : "maximum",
                         field->max);
        }
    }
}

void spec_describe(SpecTable table, Encoder *encoder)
{
    static const char *const types[] = {"boolean", "integer", "number", "string", "integers"};
    enc_array(encoder);
    for (size_t i = 0; i < table.count; i++) {
        const SpecField *field = &table.field[i];
        enc_object(encoder);
        enc_put_string(encoder, "name", field->name);
        enc_put_string(encoder, "type", types[field->kind]);
        enc_put_bool(encoder, "nullable", field->flags & SPEC_NULL_TOO);
        enc_key(encoder, "default");
        enc_raw(encoder, field->otherwise);
        describe_range(field, encoder);
        enc_put_string(encoder, "help", field->help);
        enc_object_end(encoder);
    }
    enc_array_end(encoder);
}
