/* The handlers of datasets, without a socket. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(api_dataset, .init = api_start, .fini = api_end);

static const char small[] = "{\"name\": \"s\", \"x\": [[1, 2], [3, 4.5]], \"y\": [0.5, -1],"
                            " \"features\": [\"p\", \"q\"], \"targets\": [\"t\"]}";

static const char *path_to(const char *id, const char *rest)
{
    static char path[200];
    snprintf(path, sizeof path, "/v1/datasets/%s%s", id, rest);
    return path;
}

/* The id of a dataset that is stored now. */
static const char *stored(const char *json)
{
    static char id[ID_SIZE];
    cr_assert_eq(api_post("/v1/datasets", json)->reply.code, 201);
    snprintf(id, sizeof id, "%s", api_text("id"));
    return id;
}

Test(api_dataset, a_json_dataset_is_created_and_described)
{
    const Answer *answer = api_post("/v1/datasets", small);
    cr_assert_eq(answer->reply.code, 201);
    cr_expect_str_eq(answer->reply.type, "application/json");
    cr_expect_str_eq(answer->reply.location, path_to(api_text("id"), ""));
    cr_expect_str_eq(api_text("name"), "s");
    cr_expect(api_number("rows") == 2 && api_number("bytes") == 48);
    cr_expect_str_eq(api_text("features/1/name"), "q");
    cr_expect(api_number("features/1/min") == 2 && api_number("features/1/max") == 4.5);
    cr_expect(api_number("features/1/mean") == 3.25 && api_number("features/1/std") == 1.25);
    cr_expect_str_eq(api_text("targets/0/name"), "t");
    cr_expect_eq(strlen(api_text("digest")), 64);
    cr_expect_eq(strlen(api_text("created_at")), 24);
}

Test(api_dataset, columns_without_names_are_called_x_and_y)
{
    stored("{\"x\": [[1, 2]], \"y\": [[3, 4]]}");
    cr_expect_str_eq(api_text("features/0/name"), "x1");
    cr_expect_str_eq(api_text("targets/1/name"), "y2");
    cr_expect(api_is_null("name"));
}

Test(api_dataset, a_csv_dataset_has_its_last_column_as_target)
{
    cr_assert_eq(api_csv("/v1/datasets?name=n", "a,b\r\n1,2\r\n3,4\r\n")->reply.code, 201);
    cr_expect_str_eq(api_text("name"), "n");
    cr_expect_str_eq(api_text("features/0/name"), "a");
    cr_expect_str_eq(api_text("targets/0/name"), "b");
}

Test(api_dataset, columns_between_semicolons_are_one_mistake)
{
    static const char *const paths[] = {"/v1/datasets", "/v1/datasets?target=b"};
    for (size_t i = 0; i < 2; i++) {
        api_csv(paths[i], "a;b\n1;0,5\n2;0,7\n");
        api_expect_mistake("line 1", "the columns seem to be separated by semicolons; CSV here "
                                     "means commas");
    }
}

Test(api_dataset, flat_objects_have_the_last_key_of_the_first_line_as_target)
{
    api_send("/v1/datasets", "application/x-ndjson",
             "{\"y\":1,\"a\":2,\"b\":5}\n{\"b\":6,\"a\":3,\"y\":2}\n");
    cr_expect_str_eq(api_text("targets/0/name"), "b");
    cr_expect(api_number("targets/0/min") == 5 && api_number("targets/0/max") == 6);
    api_send("/v1/datasets?target=y", "application/x-ndjson",
             "{\"y\":1,\"a\":2,\"b\":5}\n{\"b\":6,\"a\":3,\"y\":2}\n");
    cr_expect_str_eq(api_text("targets/0/name"), "y");
    cr_expect_str_eq(api_text("features/1/name"), "b");
}

Test(api_dataset, a_csv_dataset_has_the_targets_that_are_asked_for_in_their_order)
{
    cr_assert_eq(api_csv("/v1/datasets?target=c&target=a", "a,b,c\n1,2,3\n")->reply.code, 201);
    cr_expect_eq(json_array_size(api_at("features")), 1);
    cr_expect_str_eq(api_text("targets/0/name"), "c");
    cr_expect_str_eq(api_text("targets/1/name"), "a");
    cr_expect(api_number("targets/0/min") == 3 && api_number("targets/1/min") == 1);
}

