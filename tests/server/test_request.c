/* What is looked up in a request: names, numbers, and the media type that is liked best. */
#include <criterion/criterion.h>
#include <string.h>

#include "api/request.h"
#include "test_store_fixture.h"

static Problem problem;

static void start(void)
{
    problem_clear(&problem);
}

TestSuite(request, .init = start, .fini = fixture_no_leaks);

static const Pair query[] = {{"limit", "5"},   {"after", ""}, {"limit", "6"},
                             {"text", "many"}, {"low", "-1"}, {"big", "9223372036854775808"},
                             {"part", "1.5"}};
static const Pair header[] = {{"Accept", "text/csv"}, {"X-Empty", ""}, {"accept", "other"}};
static const Request asked = {.query = query,
                              .query_count = sizeof query / sizeof *query,
                              .header = header,
                              .header_count = sizeof header / sizeof *header};

Test(request, the_first_value_of_a_name_is_given)
{
    cr_expect_str_eq(request_query(&asked, "limit"), "5");
    cr_expect_str_eq(request_query(&asked, "after"), "");
    cr_expect_str_eq(request_header(&asked, "accept"), "text/csv");
}

Test(request, names_of_the_query_compare_exactly_and_those_of_headers_in_any_case)
{
    cr_expect_null(request_query(&asked, "Limit"));
    cr_expect_str_eq(request_header(&asked, "ACCEPT"), "text/csv");
    cr_expect_str_eq(request_header(&asked, "x-eMPTY"), "");
}

Test(request, a_name_that_is_not_there_is_null)
{
    cr_expect_null(request_query(&asked, "lim"));
    cr_expect_null(request_header(&asked, "Accep"));
    cr_expect_null(request_query(&(Request){0}, "limit"));
}

static long long number(const char *name)
{
    static const long long range[] = {1, 6};
    return request_number(&asked, name, 3, range, &problem);
}

Test(request, a_number_is_read_or_taken_as_the_default)
{
    cr_expect_eq(number("limit"), 5);
    cr_expect_eq(number("absent"), 3);
    cr_expect_eq(problem.count, 0);
}

Test(request, a_number_that_is_none_or_out_of_range_is_a_mistake)
{
    static const char *const wrong[] = {"after", "text", "low", "big", "part"};
    for (size_t i = 0; i < 5; i++)
        cr_expect_eq(number(wrong[i]), 3);
    cr_assert_eq(problem.count, 5);
    cr_expect_str_eq(problem.item[1].pointer, "?text");
    cr_expect_str_eq(problem.item[1].detail, "must be a whole number from 1 to 6, got 'many'");
}

Test(request, the_ends_of_the_range_belong_to_it)
{
    static const Pair ends[] = {{"low", "1"}, {"high", "6"}, {"under", "0"}, {"over", "7"}};
    static const long long range[] = {1, 6};
    Request at = {.query = ends, .query_count = 4};
    cr_expect_eq(request_number(&at, "low", 3, range, &problem), 1);
    cr_expect_eq(request_number(&at, "high", 3, range, &problem), 6);
    cr_expect_eq(problem.count, 0);
    cr_expect_eq(request_number(&at, "under", 3, range, &problem), 3);
    cr_expect_eq(request_number(&at, "over", 3, range, &problem), 3);
    cr_expect_eq(problem.count, 2);
}

Test(request, unknown_names_are_mistakes_that_name_the_nearest)
{
    static const Pair given[] = {{"limt", "1"}, {"after", "x"}, {"zzzzzz", "1"}};
    static const char *const names[] = {"limit", "after"};
    request_refuse_unknown(&(Request){.query = given, .query_count = 3}, names, 2, &problem);
    cr_assert_eq(problem.count, 2);
    cr_expect_str_eq(problem.item[0].pointer, "?limt");
    cr_expect_str_eq(problem.item[0].detail, "is not known here; did you mean 'limit'?");
    cr_expect_str_eq(problem.item[1].detail, "is not known here");
}

