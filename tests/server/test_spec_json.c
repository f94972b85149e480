/* Fields as JSON: documents that are sound or not, what is kept and read again, what users are
 * told.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "state/hyper.h"
#include "test_store_fixture.h"
#include "tools/spec.h"

static Problem problem;

static void start(void)
{
    spec_start();
    problem_clear(&problem);
}

TestSuite(spec_json, .init = start, .fini = fixture_no_leaks);

static size_t expect_malformed(const char *text)
{
    size_t offset = 9999;
    problem_clear(&problem);
    json_t *json = spec_parse(text, strlen(text), &offset, &problem);
    cr_assert_null(json, "%s", text);
    cr_expect_eq(problem.status, STATUS_MALFORMED, "%s", text);
    cr_expect_gt(strlen(problem.detail), 0);
    cr_expect_leq(offset, strlen(text));
    return offset;
}

Test(spec_json, what_is_not_json_is_malformed)
{
    static const char *const wrong[] = {
        "",    "{",           "{\"a\":}", "{\"a\":1,}", "{'a':1}",    "{} {}",        "[1,]",
        "nul", "{\"a\":NaN}", "7",        "\"\xFF\"",   "{\"a\":01}", "[\"\\ud800\"]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_malformed(wrong[i]);
}

Test(spec_json, the_place_of_a_mistake_is_given)
{
    cr_expect(expect_malformed("{\"a\": 1, \"b\": ?}") >= 13);
}

Test(spec_json, a_name_given_twice_is_malformed)
{
    expect_malformed("{\"a\": 1, \"a\": 2}");
}

Test(spec_json, deep_nesting_is_refused_without_harm)
{
    char *text = malloc(200001);
    cr_assert_not_null(text);
    memset(text, '[', 200000);
    text[200000] = '\0';
    expect_malformed(text);
    free(text);
}

Test(spec_json, unknown_members_are_refused_against_a_list_of_names)
{
    static const char *const names[] = {"model", "dataset"};
    json_t *json = json_loads("{\"model\": 1, \"datasets\": 2, \"qqq\": 3}", 0, NULL);
    spec_refuse_unknown(json, "#", names, 2, &problem);
    cr_assert_eq(problem.count, 2);
    cr_expect_str_eq(problem.item[0].pointer, "#/datasets");
    cr_expect_str_eq(problem.item[0].detail, "is not known here; did you mean 'dataset'?");
    json_decref(json);
}

static SpecTable empty(void)
{
    return (SpecTable){NULL, 0};
}

Test(spec_json, a_table_of_nothing_is_an_empty_object)
{
    Encoder encoder = {0};
    cr_expect_eq(spec_defaults(empty(), NULL), STATUS_OK);
    spec_encode(empty(), NULL, &encoder);
    spec_describe(empty(), &encoder);
    cr_expect_str_eq(encoder.text.bytes, "{},[]");
    text_free(&encoder.text);
}

Test(spec_json, what_was_kept_is_decoded_over_the_defaults)
{
    Hyper hyper;
    cr_assert_eq(spec_decode_kept(hyper_table(), "{\"epochs\":5}", &hyper, &problem), STATUS_OK);
    cr_expect(hyper.epochs == 5 && hyper.patience == 20);
}

Test(spec_json, what_was_kept_and_is_damaged_is_told)
{
    Hyper hyper;
    cr_expect_eq(spec_decode_kept(hyper_table(), "{\"epochs\":", &hyper, &problem),
                 STATUS_MALFORMED);
    problem_clear(&problem);
    cr_expect_eq(spec_decode_kept(hyper_table(), "{\"epochs\":-5}", &hyper, &problem),
                 STATUS_INVALID);
}

/* The description of the table's row of that name. */
static json_t *described(json_t *all, const char *name)
{
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *row = json_array_get(all, i);
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
            return row;
    }
    cr_assert_fail("no row %s", name);
    return NULL;
}

static json_t *describe_all(void)
{
    Encoder encoder = {0};
    spec_describe(hyper_table(), &encoder);
    cr_assert(!encoder.refused);
    json_t *all = json_loads(encoder.text.bytes, 0, NULL);
    cr_assert_not_null(all);
    text_free(&encoder.text);
    return all;
}

Test(spec_json, every_row_is_described_with_type_default_and_help)
{
    json_t *all = describe_all();
    cr_assert_eq(json_array_size(all), hyper_table().count);
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *row = json_array_get(all, i);
        cr_expect_str_eq(json_string_value(json_object_get(row, "name")),
                         hyper_table().field[i].name);
        cr_expect(json_is_string(json_object_get(row, "type")));
        cr_expect(json_is_boolean(json_object_get(row, "nullable")));
        cr_expect_not_null(json_object_get(row, "default"));
        cr_expect_gt(json_string_length(json_object_get(row, "help")), 10);
    }
    json_decref(all);
}

Test(spec_json, ranges_and_choices_are_described)
{
    json_t *all = describe_all();
    json_t *rate = described(all, "learning_rate"), *beta = described(all, "beta1");
    json_t *epochs = described(all, "epochs"), *rule = described(all, "optimizer");
    cr_expect_eq(json_real_value(json_object_get(rate, "greater_than")), 0);
    cr_expect_null(json_object_get(rate, "maximum"));
    cr_expect(json_is_true(json_object_get(rate, "nullable")));
    cr_expect_eq(json_real_value(json_object_get(beta, "less_than")), 1);
    cr_expect_eq(json_number_value(json_object_get(epochs, "minimum")), 1);
    cr_expect_eq(json_number_value(json_object_get(epochs, "maximum")), 1e9);
    cr_expect_gt(json_array_size(json_object_get(rule, "choices")), 2);
    json_decref(all);
}
