/* The handlers about the daemon itself, and the form of replies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/build.h"
#include "state/hyper.h"
#include "test_api_fixture.h"
#include "tools/utf8.h"

TestSuite(api_system, .init = api_start, .fini = api_end);

Test(api_system, it_lives_is_ready_and_says_who_it_is)
{
    cr_assert_eq(api_get("/livez")->reply.code, 200);
    cr_expect_str_eq(api_text("status"), "ok");
    cr_assert_eq(api_get("/readyz")->reply.code, 200);
    cr_expect_str_eq(api_text("status"), "ready");
    cr_assert_eq(api_get("/version")->reply.code, 200);
    cr_expect_str_eq(api_text("name"), "backpropd");
    cr_expect_gt(strlen(api_text("version")), 0);
    cr_expect_str_eq(api_text("core"), core_build());
}

Test(api_system, what_is_answered_at_once_needs_no_store)
{
    static const char *const paths[] = {"/livez", "/version", "/v1/hyperparameters"};
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(api_call(&(Call){.target = paths[i], .at_once = true})->reply.code, 200);
}

Test(api_system, it_tells_all_hyperparameters)
{
    cr_assert_eq(api_get("/v1/hyperparameters")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), hyper_table().count);
}

Test(api_system, a_page_of_json_ends_its_line)
{
    const Reply *reply = &api_get("/livez")->reply;
    cr_expect_eq(reply->body[reply->length - 1], '\n');
    cr_expect_eq(reply->length, strlen(reply->body));
}

static const Request asked = {.path = "/v1/jobs", .id = "abc"};

static json_t *read_and_free(Reply *reply)
{
    json_t *json = json_loadb(reply->body, reply->length, 0, NULL);
    cr_assert_not_null(json, "%s", reply->body);
    reply_free(reply);
    return json;
}

Test(api_system, every_outcome_has_its_status_of_http)
{
    static const int codes[STATUS_COUNT] = {200, 400, 422, 401, 403, 404, 405, 406,
                                            408, 409, 413, 431, 429, 415, 421, 503,
                                            503, 503, 503, 503, 507, 422, 422, 500};
    for (int i = 0; i < STATUS_COUNT; i++)
        cr_expect_eq(reply_code((Status)i), codes[i], "%s", status_slug((Status)i));
}

Test(api_system, an_outcome_that_may_pass_says_when_to_ask_again)
{
    for (int i = STATUS_MALFORMED; i < STATUS_COUNT; i++) {
        Reply reply = reply_status(&asked, (Status)i, "why");
        cr_expect_eq(reply.retry_after > 0, reply.code == 503 || reply.code == 429);
        reply_free(&reply);
    }
}

Test(api_system, a_number_that_is_not_finite_is_not_sent)
{
    Encoder encoder = {0};
    enc_real(&encoder, (double)NAN);
    Reply reply = reply_json_take(&asked, 200, &encoder);
    cr_expect_eq(reply.code, 500);
    cr_expect_str_eq(reply.type, "application/problem+json");
    cr_expect_null(encoder.text.bytes);
    json_decref(read_and_free(&reply));
}

Test(api_system, mistakes_beyond_the_room_are_counted_in_the_reply)
{
    Problem problem;
    problem_clear(&problem);
    for (int i = 0; i < PROBLEM_ITEMS + 4; i++)
        problem_add(&problem, "#/x", "wrong");
    Reply reply = reply_problem(&asked, &problem);
    json_t *json = read_and_free(&reply);
    cr_expect_eq(json_array_size(json_object_get(json, "errors")), PROBLEM_ITEMS);
    cr_expect_eq(json_integer_value(json_object_get(json, "errors_not_shown")), 4);
    json_decref(json);
}

Test(api_system, a_problem_without_mistakes_has_no_list_of_them)
{
    Reply reply = reply_status(&asked, STATUS_CONFLICT, "busy");
    json_t *json = read_and_free(&reply);
    cr_expect_null(json_object_get(json, "errors"));
    cr_expect_str_eq(json_string_value(json_object_get(json, "instance")), "/v1/jobs");
    cr_expect_str_eq(json_string_value(json_object_get(json, "request_id")), "abc");
    json_decref(json);
}

Test(api_system, whatever_a_client_sent_the_reply_is_utf8)
{
    static const char *const odd[] = {"\xFF\xFE", "a\xC3", "\xED\xA0\x80", "\xC0\x80", "\x80"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        Request request = {.path = odd[i]};
        Problem problem;
        problem_clear(&problem);
        problem_add(&problem, odd[i], "is '%s'", odd[i]);
        Reply reply = reply_problem(&request, &problem);
        cr_expect(utf8_valid(reply.body, reply.length));
        json_decref(read_and_free(&reply));
    }
}

Test(api_system, a_long_path_is_cut_between_characters)
{
    char path[2001] = "/a";
    for (size_t shift = 1; shift < 4; shift++) {
        for (size_t i = 0; i < 400; i++)
            memcpy(path + shift + 4 * i, "\xF0\x9F\x98\x80", 5);
        Request request = {.path = path};
        Reply reply = reply_status(&request, STATUS_NOT_FOUND, "there is nothing at '%s'", path);
        cr_expect(utf8_valid(reply.body, reply.length));
        json_decref(read_and_free(&reply));
    }
}
