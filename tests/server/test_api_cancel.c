/* Cancelling jobs, and explicit first layers. */
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"
#include "tools/clock.h"

TestSuite(api_cancel, .init = api_start, .fini = api_end);

static char id[ID_SIZE];

static const char *path_to(const char *rest)
{
    static char path[200];
    snprintf(path, sizeof path, "/v1/jobs/%s%s", id, rest);
    return path;
}

static void ask_for_a_job(void)
{
    cr_assert_eq(api_csv("/v1/jobs?epochs=1", "a,b\n1,2\n2,4\n")->reply.code, 202);
    snprintf(id, sizeof id, "%s", api_text("id"));
}

static const Answer *cancel(const char *query)
{
    return api_call(&(Call){.method = METHOD_POST, .target = path_to(query)});
}

Test(api_cancel, a_queued_job_is_cancelled_at_once)
{
    ask_for_a_job();
    cr_assert_eq(cancel("/cancel")->reply.code, 200);
    cr_expect_str_eq(api_text("state"), "cancelled");
    cr_expect(api_is_null("model"));
    cr_expect_eq(bell_count(api_services()->ended), 1);
}

Test(api_cancel, a_job_that_has_ended_is_a_conflict)
{
    ask_for_a_job();
    api_train();
    cancel("/cancel");
    api_expect_problem(409, "conflict");
    cr_expect(strstr(api_text("detail"), "it succeeded"), "%s", api_text("detail"));
}

Test(api_cancel, a_job_that_was_cancelled_is_a_conflict)
{
    ask_for_a_job();
    cancel("/cancel");
    cancel("/cancel");
    api_expect_problem(409, "conflict");
    cr_expect(strstr(api_text("detail"), "it was cancelled"), "%s", api_text("detail"));
}

Test(api_cancel, a_running_job_is_asked_and_waited_for)
{
    ask_for_a_job();
    job_free(fixture_claimed(api_services()->store));
    LiveJob *live = live_begin(api_services()->live, id);
    const Answer *answer = cancel("/cancel?discard=true");
    cr_expect_eq(answer->reply.code, 0);
    cr_expect_str_eq(answer->reply.waits_for, id);
    cr_expect_gt(answer->reply.wait_until, clock_seconds());
    cr_expect_eq(live_wish(live), LIVE_CANCEL_DISCARD);
    live_end(api_services()->live, live);
}

Test(api_cancel, a_job_that_is_claimed_and_not_yet_begun_is_asked_again_shortly)
{
    ask_for_a_job();
    job_free(fixture_claimed(api_services()->store));
    const Answer *answer = cancel("/cancel");
    cr_expect_eq(answer->reply.code, 0);
    cr_expect_str_eq(answer->reply.waits_for, "");
    cr_expect_lt(answer->reply.wait_until, clock_seconds() + 1);
}

Test(api_cancel, a_job_that_runs_is_never_said_to_have_ended)
{
    ask_for_a_job();
    job_free(fixture_claimed(api_services()->store));
    const Answer *answer =
        api_call(&(Call){.method = METHOD_POST, .target = path_to("/cancel"), .last_try = true});
    cr_expect_eq(answer->reply.code, 202);
    cr_expect_str_eq(api_text("state"), "running");
}

Test(api_cancel, a_job_that_is_not_there_is_not_found)
{
    snprintf(id, sizeof id, "job_none");
    cancel("/cancel");
    api_expect_problem(404, "not-found");
}

Test(api_cancel, mistakes_of_the_query_are_named)
{
    ask_for_a_job();
    cancel("/cancel?discard=yes");
    api_expect_mistake("?discard", "must be true or false, got 'yes'");
    cancel("/cancel?discrd=true");
    api_expect_mistake("?discrd", "is not known here; did you mean 'discard'?");
    cr_expect_eq(api_get(path_to(""))->reply.code, 200);
    cr_expect_str_eq(api_text("state"), "queued");
}

