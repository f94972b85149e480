/* Decoding by a table of fields: kinds, ranges, null, unknown names, text of a query, and back. */
#include <criterion/criterion.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/spec.h"
#include "tools/utf8.h"

typedef struct Thing {
    bool flag;
    int64_t count, perhaps;
    double share, limit;
    size_t colour, shape;
    SpecList sizes;
} Thing;

static const char *colour(size_t i)
{
    static const char *const names[] = {"red", "green", "blue"};
    return i < 3 ? names[i] : NULL;
}

static const SpecField fields[] = {
    {"flag", SPEC_BOOL, offsetof(Thing, flag), 0, 0, 0, NULL, "true", "a flag"},
    {"count", SPEC_WHOLE, offsetof(Thing, count), 0, 1, 100, NULL, "7", "a count"},
    {"perhaps", SPEC_WHOLE, offsetof(Thing, perhaps), SPEC_NULL_TOO, 1, 1e9, NULL, "null", "?"},
    {"share", SPEC_REAL, offsetof(Thing, share), SPEC_ABOVE_MIN | SPEC_BELOW_MAX, 0, 1, NULL, "0.5",
     "a share"},
    {"limit", SPEC_REAL, offsetof(Thing, limit), SPEC_NULL_TOO, 0, 1e308, NULL, "null", "a limit"},
    {"colour", SPEC_CHOICE, offsetof(Thing, colour), 0, 0, 0, colour, "\"green\"", "a colour"},
    {"shape", SPEC_CHOICE, offsetof(Thing, shape), SPEC_NULL_TOO, 0, 0, colour, "null", "another"},
    {"sizes", SPEC_WHOLES, offsetof(Thing, sizes), 0, 1, 50, NULL, "[3,4]", "sizes"},
};
static const SpecTable table = {fields, sizeof fields / sizeof *fields};

static Thing thing;
static Problem problem;

static void start(void)
{
    spec_start();
    problem_clear(&problem);
    memset(&thing, 0, sizeof thing);
    cr_assert_eq(spec_defaults(table, &thing), STATUS_OK);
}

TestSuite(spec, .init = start, .fini = fixture_no_leaks);

static void decode(const char *text)
{
    size_t offset;
    json_t *json = spec_parse(text, strlen(text), &offset, &problem);
    cr_assert_not_null(json, "%s", text);
    spec_decode(table, json, "#/thing", &thing, &problem);
    json_decref(json);
}

/* The only mistake of a document. */
static void expect_mistake(const char *text, const char *pointer, const char *detail)
{
    problem_clear(&problem);
    decode(text);
    cr_assert_eq(problem.count, 1, "%s: %zu mistakes", text, problem.count);
    cr_expect_str_eq(problem.item[0].pointer, pointer);
    cr_expect_str_eq(problem.item[0].detail, detail);
}

static const char *quoted(const char *text)
{
    static char short_text[64];
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    cr_assert_not_null(value, "%s", text);
    spec_quote(value, short_text);
    json_decref(value);
    return short_text;
}

Test(spec, defaults_are_those_of_the_table)
{
    cr_expect(thing.flag && thing.count == 7 && thing.perhaps == 0);
    cr_expect(thing.share == 0.5 && isnan(thing.limit));
    cr_expect(thing.colour == 1 && thing.shape == SPEC_NULL_CHOICE);
    cr_expect(thing.sizes.count == 2 && thing.sizes.v[0] == 3 && thing.sizes.v[1] == 4);
}

Test(spec, fields_that_are_there_overwrite_and_others_stay)
{
    decode("{\"flag\": false, \"count\": 1e1, \"share\": 0.25, \"colour\": \"blue\","
           " \"sizes\": [5.0], \"limit\": 0, \"perhaps\": 2, \"shape\": \"red\"}");
    cr_expect_eq(problem.status, STATUS_OK);
    cr_expect(!thing.flag && thing.count == 10 && thing.perhaps == 2);
    cr_expect(thing.share == 0.25 && thing.limit == 0 && thing.colour == 2 && thing.shape == 0);
    cr_expect(thing.sizes.count == 1 && thing.sizes.v[0] == 5);
    decode("{}");
    cr_expect(thing.count == 10 && thing.colour == 2);
}

