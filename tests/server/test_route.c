/* The table of routes: each row is found by its own path, and other methods learn what there is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "test_store_fixture.h"

TestSuite(route, .fini = fixture_no_leaks);

static Request request;
static char allow[64];

static const Route *find(Method method, const char *path)
{
    memset(&request, 0, sizeof request);
    return route_find(method, path, &request, allow);
}

/* The path of a row with its names replaced: /v1/models/{name} becomes /v1/models/p0. */
static const char *sample(const char *pattern)
{
    static char path[300];
    size_t at = 0, params = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '{') {
            path[at++] = *pattern;
            continue;
        }
        at += (size_t)snprintf(path + at, sizeof path - at, "p%zu", params++);
        pattern = strchr(pattern, '}');
    }
    path[at] = '\0';
    return path;
}

Test(route, every_row_is_found_by_its_own_path)
{
    size_t i = 0;
    for (; route_at(i); i++)
        cr_expect_eq(find(route_at(i)->method, sample(route_at(i)->path)), route_at(i), "%s",
                     route_at(i)->path);
    cr_expect_gt(i, 15);
    cr_expect_null(route_at(i + 1));
}

Test(route, every_row_has_a_handler_and_says_where_its_body_has_numbers)
{
    for (size_t i = 0; route_at(i); i++) {
        cr_expect_not_null(route_at(i)->handler);
        cr_expect_eq(route_at(i)->body != BODY_NONE, route_at(i)->places != NULL);
        cr_expect(route_at(i)->body == BODY_NONE || route_at(i)->method == METHOD_POST);
        cr_expect_eq(route_at(i)->path[0], '/');
    }
}

Test(route, what_stands_for_a_name_is_given_to_the_handler)
{
    cr_assert_not_null(find(METHOD_GET, "/v1/models/boston-2.1/versions/37/weights"));
    cr_expect_str_eq(request.param[0], "boston-2.1");
    cr_expect_str_eq(request.param[1], "37");
    cr_assert_not_null(find(METHOD_POST, "/v1/models/boston:predict"));
    cr_expect_str_eq(request.param[0], "boston");
    cr_expect_str_eq(request.param[1], "");
}

Test(route, a_route_with_one_name_leaves_the_second_empty)
{
    for (size_t i = 0; route_at(i); i++) {
        const Route *route = route_at(i);
        const char *first = strchr(route->path, '{');
        find(route->method, sample(route->path));
        cr_expect_eq(request.param[0][0] != '\0', first != NULL);
        cr_expect_eq(request.param[1][0] != '\0', first && strchr(first + 1, '{'));
    }
}

Test(route, paths_that_are_nearly_one_are_none)
{
    static const char *const wrong[] = {"",
                                        "/v1",
                                        "/v1/",
                                        "/v1/datasets/",
                                        "/v1/Jobs",
                                        "/v1/jobs//",
                                        "/v1/jobs/a/b",
                                        "/livez/",
                                        "livez",
                                        "/v1/jobs/",
                                        "/v1/jobs/a:",
                                        "/v1/models/a:",
                                        "/v1/models/:predict",
                                        "/v1/models/a:predicts",
                                        "/v1/models/a/versions/",
                                        "/v1/models/a/versions/1:",
                                        "*",
                                        "/v1/models/a/b:predict",
                                        "/v1/datasets/{id}/rows/"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        for (int method = 0; method < METHODS; method++) {
            cr_expect_null(find((Method)method, wrong[i]), "%s", wrong[i]);
            cr_expect_str_eq(allow, "", "%s", wrong[i]);
        }
    }
}

Test(route, another_method_learns_what_there_is)
{
    static const char *const known[][2] = {
        {"/livez", "GET, HEAD, OPTIONS"},
        {"/v1/datasets", "GET, HEAD, POST, OPTIONS"},
        {"/v1/datasets/ds_1", "GET, HEAD, DELETE, OPTIONS"},
        {"/v1/jobs/job_1/cancel", "POST, OPTIONS"},
        {"/v1/models/a:predict", "POST, OPTIONS"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cr_expect_null(find(METHOD_OPTIONS, known[i][0]));
        cr_expect_str_eq(allow, known[i][1]);
    }
    cr_expect_null(find(METHOD_DELETE, "/v1/jobs"));
    cr_expect_str_eq(allow, "GET, HEAD, POST, OPTIONS");
}

Test(route, a_name_of_any_length_does_no_harm)
{
    char path[600] = "/v1/jobs/";
    size_t at = strlen(path);
    memset(path + at, 'x', REQUEST_PARAM_SIZE - 1);
    cr_assert_not_null(find(METHOD_GET, path));
    cr_expect_eq(strlen(request.param[0]), REQUEST_PARAM_SIZE - 1);
    path[at + REQUEST_PARAM_SIZE - 1] = 'x';
    cr_expect_null(find(METHOD_GET, path));
    memset(path + at, 'x', 500);
    cr_expect_null(find(METHOD_GET, path));
}