/* A job of a network 2 - 3 - 1 with these layers. */
static const Answer *with_layers(const char *layers)
{
    static char body[1000];
    snprintf(body, sizeof body,
             "{\"model\": \"m\", \"dataset\": {\"x\": [[1, 2], [3, 4]], \"y\": [1, 2]},"
             " \"hyperparameters\": {\"hidden\": [3], \"epochs\": 1}, \"initial_layers\": %s}",
             layers);
    return api_post("/v1/jobs", body);
}

#define FIRST "{\"weights\": [[1, 2], [3, 4], [5, 6]], \"biases\": [7, 8, 9]}"
#define LAST "{\"weights\": [[1, 2, 3]], \"biases\": [4], \"activation\": \"identity\"}"

Test(api_cancel, first_layers_are_taken_as_they_are_given)
{
    JobStart start;
    cr_assert_eq(with_layers("[" FIRST ", " LAST "]")->reply.code, 202);
    cr_assert_eq(store_job_initial(api_services()->store, api_text("id"), &start), STATUS_OK);
    cr_assert_not_null(start.net);
    cr_assert_eq(start.net->parameter_count, 13);
    static const real wanted[] = {1, 3, 5, 2, 4, 6, 7, 8, 9, 1, 2, 3, 4}; /* weights (in, out) */
    cr_expect_eq(memcmp(start.net->parameters, wanted, sizeof wanted), 0);
    job_start_free(&start);
}

Test(api_cancel, first_layers_that_do_not_fit_are_refused)
{
    static const char *const wrong[] = {
        "[" FIRST "]",
        "[" FIRST ", " FIRST "]",
        "[" FIRST ", {\"weights\": [[1, 2, 3]]}]",
        "[" FIRST ", {\"weights\": [[1, 2, 3]], \"biases\": [[4]]}]",
        "[" FIRST ", {\"weights\": [1, 2, 3], \"biases\": [4]}]",
        "[" FIRST ", {\"weights\": [[1, 2]], \"biases\": [4]}]",
        "[" FIRST ", {\"weights\": [[1, 2, 3]], \"biases\": [4, 5]}]",
        "[" FIRST ", {\"weights\": [[1, 2, 3]], \"biases\": [4], \"activation\": \"tanh\"}]",
        "[" FIRST ", {\"weights\": [], \"biases\": []}]",
        "[" FIRST ", 3]",
        "3",
        "{}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        with_layers(wrong[i]);
        api_expect_problem(422, "invalid");
        cr_expect_eq(strncmp(api_text("errors/0/pointer"), "#/initial_layers", 16), 0, "%s",
                     wrong[i]);
    }
}

Test(api_cancel, first_layers_with_mistakes_in_their_numbers_are_refused)
{
    static const char *const wrong[] = {
        "[" FIRST ", {\"weights\": [[1, 2, \"x\"]], \"biases\": [4]}]",
        "[" FIRST ", {\"weights\": [[1, 2, 1e999]], \"biases\": [4]}]",
        "[{\"weights\": [[1, 2], [3], [5, 6]], \"biases\": [7, 8, 9]}, " LAST "]",
        "[{\"weights\": [[1, null], [3, 4], [5, 6]], \"biases\": [7, 8, 9]}, " LAST "]",
        "[{\"weights\": [[1, 2], [3, 4], [5, 6]], \"biases\": [7, [8], 9]}, " LAST "]",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        with_layers(wrong[i]);
        api_expect_problem(422, "invalid");
    }
}

Test(api_cancel, first_layers_do_not_excuse_mistakes_elsewhere)
{
    api_post("/v1/jobs", "{\"dataset\": {\"x\": [[1, 2], [3, \"a\"]], \"y\": [1, 2]},"
                         " \"hyperparameters\": {\"hidden\": [3]},"
                         " \"initial_layers\": [" FIRST ", " LAST "]}");
    api_expect_problem(422, "invalid");
    cr_expect_str_eq(api_text("errors/0/pointer"), "#/dataset/x/1/1");
}