Test(spec, null_is_a_value_only_where_the_table_says_so)
{
    decode("{\"perhaps\": null, \"limit\": null, \"shape\": null}");
    cr_expect_eq(problem.status, STATUS_OK);
    cr_expect(thing.perhaps == 0 && isnan(thing.limit) && thing.shape == SPEC_NULL_CHOICE);
    decode("{\"flag\": null, \"count\": null, \"share\": null, \"colour\": null, \"sizes\": null}");
    cr_expect_eq(problem.count, 5);
}

Test(spec, a_mistake_says_what_would_be_right_and_what_was_given)
{
    expect_mistake("{\"flag\": 1}", "#/thing/flag", "must be true or false, got 1");
    expect_mistake("{\"count\": 0}", "#/thing/count",
                   "must be a whole number of at least 1 and at most 100, got 0");
    expect_mistake("{\"count\": 1.5}", "#/thing/count",
                   "must be a whole number of at least 1 and at most 100, got 1.5");
    expect_mistake("{\"share\": 1}", "#/thing/share",
                   "must be a number greater than 0 and less than 1, got 1");
    expect_mistake("{\"limit\": -1}", "#/thing/limit",
                   "must be a number of at least 0, or null, got -1");
    expect_mistake("{\"colour\": \"pink\"}", "#/thing/colour",
                   "must be one of red, green, blue, got \"pink\"");
    expect_mistake("{\"sizes\": [1, 51]}", "#/thing/sizes",
                   "must be a list of whole numbers, each of at least 1 and at most 50, got "
                   "[1,51]");
}

Test(spec, the_ends_of_a_range_belong_to_it_unless_the_table_says_otherwise)
{
    decode("{\"count\": 1, \"sizes\": [1, 50]}");
    decode("{\"count\": 100, \"share\": 0.9999999999999999}");
    cr_expect_eq(problem.count, 0);
    decode("{\"count\": 101, \"share\": 0}");
    cr_expect_eq(problem.count, 2);
}

Test(spec, values_of_another_kind_are_refused)
{
    static const char *const wrong[] = {"\"7\"", "true", "[7]", "{}", "1e400", "1e19", "-7"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        size_t offset;
        snprintf(text, sizeof text, "{\"count\": %s}", wrong[i]);
        problem_clear(&problem);
        json_t *json = spec_parse(text, strlen(text), &offset, &problem);
        if (json)
            spec_decode(table, json, "#", &thing, &problem);
        cr_expect_neq(problem.status, STATUS_OK, "%s", text);
        json_decref(json);
    }
    cr_expect_eq(thing.count, 7);
}

Test(spec, a_list_takes_no_more_than_its_room)
{
    char text[600] = "{\"sizes\":[1";
    for (int i = 1; i < SPEC_LIST_MAX; i++)
        strcat(text, ",2");
    size_t full = strlen(text);
    strcat(text, "]}");
    decode(text);
    cr_expect_eq(problem.count, 0);
    cr_expect_eq(thing.sizes.count, SPEC_LIST_MAX);
    strcpy(text + full, ",3]}");
    decode(text);
    cr_expect_eq(problem.count, 1);
    cr_expect_eq(thing.sizes.count, SPEC_LIST_MAX);
}

Test(spec, an_unknown_name_names_the_nearest)
{
    expect_mistake("{\"colur\": 1}", "#/thing/colur", "is not known here; did you mean 'colour'?");
    expect_mistake("{\"zzzzzzz\": 1}", "#/thing/zzzzzzz", "is not known here");
}

Test(spec, all_mistakes_are_found_at_once)
{
    decode("{\"flag\": 0, \"count\": 0, \"share\": 2, \"colour\": 3, \"sizes\": 4, \"what\": 5}");
    cr_expect_eq(problem.count, 6);
    cr_expect_eq(problem.status, STATUS_INVALID);
}

Test(spec, what_is_no_object_is_refused)
{
    expect_mistake("[1]", "#/thing", "must be an object, got [1]");
}

