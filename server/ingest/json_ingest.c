/* A document is read in three modes: outside of the arrays, where every byte is copied to the
 * skeleton and only strings, brackets and keys are looked at; behind a [ at one of the places,
 * until the first thing in it decides whose array it is; and inside a taken array (json_rows).
 *
 * What comes out does not depend on how the document is cut into pieces. */
#include "ingest/json_ingest.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/json_path.h"
#include "ingest/json_rows.h"
#include "ingest/position.h"
#include "tools/spare.h"

typedef enum Mode { MODE_DOCUMENT, MODE_BEGIN, MODE_ROWS } Mode;

/* What the grammar wants next, outside of the arrays. */
typedef enum Expect { EXPECT_VALUE, EXPECT_KEY, EXPECT_COLON, EXPECT_REST } Expect;

typedef struct Taken {
    char pointer[PATH_TEXT];
    NumberArray array; /* owned */
} Taken;

struct JsonIngest {
    Status status; /* what ended the reading */
    Mode mode;
    JsonPath path;
    Expect expect;
    bool in_string, escaped;
    char key[PATH_TEXT]; /* of the member that comes next */
    size_t key_length;   /* PATH_TEXT where it matches no place: too long, or with escapes */
    Text skeleton;
    size_t skeleton_limit;
    CutList cuts;
    Taken *taken; /* owned */
    size_t taken_count, taken_room;
    JsonRows rows;
    const char *seen;  /* how far the position has been counted in this piece */
    Position position; /* of seen */
    Problem problem;   /* the mistakes; its detail says what ended the reading */
};

JsonIngest *json_ingest_new(const char *const *places, size_t skeleton_limit)
{
    JsonIngest *ingest = spare_alloc(sizeof *ingest);
    if (!ingest)
        return NULL;
    memset(ingest, 0, offsetof(JsonIngest, problem)); /* not its 14 KiB of room for mistakes */
    problem_clear(&ingest->problem);
    json_path_begin(&ingest->path, places);
    ingest->skeleton_limit = skeleton_limit;
    ingest->position = (Position){1, 1};
    return ingest;
}

void json_ingest_free(JsonIngest *ingest)
{
    if (!ingest)
        return;
    for (size_t i = 0; i < ingest->taken_count; i++)
        number_array_free(&ingest->taken[i].array);
    free(ingest->taken);
    json_rows_free(&ingest->rows);
    cut_list_free(&ingest->cuts);
    text_free(&ingest->skeleton);
    spare_free(ingest, sizeof *ingest);
}

static void fail_no_memory(JsonIngest *ingest)
{
    ingest->status = problem_set(&ingest->problem, STATUS_NO_MEMORY,
                                 "there is not enough memory to read the document");
}

/* The position of p, which lies in the piece at hand, behind the last one asked for. */
static Position position_of(JsonIngest *ingest, const char *p)
{
    position_advance(&ingest->position, ingest->seen, (size_t)(p - ingest->seen));
    ingest->seen = p;
    return ingest->position;
}

static void keep(JsonIngest *ingest, const char *bytes, size_t n)
{
    Text *skeleton = &ingest->skeleton;
    if (n > ingest->skeleton_limit - skeleton->length) {
        ingest->status = problem_set(&ingest->problem, STATUS_TOO_LARGE,
                                     "what the document holds beside arrays of numbers is over the "
                                     "limit of %zu bytes",
                                     ingest->skeleton_limit);
        return;
    }
    text_add(skeleton, bytes, n);
    if (skeleton->failed)
        fail_no_memory(ingest);
}

static void fail_too_deep(JsonIngest *ingest, const char *p)
{
    Position at = position_of(ingest, p);
    ingest->status = problem_set(&ingest->problem, STATUS_MALFORMED,
                                 "line %zu, column %zu: nested deeper than %d", at.line, at.column,
                                 JSON_INGEST_DEPTH);
}

/* The string that was read has ended. */
static void end_string(JsonIngest *ingest)
{
    ingest->in_string = false;
    ingest->expect = ingest->expect == EXPECT_KEY ? EXPECT_COLON : EXPECT_REST;
}

