/* What people read: the guide, and a page for each kind of problem. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_guide, .init = api_start, .fini = api_end);

Test(api_guide, every_problem_that_can_be_answered_has_a_page)
{
    for (int i = STATUS_OK + 1; i < STATUS_COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "/problems/%s", status_slug((Status)i));
        const Reply *reply = &api_get(path)->reply;
        cr_assert_eq(reply->code, 200, "%s", path);
        cr_expect_not_null(strstr(reply->body, status_title((Status)i)), "%s", path);
        cr_expect_null(strstr(reply->body, "(null)"), "%s", path);
        cr_expect_gt(reply->length, 120, "%s says what to do", path);
    }
}

Test(api_guide, the_list_names_them_all)
{
    const Reply *reply = &api_get("/problems")->reply;
    cr_assert_eq(reply->code, 200);
    for (int i = STATUS_OK + 1; i < STATUS_COUNT; i++)
        cr_expect_not_null(strstr(reply->body, status_slug((Status)i)));
}

Test(api_guide, a_problem_of_another_name_is_not_found)
{
    cr_expect_eq(api_get("/problems/ok")->reply.code, 404);
    cr_expect_eq(api_get("/problems/no-such")->reply.code, 404);
}

Test(api_guide, it_fits_a_terminal)
{
    const Reply *reply = &api_get("/")->reply;
    size_t lines = 0;
    cr_assert_eq(reply->code, 200);
    for (const char *line = reply->body; *line; line = strchr(line, '\n') + 1, lines++)
        cr_expect_leq(strcspn(line, "\n"), 80);
    cr_expect_leq(lines, 22);
    cr_expect_not_null(strstr(reply->body, "/v1/jobs?model="));
}

Test(api_guide, it_says_whether_a_token_is_needed)
{
    cr_expect_null(strstr(api_get("/")->reply.body, "Authorization"));
    access_close(api_services()->access);
    const char *page = api_get("/")->reply.body, *line = strstr(page, "Each needs a token");
    cr_assert_not_null(line);
    cr_expect_leq(strcspn(line, "\n"), 80);
    cr_expect_not_null(strstr(line, "Authorization: Bearer TOKEN"));
}

/* Every path in the guide leads somewhere, whatever stands for a name in it. */
Test(api_guide, it_names_only_routes_that_there_are)
{
    char page[4096];
    snprintf(page, sizeof page, "%s", api_get("/")->reply.body);
    size_t paths = 0;
    for (char *at = strstr(page, "/v1/"); at; at = strstr(at, "/v1/"), paths++) {
        Request request = {0};
        char allow[64];
        char *end = at + strcspn(at, " '?\n");
        char stopped = *end;
        *end = '\0';
        bool found = route_find(METHOD_GET, at, &request, allow) ||
                     route_find(METHOD_POST, at, &request, allow);
        cr_expect(found, "%s", at);
        *end = stopped;
        at = end;
    }
    cr_expect_geq(paths, 6);
}