Test(spec, a_long_unknown_name_leaves_the_answer_in_utf8)
{
    for (size_t shift = 0; shift < 4; shift++) {
        char text[400] = "{\"";
        memset(text + 2, 'a', shift);
        for (int i = 0; i < 60; i++)
            strcat(text, "\xF0\x9F\x98\x80");
        strcat(text, "\": 1}");
        problem_clear(&problem);
        decode(text);
        const char *pointer = problem.item[0].pointer;
        cr_expect(utf8_valid(pointer, strlen(pointer)), "behind %zu", shift);
    }
}

static bool decode_text(const char *name, const char *text)
{
    problem_clear(&problem);
    return spec_decode_text(table, name, text, &thing, &problem);
}

Test(spec, text_of_a_query_is_taken_by_the_kind_of_its_field)
{
    cr_assert(decode_text("flag", "false") && problem.count == 0);
    cr_assert(decode_text("count", "12") && problem.count == 0);
    cr_assert(decode_text("share", "1e-3") && problem.count == 0);
    cr_assert(decode_text("colour", "red") && problem.count == 0);
    cr_assert(decode_text("limit", "null") && problem.count == 0);
    cr_assert(decode_text("shape", "null") && problem.count == 0);
    cr_expect(!thing.flag && thing.count == 12 && thing.share == 1e-3 && thing.colour == 0);
    cr_expect(isnan(thing.limit) && thing.shape == SPEC_NULL_CHOICE);
}

Test(spec, a_list_in_a_query_may_lack_its_brackets)
{
    static const char *const lists[] = {"16,8", "[16,8]", "16, 8", "[ 16 , 8 ]"};
    for (size_t i = 0; i < 4; i++) {
        thing.sizes = (SpecList){0};
        cr_assert(decode_text("sizes", lists[i]) && problem.count == 0, "%s", lists[i]);
        cr_expect(thing.sizes.count == 2 && thing.sizes.v[0] == 16 && thing.sizes.v[1] == 8);
    }
    cr_assert(decode_text("sizes", "") && problem.count == 0);
    cr_expect_eq(thing.sizes.count, 0);
    cr_assert(decode_text("sizes", "9") && problem.count == 0);
    cr_expect_eq(thing.sizes.count, 1);
}

Test(spec, wrong_text_of_a_query_is_quoted)
{
    cr_assert(decode_text("count", "many"));
    cr_assert_eq(problem.count, 1);
    cr_expect_str_eq(problem.item[0].pointer, "?count");
    cr_expect_str_eq(problem.item[0].detail,
                     "must be a whole number of at least 1 and at most 100, got \"many\"");
}

Test(spec, wrong_text_of_a_query_is_refused)
{
    static const char *const wrong[][2] = {
        {"flag", "1"},    {"flag", "yes"},     {"flag", ""},      {"count", ""},
        {"count", "7 8"}, {"sizes", "16;8"},   {"sizes", "16,"},  {"sizes", "[16"},
        {"share", "NaN"}, {"share", "0x1p-2"}, {"colour", "Red"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert(decode_text(wrong[i][0], wrong[i][1]));
        cr_expect_eq(problem.count, 1, "%s=%s", wrong[i][0], wrong[i][1]);
    }
}

Test(spec, a_name_that_is_not_in_the_table_is_left_to_the_caller)
{
    cr_expect(!decode_text("what", "1"));
    cr_expect_eq(problem.count, 0);
}

Test(spec, a_value_is_quoted_short_and_between_characters)
{
    cr_expect_str_eq(quoted("[1,\"a\",null]"), "[1,\"a\",null]");
    cr_expect_str_eq(quoted("0.1"), "0.1");
    for (size_t shift = 0; shift < 4; shift++) {
        char text[400] = "\"";
        memset(text + 1, 'a', shift);
        for (int i = 0; i < 60; i++)
            strcat(text, "\xF0\x9F\x98\x80");
        strcat(text, "\"");
        const char *cut = quoted(text);
        cr_expect(utf8_valid(cut, strlen(cut)), "behind %zu", shift);
        cr_expect_str_eq(cut + strlen(cut) - 3, "...");
    }
}