static const char *read_string(JsonIngest *ingest, const char *p, const char *end)
{
    while (p < end && ingest->in_string) {
        char c = *p++;
        if (c == '"' && !ingest->escaped) {
            end_string(ingest);
            continue;
        }
        ingest->escaped = c == '\\' && !ingest->escaped;
        if (c == '\\')
            ingest->key_length = PATH_TEXT;
        if (ingest->key_length < PATH_TEXT)
            ingest->key[ingest->key_length++] = c;
    }
    return p;
}

static void read_comma(JsonIngest *ingest)
{
    bool in_object = json_path_in_object(&ingest->path);
    ingest->expect = in_object ? EXPECT_KEY : EXPECT_VALUE;
    if (!in_object)
        json_path_element(&ingest->path);
}

static void read_colon(JsonIngest *ingest)
{
    bool fits = ingest->expect == EXPECT_COLON && json_path_in_object(&ingest->path);
    ingest->expect = fits ? EXPECT_VALUE : EXPECT_REST;
    if (fits)
        json_path_key(&ingest->path, ingest->key, ingest->key_length);
}

/* A [ or {. False where it is nested too deep. */
static bool read_open(JsonIngest *ingest, char c)
{
    bool expected = ingest->expect == EXPECT_VALUE;
    if (c == '[' && expected && json_path_at_place(&ingest->path)) {
        ingest->mode = MODE_BEGIN;
        return true;
    }
    ingest->expect = c == '{' ? EXPECT_KEY : EXPECT_VALUE;
    return json_path_open(&ingest->path, c == '{');
}

/* One byte outside of strings. What does not follow the grammar is copied all the same, and jansson
 * refuses it; nothing is taken from such a place. */
static bool read_sign(JsonIngest *ingest, char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return true;
    case '"':
        ingest->in_string = true;
        ingest->key_length = 0;
        return true;
    case '[':
    case '{':
        return read_open(ingest, c);
    case ']':
    case '}':
        if (ingest->path.depth > 0)
            json_path_close(&ingest->path);
        break;
    case ',':
        read_comma(ingest);
        return true;
    case ':':
        read_colon(ingest);
        return true;
    default:
        break;
    }
    ingest->expect = EXPECT_REST;
    return true;
}

static const char *read_document(JsonIngest *ingest, const char *p, const char *end)
{
    const char *begin = p;
    bool fits = true;
    while (p < end && fits && ingest->mode == MODE_DOCUMENT) {
        if (ingest->in_string)
            p = read_string(ingest, p, end);
        else
            fits = read_sign(ingest, *p++);
    }
    keep(ingest, begin, (size_t)(p - begin));
    if (!fits && ingest->status == STATUS_OK)
        fail_too_deep(ingest, p - 1);
    return p;
}

/* Makes room for one more taken array. */
static bool reserve_taken(JsonIngest *ingest)
{
    if (ingest->taken_count < ingest->taken_room)
        return true;
    size_t room = ingest->taken_room * 2 + 1;
    Taken *taken = realloc(ingest->taken, room * sizeof *taken);
    if (!taken)
        return false;
    ingest->taken = taken;
    ingest->taken_room = room;
    return true;
}

/* Puts null in the place of the [, which begins the skeleton's last bytes, blanks after it. */
static void put_null(JsonIngest *ingest)
{
    Text *skeleton = &ingest->skeleton;
    while (skeleton->bytes[skeleton->length - 1] != '[')
        skeleton->length--;
    skeleton->length--;
    keep(ingest, "null", 4);
}

static void take_array(JsonIngest *ingest)
{
    const char *pointer = ingest->path.pointer;
    if (ingest->taken_count == JSON_INGEST_ARRAYS) {
        ingest->status = problem_set(&ingest->problem, STATUS_TOO_LARGE,
                                     "more than %d arrays of numbers", JSON_INGEST_ARRAYS);
        return;
    }
    if (!reserve_taken(ingest)) {
        fail_no_memory(ingest);
        return;
    }
    if (json_ingest_array(ingest, pointer)) {
        char place[PATH_TEXT + 1] = "#";
        memcpy(place + 1, pointer, ingest->path.length + 1);
        problem_add(&ingest->problem, place, "is given twice");
    }
    Taken *taken = &ingest->taken[ingest->taken_count++];
    *taken = (Taken){0};
    memcpy(taken->pointer, pointer, ingest->path.length + 1);
    put_null(ingest);
    json_rows_begin(&ingest->rows, &taken->array, taken->pointer, &ingest->problem);
    ingest->mode = MODE_ROWS;
}