Test(api_dataset, the_same_contents_have_the_same_digest_in_either_form)
{
    char digest[65];
    stored("{\"x\": [[1, 2]], \"y\": [3], \"features\": [\"a\", \"b\"], \"targets\": [\"c\"]}");
    snprintf(digest, sizeof digest, "%s", api_text("digest"));
    cr_assert_eq(api_csv("/v1/datasets", "a,b,c\n1,2,3\n")->reply.code, 201);
    cr_expect_str_eq(api_text("digest"), digest);
}

Test(api_dataset, what_was_created_is_got_again)
{
    const char *id = stored(small);
    json_t *created = json_incref(api_at(""));
    cr_assert_eq(api_get(path_to(id, ""))->reply.code, 200);
    cr_expect(json_equal(created, api_at("")));
    json_decref(created);
}

Test(api_dataset, a_name_that_is_not_there_is_not_found)
{
    api_get("/v1/datasets/ds_none");
    api_expect_problem(404, "not-found");
    cr_expect_str_eq(api_text("detail"), "there is no dataset 'ds_none'");
    api_delete("/v1/datasets/ds_none");
    api_expect_problem(404, "not-found");
    api_get("/v1/datasets/ds_none/rows");
    api_expect_problem(404, "not-found");
}

Test(api_dataset, a_list_is_paged_newest_first)
{
    char next[100];
    for (int i = 0; i < 3; i++)
        stored(small);
    cr_assert_eq(api_get("/v1/datasets?limit=2")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 2);
    cr_expect_gt(strcmp(api_text("data/0/id"), api_text("data/1/id")), 0);
    cr_expect_str_eq(api_text("next"), api_text("data/1/id"));
    snprintf(next, sizeof next, "/v1/datasets?limit=2&after=%s", api_text("next"));
    cr_assert_eq(api_get(next)->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 1);
    cr_expect(api_is_null("next"));
}

Test(api_dataset, an_empty_list_is_a_list)
{
    cr_assert_eq(api_get("/v1/datasets")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 0);
    cr_expect(api_is_null("next"));
}

Test(api_dataset, all_mistakes_of_a_lists_query_are_named)
{
    api_get("/v1/datasets?limit=0&aftr=x");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
}

Test(api_dataset, a_list_goes_on_after_an_entry_that_was_deleted)
{
    char next[100];
    stored(small);
    const char *id = stored(small);
    snprintf(next, sizeof next, "/v1/datasets?after=%s", id);
    cr_assert_eq(api_delete(path_to(id, ""))->reply.code, 204);
    cr_assert_eq(api_get(next)->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("data")), 1);
}

Test(api_dataset, rows_come_as_json_with_the_place_of_the_next)
{
    const char *id = stored("{\"x\": [[1], [2], [3]], \"y\": [0.1, 1e-320, 3]}");
    cr_assert_eq(api_get(path_to(id, "/rows?offset=1&limit=1"))->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("x")), 1);
    cr_expect(api_number("x/0/0") == 2 && api_number("y/0/0") == 1e-320);
    cr_expect(api_number("offset") == 1 && api_number("next") == 2);
    cr_assert_eq(api_get(path_to(id, "/rows?offset=2"))->reply.code, 200);
    cr_expect(api_is_null("next"));
    cr_assert_eq(api_get(path_to(id, "/rows?offset=3"))->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("x")), 0);
    cr_expect(api_is_null("next"));
}

Test(api_dataset, rows_come_as_csv_that_reads_back)
{
    static const char csv[] = "a,\"b,\"\"c\"\n0.1,-5.0\n1e+300,0.30000000000000004\n";
    cr_assert_eq(api_csv("/v1/datasets", csv)->reply.code, 201);
    char path[200];
    snprintf(path, sizeof path, "/v1/datasets/%s/rows", api_text("id"));
    const Answer *answer = api_call(&(Call){.target = path, .header = {"Accept", "text/csv"}});
    cr_assert_eq(answer->reply.code, 200);
    cr_expect_str_eq(answer->reply.type, "text/csv; charset=utf-8");
    cr_expect_str_eq(answer->reply.body, csv);
}

Test(api_dataset, rows_in_a_type_that_is_not_made_are_not_acceptable)
{
    char path[200];
    snprintf(path, sizeof path, "%s", path_to(stored(small), "/rows"));
    api_call(&(Call){.target = path, .header = {"Accept", "image/png"}});
    api_expect_problem(406, "not-acceptable");
}

