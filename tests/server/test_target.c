/* The target of a request line: path and query, decoded once. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "http/target.h"
#include "test_store_fixture.h"

static Target target;
static Problem problem;

static void start(void)
{
    problem_clear(&problem);
    target = (Target){0};
}

static void end(void)
{
    target_free(&target);
    fixture_no_leaks();
}

TestSuite(target, .init = start, .fini = end);

static void parse(const char *raw)
{
    target_free(&target);
    cr_assert_eq(target_parse(raw, &target, &problem), STATUS_OK, "%s: %s", raw, problem.detail);
}

static void expect_malformed(const char *raw, const char *what)
{
    target_free(&target);
    problem_clear(&problem);
    cr_expect_eq(target_parse(raw, &target, &problem), STATUS_MALFORMED, "%s", raw);
    cr_expect(strstr(problem.detail, what), "%s: %s", raw, problem.detail);
}

static void expect_pair(size_t i, const char *name, const char *value)
{
    cr_assert_lt(i, target.query_count);
    cr_expect_str_eq(target.query[i].name, name);
    cr_expect_str_eq(target.query[i].value, value);
}

Test(target, a_path_alone_has_no_query)
{
    parse("/v1/datasets");
    cr_expect_str_eq(target.path, "/v1/datasets");
    cr_expect_eq(target.query_count, 0);
}

Test(target, the_query_is_split_into_pairs_in_order)
{
    parse("/v1/jobs?target=medv&hidden=16,8&target=rm");
    cr_expect_str_eq(target.path, "/v1/jobs");
    cr_expect_eq(target.query_count, 3);
    expect_pair(0, "target", "medv");
    expect_pair(1, "hidden", "16,8");
    expect_pair(2, "target", "rm");
}

Test(target, a_name_without_a_value_has_an_empty_one)
{
    parse("/?verbose&hidden=&=x");
    cr_expect_eq(target.query_count, 3);
    expect_pair(0, "verbose", "");
    expect_pair(1, "hidden", "");
    expect_pair(2, "", "x");
}

Test(target, ampersands_without_a_pair_between_are_passed_over)
{
    parse("/?&&a=1&");
    cr_expect_eq(target.query_count, 1);
    expect_pair(0, "a", "1");
    parse("/?");
    cr_expect_eq(target.query_count, 0);
}

Test(target, escapes_are_decoded_once)
{
    parse("/v1/models/a%62c%2525?n%61me=%26%3d%C3%a9");
    cr_expect_str_eq(target.path, "/v1/models/abc%25");
    expect_pair(0, "name", "&=\xC3\xA9");
}

Test(target, a_plus_is_a_blank_in_the_query_alone)
{
    parse("/a+b?c+d=e+f%2B");
    cr_expect_str_eq(target.path, "/a+b");
    expect_pair(0, "c d", "e f+");
}

Test(target, an_equals_sign_may_be_in_a_value_and_a_question_mark_in_a_query)
{
    parse("/?a=b=c?d");
    expect_pair(0, "a", "b=c?d");
}

Test(target, an_escape_that_is_none_is_malformed)
{
    static const char *const wrong[] = {"/%", "/%4", "/%zz", "/%4g", "/%g4", "/%%41", "/% 41"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char query[64];
        expect_malformed(wrong[i], "the path");
        snprintf(query, sizeof query, "/?a=%s", wrong[i]);
        expect_malformed(query, "the query");
        snprintf(query, sizeof query, "/?%s=a", wrong[i]);
        expect_malformed(query, "the query");
    }
}

Test(target, control_characters_are_malformed_however_they_are_written)
{
    static const char *const wrong[] = {"/%00", "/%0a", "/%1F", "/%7f", "/\x01", "/\x7f", "/\t"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char query[64];
        expect_malformed(wrong[i], "the path");
        snprintf(query, sizeof query, "/?a=%s", wrong[i]);
        expect_malformed(query, "the query");
    }
}

Test(target, bytes_that_are_not_utf8_are_malformed)
{
    static const char *const wrong[] = {"/%ff", "/%C3", "/\xC3(", "/%ED%A0%80", "/%C0%80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char query[64];
        expect_malformed(wrong[i], "the path");
        snprintf(query, sizeof query, "/?a=%s", wrong[i] + 1);
        expect_malformed(query, "the query");
        snprintf(query, sizeof query, "/?%s=a", wrong[i] + 1);
        expect_malformed(query, "the query");
    }
}

Test(target, as_many_parameters_as_there_is_room_for_are_taken_and_no_more)
{
    char raw[1000] = "/?a=0";
    for (int i = 1; i < TARGET_QUERY_MAX; i++)
        snprintf(raw + strlen(raw), 16, "&a=%d", i);
    parse(raw);
    cr_expect_eq(target.query_count, TARGET_QUERY_MAX);
    expect_pair(TARGET_QUERY_MAX - 1, "a", "63");
    strcat(raw, "&a=64");
    expect_malformed(raw, "more than 64 parameters");
}

Test(target, the_absolute_form_is_taken_by_its_path)
{
    parse("http://localhost:8080/v1/jobs?limit=1");
    cr_expect_str_eq(target.path, "/v1/jobs");
    expect_pair(0, "limit", "1");
    parse("https://localhost/v1/models");
    cr_expect_str_eq(target.path, "/v1/models");
    parse("http://localhost");
    cr_expect_str_eq(target.path, "");
}

Test(target, the_asterisk_of_options_is_a_path_like_others)
{
    parse("*");
    cr_expect_str_eq(target.path, "*");
}

Test(target, freeing_twice_is_fine)
{
    parse("/a");
    target_free(&target);
    target_free(&target);
    cr_expect_null(target.text);
}