/* Behind a [ at a place: its first element decides. */
static const char *read_begin(JsonIngest *ingest, const char *p, const char *end)
{
    const char *first = p;
    while (first < end && (*first == ' ' || *first == '\t' || *first == '\r' || *first == '\n'))
        first++;
    keep(ingest, p, (size_t)(first - p));
    if (first == end || ingest->status != STATUS_OK)
        return first;
    if (*first != '{' && *first != '"') {
        take_array(ingest);
        return first;
    }
    ingest->mode = MODE_DOCUMENT;
    ingest->expect = EXPECT_VALUE;
    if (!json_path_open(&ingest->path, false))
        fail_too_deep(ingest, first);
    return first;
}

static const char *read_rows(JsonIngest *ingest, const char *p, const char *end)
{
    JsonRows *rows = &ingest->rows;
    p = json_rows_feed(rows, p, end);
    if (rows->state == ROWS_DONE) {
        ingest->mode = MODE_DOCUMENT;
        ingest->expect = EXPECT_REST;
        if (!cut_list_add(&ingest->cuts, ingest->skeleton.length, position_of(ingest, p)))
            fail_no_memory(ingest);
    } else if (rows->state == ROWS_FAILED && rows->status == STATUS_NO_MEMORY) {
        fail_no_memory(ingest);
    } else if (rows->state == ROWS_FAILED) {
        Position at = position_of(ingest, p);
        ingest->status = problem_set(&ingest->problem, rows->status,
                                     "line %zu, column %zu, in the array #%s: %s", at.line,
                                     at.column - rows->fault_back, rows->pointer, rows->fault);
    }
    return p;
}

Status json_ingest_feed(JsonIngest *ingest, const char *bytes, size_t n)
{
    if (n == 0 || ingest->status != STATUS_OK)
        return ingest->status;
    const char *p = bytes, *end = bytes + n;
    ingest->seen = bytes;
    while (p < end && ingest->status == STATUS_OK) {
        if (ingest->mode == MODE_DOCUMENT)
            p = read_document(ingest, p, end);
        else if (ingest->mode == MODE_BEGIN)
            p = read_begin(ingest, p, end);
        else
            p = read_rows(ingest, p, end);
    }
    position_of(ingest, end);
    return ingest->status;
}

Status json_ingest_end(JsonIngest *ingest, Problem *problem)
{
    Problem *own = &ingest->problem;
    if (ingest->status == STATUS_OK && ingest->mode == MODE_ROWS)
        ingest->status = problem_set(
            own, STATUS_MALFORMED, "line %zu, column %zu: the document ends inside the array #%s",
            ingest->position.line, ingest->position.column, ingest->rows.pointer);
    for (size_t i = 0; i < own->count; i++)
        problem_add(problem, own->item[i].pointer, "%s", own->item[i].detail);
    problem->dropped += own->dropped;
    if (ingest->status != STATUS_OK)
        return problem_set(problem, ingest->status, "%s", own->detail);
    return problem->status;
}

const Text *json_ingest_skeleton(const JsonIngest *ingest)
{
    return &ingest->skeleton;
}

void json_ingest_position(const JsonIngest *ingest, size_t offset, size_t *line, size_t *column)
{
    Cut cut = cut_list_find(&ingest->cuts, offset);
    if (offset > ingest->skeleton.length)
        offset = ingest->skeleton.length;
    if (offset > cut.offset)
        position_advance(&cut.position, ingest->skeleton.bytes + cut.offset, offset - cut.offset);
    *line = cut.position.line;
    *column = cut.position.column;
}

NumberArray *json_ingest_array(JsonIngest *ingest, const char *pointer)
{
    for (size_t i = 0; i < ingest->taken_count; i++) {
        if (strcmp(ingest->taken[i].pointer, pointer) == 0)
            return &ingest->taken[i].array;
    }
    return NULL;
}
