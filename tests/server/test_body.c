/* Bodies: which types are taken where, and what is wrong with an empty or a broken one. */
#include <criterion/criterion.h>
#include <string.h>

#include "api/body.h"
#include "test_store_fixture.h"

static const char *const places[] = {"/x", NULL};
static Problem problem;

static void start(void)
{
    problem_clear(&problem);
}

TestSuite(body, .init = start, .fini = fixture_no_leaks);

typedef enum Taken { AS_NOTHING, AS_JSON, AS_CSV } Taken;

static Taken taken(BodyKind kind, const char *type)
{
    problem_clear(&problem);
    Body *body = body_new(kind, places, type, &problem);
    Taken as = !body ? AS_NOTHING : body->csv ? AS_CSV : AS_JSON;
    cr_expect_eq(body == NULL, problem.status == STATUS_MEDIA_TYPE);
    cr_expect(!body || (body->csv != NULL) != (body->json != NULL));
    body_free(body);
    return as;
}

Test(body, json_is_taken_by_every_route_that_takes_a_body)
{
    cr_expect_eq(taken(BODY_JSON, "application/json"), AS_JSON);
    cr_expect_eq(taken(BODY_ROWS, "application/json"), AS_JSON);
    cr_expect_eq(taken(BODY_LENIENT, "application/json"), AS_JSON);
}

Test(body, csv_is_taken_where_rows_are)
{
    cr_expect_eq(taken(BODY_ROWS, "text/csv"), AS_CSV);
    cr_expect_eq(taken(BODY_JSON, "text/csv"), AS_NOTHING);
    cr_expect_eq(taken(BODY_LENIENT, "text/csv"), AS_NOTHING);
}

Test(body, ndjson_is_a_table_as_csv_is)
{
    Body *body = body_new(BODY_ROWS, places, "application/x-ndjson", &problem);
    cr_assert_not_null(body);
    cr_expect(body_is_table(body));
    body_feed(body, "{\"a\": 1, \"b\": 2}", 16);
    cr_expect_eq(body_end(body), STATUS_OK);
    cr_expect_eq(body_rows(body)->cols, 2);
    cr_expect_eq(body_targets(body), 0);
    cr_expect_str_eq(body_column(body, 1), "b");
    body_free(body);
    cr_expect_null(body_new(BODY_JSON, places, "application/x-ndjson", &problem));
}

/* "a,b\n1,2\n" by gzip. */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xd4\x49\xe2\x32\xd4"
                             "\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00";

static Body *fed_packed(long long limit)
{
    problem_clear(&problem);
    Body *body = body_new(BODY_ROWS, places, "text/csv", &problem);
    cr_assert_not_null(body);
    cr_assert_eq(body_decode(body, "gzip", limit, &problem), STATUS_OK);
    body_feed(body, packed, sizeof packed);
    return body;
}

Test(body, gzip_is_inflated_and_its_limit_is_that_of_what_comes_out)
{
    Body *body = fed_packed(8), *small = fed_packed(7);
    cr_expect_eq(body_end(body), STATUS_OK, "%s", body->problem.detail);
    cr_expect_eq(body->bytes, 8);
    cr_expect_eq(body_rows(body)->rows, 1);
    cr_expect_not(body->over);
    cr_expect(small->over);
    body_free(body);
    body_free(small);
}

Test(body, gzip_that_does_not_say_so_is_told_in_one_sentence)
{
    static const char *const types[] = {"text/csv", "application/json", "application/x-ndjson"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        for (size_t cut = 0; cut <= 3; cut++) {
            Body *body = body_new(BODY_ROWS, places, types[i], &problem);
            cr_assert_not_null(body);
            body_feed(body, packed, cut);
            body_feed(body, packed + cut, sizeof packed - cut);
            cr_expect_eq(body_end(body), STATUS_MALFORMED);
            cr_expect_eq(body->problem.count, 0);
            cr_expect_str_eq(body->problem.detail, "the body is gzip: send the header "
                                                   "'Content-Encoding: gzip' with it");
            body_free(body);
        }
    }
}

Test(body, what_only_ends_as_gzip_begins_is_told_its_own_mistakes)
{
    static const char *const texts[] = {"\x1f,a\n1,2\n", "a\x8b,b\n1,2\n", "a\x1f\x8b,b\n1,2\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Body *body = body_new(BODY_ROWS, places, "text/csv", &problem);
        cr_assert_not_null(body);
        body_feed(body, texts[i], strlen(texts[i]));
        cr_expect_neq(body_end(body), STATUS_MALFORMED, "%zu", i);
        body_free(body);
    }
}

Test(body, a_coding_that_is_not_known_is_refused)
{
    cr_expect(body_takes_coding(NULL, &problem));
    cr_expect(body_takes_coding("Identity", &problem));
    cr_expect(body_takes_coding("x-gzip", &problem));
    cr_expect_eq(problem.status, STATUS_OK);
    cr_expect_not(body_takes_coding("br", &problem));
    cr_expect_eq(problem.status, STATUS_MEDIA_TYPE);
}

Test(body, case_and_parameters_of_a_type_do_not_matter)
{
    cr_expect_eq(taken(BODY_JSON, "Application/JSON; charset=utf-8"), AS_JSON);
    cr_expect_eq(taken(BODY_ROWS, "TEXT/CSV;header=present"), AS_CSV);
}

