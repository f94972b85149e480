/* Idempotency-Key: what is remembered, and what becomes of a second request. */
#include <stdio.h>
#include <string.h>

#include "api/once.h"
#include "store/store_dataset.h"
#include "test_api_fixture.h"

TestSuite(once, .init = api_start, .fini = api_end);

static const char rows[] = "a,b\n1,2\n2,4\n3,6\n";

static const Answer *post(const char *path, const char *key, const char *csv)
{
    return api_call(&(Call){.method = METHOD_POST,
                            .target = path,
                            .type = "text/csv",
                            .body = csv,
                            .header = {ONCE_KEY, key}});
}

static const char how_many_datasets[] = "SELECT count(*) FROM datasets";
static const char how_many_jobs[] = "SELECT count(*) FROM jobs";
static const char how_many_keys[] = "SELECT count(*) FROM idempotency";

static long long count_of(const char *sql)
{
    return fixture_number(api_services()->store, sql);
}

Test(once, a_repeated_dataset_is_answered_as_the_first_was_to_the_byte)
{
    static char body[10000], location[256];
    const Answer *answer = post("/v1/datasets", "k", rows);
    cr_assert(answer->reply.code == 201 && !answer->reply.replayed);
    snprintf(body, sizeof body, "%s", answer->reply.body);
    snprintf(location, sizeof location, "%s", answer->reply.location);
    answer = post("/v1/datasets", "k", rows);
    cr_expect(answer->reply.code == 201 && answer->reply.replayed);
    cr_expect_str_eq(answer->reply.body, body);
    cr_expect_str_eq(answer->reply.location, location);
    cr_expect_eq(count_of(how_many_datasets), 1);
}

Test(once, a_repeated_job_is_answered_as_the_first_was_when_it_has_ended_too)
{
    static char body[10000];
    const char *path = "/v1/jobs?epochs=3";
    snprintf(body, sizeof body, "%s", post(path, "k", rows)->reply.body);
    api_train();
    const Answer *answer = post(path, "k", rows);
    cr_expect(answer->reply.code == 202 && answer->reply.replayed);
    cr_expect_str_eq(answer->reply.body, body);
    cr_expect_eq(count_of(how_many_jobs), 1);
    cr_expect_eq(count_of(how_many_datasets), 1);
}

Test(once, without_the_reply_a_repeat_is_answered_from_what_was_made)
{
    static char id[ID_SIZE];
    StoreKey key = {.text = "k"};
    post("/v1/jobs?epochs=3", "k", rows);
    snprintf(id, sizeof id, "%s", api_text("id"));
    cr_assert(store_once_answer(api_services()->store, key.text, 0, NULL) == STATUS_OK);
    const Answer *answer = post("/v1/jobs?epochs=3", "k", rows);
    cr_expect(answer->reply.code == 202 && answer->reply.replayed);
    cr_expect_str_eq(api_text("id"), id);
    cr_expect(strstr(answer->reply.location, id));
}

Test(once, another_request_with_the_key_is_refused_whatever_differs)
{
    post("/v1/datasets?name=n", "k", rows);
    static const char *const paths[] = {"/v1/datasets?name=m", "/v1/datasets", "/v1/jobs?name=n"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        post(paths[i], "k", rows);
        api_expect_problem(422, "invalid");
    }
    post("/v1/datasets?name=n", "k", "a,b\n1,2\n2,4\n3,7\n");
    api_expect_problem(422, "invalid");
    cr_expect(strstr(api_text("detail"), "was used for another request"));
    cr_expect(count_of(how_many_datasets) == 1 && count_of(how_many_jobs) == 0);
}

Test(once, what_failed_is_not_remembered)
{
    post("/v1/datasets", "k", "a,b\n1,oops\n");
    api_expect_problem(422, "invalid");
    cr_expect_eq(post("/v1/datasets", "k", rows)->reply.code, 201);
    cr_expect_eq(count_of(how_many_keys), 1);
}

Test(once, a_request_that_waits_keeps_its_key_to_itself)
{
    static char id[ID_SIZE];
    const char *path = "/v1/jobs?epochs=3&wait=60";
    const Answer *answer = post(path, "k", rows);
    cr_assert_eq(answer->reply.code, 0);
    snprintf(id, sizeof id, "%s", answer->reply.waits_for);
    answer = post(path, "k", rows);
    api_expect_problem(409, "conflict");
    cr_expect_eq(answer->reply.retry_after, 1);
    api_train();
    answer = api_call(&(Call){.method = METHOD_POST,
                              .target = path,
                              .type = "text/csv",
                              .body = rows,
                              .header = {ONCE_KEY, "k"},
                              .waits_for = id});
    cr_expect(answer->reply.code == 200 && !answer->reply.replayed);
    answer = post(path, "k", rows);
    cr_expect(answer->reply.code == 200 && answer->reply.replayed);
    cr_expect_str_eq(api_text("state"), "succeeded");
    cr_expect_eq(count_of(how_many_jobs), 1);
}

Test(once, a_key_is_forgotten_after_a_day)
{
    post("/v1/datasets", "old", rows);
    fixture_sql(api_services()->store, "UPDATE idempotency SET created_at = created_at - 86400001");
    const Answer *answer = post("/v1/datasets", "old", rows);
    cr_expect(answer->reply.code == 201 && !answer->reply.replayed);
    cr_expect_eq(count_of(how_many_datasets), 2);
    cr_expect_eq(count_of(how_many_keys), 1);
}

Test(once, a_repeat_after_what_it_made_was_deleted_says_so_where_no_reply_is_known)
{
    static char path[100];
    post("/v1/datasets", "k", rows);
    snprintf(path, sizeof path, "/v1/datasets/%s", api_text("id"));
    cr_assert(store_once_answer(api_services()->store, "k", 0, NULL) == STATUS_OK);
    cr_assert_eq(api_delete(path)->reply.code, 204);
    post("/v1/datasets", "k", rows);
    api_expect_problem(409, "conflict");
    cr_expect(strstr(api_text("detail"), "was deleted since"));
}

Test(once, keys_are_1_to_255_printable_characters)
{
    static char key[257];
    memset(key, 'k', 256);
    post("/v1/datasets", key, rows);
    api_expect_problem(400, "malformed");
    post("/v1/datasets", "", rows);
    api_expect_problem(400, "malformed");
    post("/v1/datasets", "a\tb", rows);
    api_expect_problem(400, "malformed");
    key[255] = '\0';
    cr_expect_eq(post("/v1/datasets", key, rows)->reply.code, 201);
    cr_expect_eq(count_of(how_many_datasets), 1);
}

Test(once, the_faster_of_two_transactions_with_a_key_wins)
{
    StoreKey key = {.text = "k", .digest = "d"};
    Store *store = api_services()->store;
    Dataset *one = fixture_dataset(3, 2, 1), *two = fixture_dataset(3, 2, 1);
    cr_expect(store_dataset_add_once(store, one, &key) == STATUS_OK);
    cr_expect(store_dataset_add_once(store, two, &key) == STATUS_CONFLICT);
    cr_expect_eq(count_of(how_many_datasets), 1, "the dataset went with its transaction");
    dataset_free(one);
    dataset_free(two);
}