Test(api_dataset, a_dataset_is_deleted)
{
    const char *id = stored(small);
    const Answer *answer = api_delete(path_to(id, ""));
    cr_expect(answer->reply.code == 204 && !answer->reply.body);
    cr_expect_eq(api_get(path_to(id, ""))->reply.code, 404);
}

Test(api_dataset, a_dataset_that_a_job_needs_is_not_deleted)
{
    const char *id = stored(small);
    fixture_queued(api_services()->store, id, "m");
    api_delete(path_to(id, ""));
    api_expect_problem(409, "conflict");
}

Test(api_dataset, each_mistake_of_a_json_body_is_named)
{
    static const struct {
        const char *body, *pointer, *detail;
    } known[] = {
        {"{\"y\": [1]}", "#/x", "is missing; it holds one row of numbers for each sample"},
        {"{\"x\": [], \"y\": [1]}", "#/x", "must have at least one row, got none"},
        {"{\"x\": [[]], \"y\": [1]}", "#/x", "must have at least one number in each row, got none"},
        {"{\"x\": 7, \"y\": [1]}", "#/x", "must be an array of rows of numbers, got 7"},
        {"{\"x\": [1], \"y\": [1]}", "#/x",
         "must be an array of rows, such as [[1], [2]], not a flat list"},
        {"{\"x\": [[1]], \"y\": [1, 2]}", "#/y",
         "has 2 rows, but x has 1; each row of x needs its target"},
        {"{\"x\": [[1]], \"y\": [1], \"nmae\": \"a\"}", "#/nmae",
         "is not known here; did you mean 'name'?"},
        {"{\"x\": [[1]], \"y\": [1], \"name\": 3}", "#/name", "must be text, got 3"},
        {"{\"x\": [[1]], \"y\": [1], \"features\": [\"\"]}", "#/features/0",
         "must be a name, that is text that is not empty"},
        {"{\"x\": [[1]], \"y\": [1], \"features\": [\"a\", \"b\"]}", "#/features",
         "must have 1 name, one a column, got 2"},
        {"{\"x\": [[1, 2]], \"y\": [1], \"features\": [\"a\"]}", "#/features",
         "must have 2 names, one a column, got 1"},
        {"{\"x\": [[1]], \"y\": [1], \"features\": 3}", "#/features",
         "must be an array of names, got 3"},
        {"[1]", "#", "must be an object"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        api_post("/v1/datasets", known[i].body);
        api_expect_mistake(known[i].pointer, known[i].detail);
    }
}

Test(api_dataset, mistakes_of_the_rows_and_of_the_rest_are_named_together)
{
    api_post("/v1/datasets", "{\"x\": [[1], [\"a\"]], \"y\": [1, 2], \"what\": 1}");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 2);
    cr_expect_str_eq(api_text("errors/0/pointer"), "#/x/1/0");
    cr_expect_str_eq(api_text("errors/1/pointer"), "#/what");
}

Test(api_dataset, broken_json_is_malformed_and_says_where)
{
    api_post("/v1/datasets", "{\"x\": [[1]],\n \"y\": [1] \"name\": 1}");
    api_expect_problem(400, "malformed");
    cr_expect(strstr(api_text("detail"), "line 2"), "%s", api_text("detail"));
}

Test(api_dataset, mistakes_of_a_csv_query_are_named)
{
    api_csv("/v1/datasets?target=dd", "aa,\"b, b\",ccc\n1,2,3\n");
    api_expect_mistake("?target",
                       "there is no column 'dd'; the columns are 'aa', 'b, b', 'ccc'");
    api_csv("/v1/datasets?target=price", "Price per m2,Rooms,Price\n1,2,3\n");
    api_expect_mistake("?target", "there is no column 'price'; did you mean 'Price'?");
    api_csv("/v1/datasets?target=a&target=a", "a,b\n1,2\n");
    cr_expect_eq(json_array_size(api_at("errors")), 1);
    api_csv("/v1/datasets?target=a&target=b", "a,b\n1,2\n");
    api_expect_mistake("?target", "leaves no column as a feature; there must be at least one "
                                  "beside the target");
    api_csv("/v1/datasets?nmae=x", "a,b\n1,2\n");
    api_expect_mistake("?nmae", "is not known here; did you mean 'name'?");
}
