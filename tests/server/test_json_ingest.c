/* JSON as it arrives: what is taken, what is left, and the limits. The mistakes have a file of
 * their own. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>

#include "json_reading.h"

static const char *skeleton(const Read *read)
{
    return json_ingest_skeleton(read->ingest)->bytes;
}

static void expect_skeleton(const char *text, const char *wanted)
{
    Read read = read_text(text);
    cr_expect_str_eq(skeleton(&read), wanted);
    json_ingest_free(read.ingest);
}

static void expect_array(Read *read, const char *pointer, size_t rows, size_t cols, bool flat)
{
    NumberArray *array = json_ingest_array(read->ingest, pointer);
    cr_assert_not_null(array, "%s", pointer);
    cr_expect_eq(array->rows, rows);
    cr_expect_eq(array->cols, cols);
    cr_expect_eq(array->flat, flat);
    cr_expect_eq(array->count, rows * cols);
}

Test(json_ingest, takes_rows_and_leaves_null_in_their_place)
{
    Read read =
        read_text("{\"name\": \"boston\", \"x\": [[1, 2.5], [-3e2, 0]], \"y\": [7, 8], \"k\": 1}");
    cr_assert_eq(read.status, STATUS_OK);
    cr_expect_str_eq(skeleton(&read), "{\"name\": \"boston\", \"x\": null, \"y\": null, \"k\": 1}");
    expect_array(&read, "/x", 2, 2, false);
    expect_array(&read, "/y", 2, 1, true);
    static const double wanted[] = {1, 2.5, -300, 0};
    cr_expect_arr_eq(json_ingest_array(read.ingest, "/x")->v, wanted, sizeof wanted);
    json_ingest_free(read.ingest);
}

Test(json_ingest, takes_arrays_below_any_index_of_a_place)
{
    Read read = read_text("{\"initial_layers\": [{\"biases\": [1], \"weights\": [[1, 2]]},"
                          " {\"weights\": [[3], [4]]}]}");
    cr_assert_eq(read.status, STATUS_OK);
    cr_expect_str_eq(skeleton(&read), "{\"initial_layers\": [{\"biases\": [1], \"weights\": null},"
                                      " {\"weights\": null}]}");
    expect_array(&read, "/initial_layers/0/weights", 1, 2, false);
    expect_array(&read, "/initial_layers/1/weights", 2, 1, false);
    cr_expect_null(json_ingest_array(read.ingest, "/initial_layers/2/weights"));
    json_ingest_free(read.ingest);
}

Test(json_ingest, leaves_arrays_at_other_places_alone)
{
    expect_skeleton("{\"z\": [1, 2], \"a\": {\"x\": [1]}, \"b\": [{\"x\": [3]}]}",
                    "{\"z\": [1, 2], \"a\": {\"x\": [1]}, \"b\": [{\"x\": [3]}]}");
    expect_skeleton("[{\"x\": [1]}]", "[{\"x\": [1]}]");
    expect_skeleton("{\"initial_layers\": {\"*\": {\"weights\": [1]}}}",
                    "{\"initial_layers\": {\"*\": {\"weights\": [1]}}}");
    expect_skeleton("{\"xx\": [1], \"\": [2], \"X\": [3]}", "{\"xx\": [1], \"\": [2], \"X\": [3]}");
}

Test(json_ingest, takes_no_array_for_an_escaped_key_or_a_string)
{
    expect_skeleton("{\"\\u0078\": [1]}", "{\"\\u0078\": [1]}");
    expect_skeleton("{\"a\": \"x\\\": [1]\", \"b\": \"{\"}",
                    "{\"a\": \"x\\\": [1]\", \"b\": \"{\"}");
    expect_skeleton("{\"\\\\\": 1, \"x\": [1]}", "{\"\\\\\": 1, \"x\": null}");
}

Test(json_ingest, leaves_an_array_that_begins_with_an_object_or_a_string)
{
    expect_skeleton("{\"x\": [ {\"a\": [1]}, 2], \"y\": [1]}",
                    "{\"x\": [ {\"a\": [1]}, 2], \"y\": null}");
    expect_skeleton("{\"x\": [\n \"a\", [1]]}", "{\"x\": [\n \"a\", [1]]}");
}

Test(json_ingest, tells_no_rows_from_a_row_of_nothing)
{
    Read read = read_text("{\"x\": [ ], \"y\": [[ ]]}");
    cr_assert_eq(read.status, STATUS_OK);
    expect_array(&read, "/x", 0, 0, false);
    expect_array(&read, "/y", 1, 0, false);
    json_ingest_free(read.ingest);
}

Test(json_ingest, keeps_the_bits_of_numbers)
{
    Read read = read_text("{\"y\": [-0, 0.1, 1e-400, 9007199254740993, 2.2250738585072011e-308,"
                          "\t1.7976931348623157e308 ,\r\n5e-324 ]}");
    cr_assert_eq(read.status, STATUS_OK);
    static const double wanted[] = {
        -0.0, 0.1, 0, 9007199254740992.0, 2.2250738585072011e-308, 1.7976931348623157e308, 5e-324};
    cr_expect_arr_eq(json_ingest_array(read.ingest, "/y")->v, wanted, sizeof wanted);
    json_ingest_free(read.ingest);
}

Test(json_ingest, lets_the_caller_take_the_numbers_over)
{
    Read read = read_text("{\"y\": [1, 2]}");
    double *v = json_ingest_array(read.ingest, "/y")->v;
    json_ingest_array(read.ingest, "/y")->v = NULL;
    json_ingest_free(read.ingest);
    cr_expect_eq(v[1], 2);
    free(v);
}

Test(json_ingest, maps_the_skeleton_back_to_lines_and_columns)
{
    Read read = read_text("{\n \"x\": [1,\n2],\n \"\xC3\xBC\": [3, \"y\"], \"y\": [\n] ?");
    cr_assert_str_eq(skeleton(&read), "{\n \"x\": null,\n \"\xC3\xBC\": [3, \"y\"], \"y\": null ?");
    const char *text = skeleton(&read);
    static const struct {
        const char *mark;
        size_t line, column;
    } wanted[] = {{"{", 1, 1},  {"null,", 2, 7},   {",\n", 3, 3},
                  {"[3", 4, 7}, {"null ?", 4, 22}, {"?", 5, 3}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        size_t line, column, offset = (size_t)(strstr(text, wanted[i].mark) - text);
        json_ingest_position(read.ingest, offset, &line, &column);
        cr_expect_eq(line, wanted[i].line, "%s: line %zu", wanted[i].mark, line);
        cr_expect_eq(column, wanted[i].column, "%s: column %zu", wanted[i].mark, column);
    }
    json_ingest_free(read.ingest);
}

Test(json_ingest, leaves_wrong_syntax_outside_of_arrays_to_jansson)
{
    static const char *const texts[] = {
        "{\"x\" [1]}",
        "{\"x\": [1] [2]}",
        "{\"x\": [1]]}",
        "{\"x\": n[1]}",
        "{x: [1]}",
        "{\"x\": [1]ull}",
        "{\"x\":: [1]}",
        "{\"x\": [1]",
        "]",
        "{\"x\": [",
        "{\"x\": [1], }",
        "{\"x\": -[1]}",
        "{\"x\": \"[1]}",
        "[\"x\": [1]]",
        "{\"x\", [1]}",
        "{[1]: 2}",
        "}}{\"x\": [1]}",
        "",
        "{\"y\":[1]}}",
        "{\"a\":{\"y\":[1]]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Read read = read_text(texts[i]);
        cr_expect_eq(read.status, STATUS_OK, "%s", texts[i]);
        const Text *left = json_ingest_skeleton(read.ingest);
        json_t *root = json_loadb(left->bytes ? left->bytes : "", left->length, 0, NULL);
        cr_expect_null(root, "%s", texts[i]);
        json_decref(root);
        json_ingest_free(read.ingest);
    }
}

Test(json_ingest, refuses_what_is_nested_too_deep)
{
    char text[2048] = "";
    memset(text, '[', JSON_INGEST_DEPTH);
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_OK);
    json_ingest_free(read.ingest);
    text[JSON_INGEST_DEPTH] = '{';
    expect_malformed(text, "line 1, column 513: nested deeper than 512");
    memcpy(text, "{\"y\":[0,", 8);
    memset(text + 8, '[', 1024);
    read = read_text(text);
    cr_expect_eq(read.status, STATUS_MALFORMED);
    cr_expect_str_eq(read.problem.detail,
                     "line 1, column 521, in the array #/y: nested deeper than 512 levels");
    json_ingest_free(read.ingest);
}

Test(json_ingest, holds_the_skeleton_to_its_limit_and_not_the_numbers)
{
    char text[4096] = "{\"x\": [0";
    for (int i = 0; i < 500; i++)
        strcat(text, ", 1");
    strcat(text, "]}");
    Read read = read_limited(text, 11);
    cr_expect_eq(read.status, STATUS_OK);
    json_ingest_free(read.ingest);
    read = read_limited(text, 10);
    cr_expect_eq(read.status, STATUS_TOO_LARGE);
    cr_expect_str_eq(read.problem.detail, "what the document holds beside arrays of numbers is over"
                                          " the limit of 10 bytes");
    json_ingest_free(read.ingest);
}

Test(json_ingest, holds_the_arrays_to_their_limit)
{
    size_t n = 0, room = 64 * (JSON_INGEST_ARRAYS + 2);
    char *text = malloc(room);
    n += (size_t)snprintf(text, room, "{\"initial_layers\": [{\"weights\": []}");
    for (int i = 0; i < JSON_INGEST_ARRAYS; i++)
        n += (size_t)snprintf(text + n, room - n, ", {\"weights\": []}");
    Read read = read_text(text);
    cr_expect_eq(read.status, STATUS_TOO_LARGE);
    cr_expect_str_eq(read.problem.detail, "more than 1024 arrays of numbers");
    json_ingest_free(read.ingest);
    free(text);
}

Test(json_ingest, reads_numbers_of_thousands_of_digits_up_to_its_limit)
{
    char *text = malloc(NUMBER_TEXT + 64);
    memcpy(text, "{\"y\": [0.5", 10);
    memset(text + 10, '0', NUMBER_TEXT - 3);
    memcpy(text + 10 + NUMBER_TEXT - 3, "]}", 3);
    Read read = read_text(text);
    cr_assert_eq(read.status, STATUS_OK);
    cr_expect_eq(json_ingest_array(read.ingest, "/y")->v[0], 0.5);
    json_ingest_free(read.ingest);
    memcpy(text + 10 + NUMBER_TEXT - 3, "0]}", 4);
    expect_mistake(text, "#/y/0", "is written with more than 65536 characters");
    free(text);
}

Test(json_ingest, agrees_with_jansson_on_random_numbers)
{
    size_t n = 0, room = 1 << 20, count = 20000;
    char *text = malloc(room);
    n += (size_t)snprintf(text, room, "{\"y\": [0");
    srand(4);
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(text + n, room - n, ",%.*g", 1 + rand() % 17,
                              (rand() - RAND_MAX / 2) * pow(10, rand() % 40 - 20));
    snprintf(text + n, room - n, "]}");
    Read read = read_text(text);
    cr_assert_eq(read.status, STATUS_OK);
    NumberArray *array = json_ingest_array(read.ingest, "/y");
    json_t *root = json_loads(text, 0, NULL);
    json_t *wanted = json_object_get(root, "y");
    cr_assert_eq(array->count, json_array_size(wanted));
    for (size_t i = 0; i < array->count; i++)
        cr_assert_eq(array->v[i], json_number_value(json_array_get(wanted, i)));
    json_decref(root);
    json_ingest_free(read.ingest);
    free(text);
}