Test(body, what_curl_says_by_itself_is_taken_only_where_nothing_changes)
{
    static const char form[] = "application/x-www-form-urlencoded";
    cr_expect_eq(taken(BODY_LENIENT, form), AS_JSON);
    cr_expect_eq(taken(BODY_LENIENT, NULL), AS_JSON);
    cr_expect_eq(taken(BODY_TENSORS, form), AS_JSON);
    cr_expect_eq(taken(BODY_TENSORS, NULL), AS_JSON);
    cr_expect_eq(taken(BODY_TENSORS, "application/octet-stream"), AS_JSON);
    cr_expect_eq(taken(BODY_LENIENT, "application/octet-stream"), AS_NOTHING);
    cr_expect_eq(taken(BODY_JSON, form), AS_NOTHING);
    cr_expect_eq(taken(BODY_JSON, NULL), AS_NOTHING);
    cr_expect_eq(taken(BODY_ROWS, form), AS_NOTHING);
}

Test(body, other_types_are_refused_with_what_would_be_right)
{
    static const char *const wrong[] = {"text/plain", "application/jsonp", "application/xml",
                                        "",           "application",       "multipart/form-data"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(taken(BODY_ROWS, wrong[i]), AS_NOTHING, "%s", wrong[i]);
    taken(BODY_ROWS, "text/plain");
    cr_expect_str_eq(problem.detail, "send the header 'Content-Type: application/json', "
                                     "'Content-Type: text/csv' or "
                                     "'Content-Type: application/x-ndjson', not 'text/plain'");
}

static Body *fed(const char *type, const char *text)
{
    Body *body = body_new(BODY_ROWS, places, type, &problem);
    cr_assert_not_null(body);
    for (const char *at = text; *at; at++)
        body_feed(body, at, 1);
    return body;
}

Test(body, a_sound_body_has_no_mistakes)
{
    Body *json = fed("application/json", "{\"x\": [[1, 2], [3, 4]]}");
    Body *csv = fed("text/csv", "a,b\n1,2\n");
    cr_expect_eq(body_end(json), STATUS_OK);
    cr_expect_eq(body_end(csv), STATUS_OK);
    cr_expect_eq(json_ingest_array(json->json, "/x")->rows, 2);
    cr_expect_eq(csv_ingest_columns(csv->csv), 2);
    cr_expect_eq(csv->bytes, 8);
    body_free(json);
    body_free(csv);
}

Test(body, an_empty_body_is_malformed)
{
    Body *json = fed("application/json", ""), *csv = fed("text/csv", "");
    body_feed(json, "", 0);
    cr_expect_eq(body_end(json), STATUS_MALFORMED);
    cr_expect_eq(body_end(csv), STATUS_MALFORMED);
    cr_expect_str_eq(json->problem.detail, "the body is empty");
    body_free(json);
    body_free(csv);
}

Test(body, mistakes_in_its_numbers_are_collected)
{
    Body *body = fed("application/json", "{\"x\": [[1, \"a\"], [null, 4]]}");
    cr_expect_eq(body_end(body), STATUS_INVALID);
    cr_expect_eq(body->problem.count, 2);
    body_free(body);
}

Test(body, after_a_failure_the_rest_is_dropped)
{
    Body *body = fed("application/json", "{\"x\": [[1, ?]]}");
    cr_expect_neq(body->failed, STATUS_OK);
    for (int i = 0; i < 1000; i++)
        body_feed(body, "[[[[[[[[", 8);
    cr_expect_eq(body_end(body), STATUS_MALFORMED);
    body_free(body);
}

Test(body, a_skeleton_that_is_too_large_is_refused)
{
    char piece[1024];
    memset(piece, 'a', sizeof piece);
    Body *body = fed("application/json", "{\"name\": \"");
    for (int i = 0; i < 5000; i++)
        body_feed(body, piece, sizeof piece);
    cr_expect_eq(body_end(body), STATUS_TOO_LARGE);
    body_free(body);
}

static Body *tensors(const char *length)
{
    Body *body = body_new(BODY_TENSORS, places, "application/octet-stream", &problem);
    cr_assert_not_null(body);
    cr_assert_eq(body_split(body, length, &problem), STATUS_OK);
    return body;
}

Test(body, what_follows_the_json_is_kept_as_it_is_wherever_it_is_cut)
{
    static const char bytes[] = "{\"x\": [[1, 2]]}\0]}\xFF";
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        Body *body = tensors("15");
        for (size_t i = 0; i < sizeof bytes; i += piece)
            body_feed(body, bytes + i, sizeof bytes - i < piece ? sizeof bytes - i : piece);
        cr_assert_eq(body_end(body), STATUS_OK, "%s", body->problem.detail);
        cr_expect_eq(json_ingest_array(body->json, "/x")->cols, 2);
        cr_assert_eq(body->raw.length, sizeof bytes - 15);
        cr_expect_eq(memcmp(body->raw.bytes, bytes + 15, sizeof bytes - 15), 0);
        body_free(body);
    }
}

Test(body, without_a_length_all_of_it_is_json)
{
    Body *body = tensors(NULL);
    body_feed(body, "{}", 2);
    cr_expect_eq(body_end(body), STATUS_OK);
    cr_expect_eq(body->raw.length, 0);
    body_free(body);
}

Test(body, json_that_is_said_to_be_longer_than_the_body_is_malformed)
{
    Body *body = tensors("16");
    body_feed(body, "{\"x\": [[1, 2]]}", 15);
    cr_expect_eq(body_end(body), STATUS_MALFORMED);
    cr_expect_str_eq(body->problem.detail,
                     "Inference-Header-Content-Length is 16, but the body has 15 bytes");
    body_free(body);
}

Test(body, a_length_of_the_json_that_is_no_number_is_malformed)
{
    static const char *const wrong[] = {"",   "-1", "+1", "1.5",
                                        "1 ", "0x", "a",  "99999999999999999999"};
    Body *body = tensors(NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(body_split(body, wrong[i], &problem), STATUS_MALFORMED, "%s", wrong[i]);
    body_free(body);
}

Test(body, freeing_nothing_is_fine)
{
    body_free(NULL);
}