/* The type that is chosen of three; "" where none is. */
static const char *chosen(const char *accept)
{
    static const char *const types[] = {"application/json", "text/csv", "text/plain"};
    const Pair line = {"Accept", accept};
    Request request = {.header = &line, .header_count = accept ? 1 : 0};
    const char *type = request_accepts(&request, types, 3);
    return type ? type : "";
}

Test(request, who_does_not_care_gets_the_first)
{
    cr_expect_str_eq(chosen(NULL), "application/json");
    cr_expect_str_eq(chosen(""), "application/json");
    cr_expect_str_eq(chosen("*/*"), "application/json");
    cr_expect_str_eq(chosen("text/html, */*;q=0.1"), "application/json");
}

Test(request, a_type_that_is_named_is_chosen)
{
    cr_expect_str_eq(chosen("text/csv"), "text/csv");
    cr_expect_str_eq(chosen("TEXT/CSV"), "text/csv");
    cr_expect_str_eq(chosen("image/png, text/plain"), "text/plain");
    cr_expect_str_eq(chosen("text/csv; charset=utf-8"), "text/csv");
}

Test(request, a_wildcard_takes_the_first_that_it_fits)
{
    cr_expect_str_eq(chosen("text/*"), "text/csv");
    cr_expect_str_eq(chosen("image/*, text/*;q=0.5"), "text/csv");
    cr_expect_str_eq(chosen("application/*"), "application/json");
}

Test(request, the_greatest_weight_wins)
{
    cr_expect_str_eq(chosen("application/json;q=0.5, text/csv"), "text/csv");
    cr_expect_str_eq(chosen("application/json;q=0.5,text/csv;q=0.4,text/plain;q=0.6"),
                     "text/plain");
    cr_expect_str_eq(chosen("application/json ; q=0.2 , text/csv ; q=0.3"), "text/csv");
    cr_expect_str_eq(chosen("application/json;Q=0.2, text/csv;Q=0.3"), "text/csv");
    cr_expect_str_eq(chosen("application/json;a=b;q=0.2, text/csv;a=b;q=0.3"), "text/csv");
}

Test(request, of_equal_weights_the_servers_first_wins)
{
    cr_expect_str_eq(chosen("text/csv, application/json"), "application/json");
    cr_expect_str_eq(chosen("text/plain;q=0.7, text/csv;q=0.7"), "text/csv");
}

Test(request, the_range_that_fits_best_gives_the_weight)
{
    cr_expect_str_eq(chosen("*/*, application/json;q=0.1, text/*;q=0.5"), "text/csv");
    cr_expect_str_eq(chosen("text/csv;q=0.1, text/*;q=0.5, application/*;q=0"), "text/plain");
    cr_expect_str_eq(chosen("*/*;q=0.5, text/csv;q=0.4, text/plain;q=0.6"), "text/plain");
}

Test(request, a_weight_of_0_refuses)
{
    cr_expect_str_eq(chosen("application/json;q=0"), "");
    cr_expect_str_eq(chosen("application/json;q=0.000, */*"), "text/csv");
    cr_expect_str_eq(chosen("*/*;q=0"), "");
}

Test(request, types_that_are_not_made_here_leave_none)
{
    cr_expect_str_eq(chosen("image/png"), "");
    cr_expect_str_eq(chosen("text/html, application/xml"), "");
    cr_expect_str_eq(chosen("application/jsonp"), "");
    cr_expect_str_eq(chosen("application/jso"), "");
    cr_expect_str_eq(chosen("json"), "");
}

Test(request, odd_headers_do_no_harm)
{
    static const char *const odd[] = {
        ",",   ";",           ";q=1",          "text/csv;q", "text/csv;q=", "/",  "*",
        ",,,", "text/csv;;;", "text/csv;q=1;", "\t",         "text/",       "/*", "text/csv;q=x"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        cr_expect_not_null(chosen(odd[i]));
}
