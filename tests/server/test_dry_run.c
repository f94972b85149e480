/* POST /v1/jobs?dry_run=true: what it answers, what it warns of, and that it leaves nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test_api_fixture.h"

TestSuite(dry_run, .init = api_start, .fini = api_end, .timeout = 60);

/* 40 rows of a smooth function. */
static const char *rows(void)
{
    static char csv[4000];
    size_t at = (size_t)snprintf(csv, sizeof csv, "a,b,c\n");
    for (int i = 0; i < 40; i++)
        at += (size_t)snprintf(csv + at, sizeof csv - at, "%d,%.4f,%.4f\n", i, sin(i * 1.7),
                               cos(i * 0.3));
    return csv;
}

/* The dry run of a job on these rows. */
static const Answer *dry_run(const char *query)
{
    char path[300];
    snprintf(path, sizeof path, "/v1/jobs?dry_run=true&%s", query);
    return api_csv(path, rows());
}

static void expect_only_warning(const char *key, const char *place, const char *words)
{
    char at[40];
    cr_assert_eq(json_array_size(api_at("warnings")), 1);
    snprintf(at, sizeof at, "warnings/0/%s", key);
    cr_expect_str_eq(api_text(at), place);
    cr_expect(strstr(api_text("warnings/0/detail"), words), "%s", api_text("warnings/0/detail"));
}

static long long count_of(const char *sql)
{
    return fixture_number(api_services()->store, sql);
}

Test(dry_run, it_tells_what_would_become_of_the_job)
{
    const Answer *answer = dry_run("hidden=4&epochs=50&tolerance=0&validation_split=0.25"
                                   "&ensemble=2&optimizer=adam");
    cr_assert_eq(answer->reply.code, 200, "%s", answer->reply.body);
    cr_expect_str_eq(answer->reply.location, "");
    cr_expect(api_number("rows/training") == 30 && api_number("rows/validation") == 10);
    cr_expect_eq(api_number("parameters"), 2 * (3 * 4 + 5));
    cr_expect_eq(api_number("runs"), 2);
    cr_expect_eq(api_number("hyperparameters/learning_rate"), 0.001);
    cr_expect_eq(api_number("estimate/measured_epochs"), 50);
    cr_expect_str_eq(api_text("estimate/stopped_because"), "max_epochs");
    double speed = api_number("estimate/epochs_per_second");
    cr_expect_float_eq(api_number("estimate/seconds"), 2 * 51 / speed, 1e-9);
    cr_expect_gt(api_number("memory_bytes"), 40 * 3 * 8);
    cr_expect_eq(json_array_size(api_at("warnings")), 0, "%s", answer->reply.body);
}

Test(dry_run, it_leaves_nothing_behind)
{
    cr_assert_eq(dry_run("epochs=3")->reply.code, 200);
    cr_expect_eq(count_of("SELECT count(*) FROM jobs"), 0);
    cr_expect_eq(count_of("SELECT count(*) FROM datasets"), 0);
    cr_expect_eq(bell_count(api_services()->queued), 0);
}

Test(dry_run, of_a_stored_dataset_it_takes_the_rows_from_the_store)
{
    char body[200];
    snprintf(body, sizeof body, "{\"dataset\": \"%s\", \"hyperparameters\": {\"hidden\": []}}",
             api_dataset());
    cr_assert_eq(api_post("/v1/jobs?dry_run=true", body)->reply.code, 200);
    cr_expect_eq(api_number("rows/training"), 20);
    cr_expect_eq(api_number("parameters"), 3);
}

Test(dry_run, of_a_model_it_goes_on_from_its_networks)
{
    char body[200];
    api_model("m");
    snprintf(body, sizeof body, "{\"dataset\": \"%s\", \"from_model\": \"m\"}", api_dataset());
    cr_assert_eq(api_post("/v1/jobs?dry_run=true", body)->reply.code, 200);
    cr_expect_gt(api_number("estimate/epochs_per_second"), 0);
}

Test(dry_run, problems_are_those_of_the_job_all_of_them)
{
    dry_run("epochs=0&momentun=1&wait=x");
    api_expect_problem(422, "invalid");
    cr_expect_eq(json_array_size(api_at("errors")), 3);
    api_csv("/v1/jobs?dry_run=yes", rows());
    api_expect_problem(422, "invalid");
    api_expect_mistake("?dry_run", "must be true or false, got 'yes'");
    cr_expect_eq(count_of("SELECT count(*) FROM jobs"), 0);
    cr_assert_eq(api_csv("/v1/jobs?dry_run=false&epochs=1", rows())->reply.code, 202);
}

Test(dry_run, hyperparameters_without_effect_are_warned_of)
{
    static const struct {
        const char *query, *place;
    } samples[] = {{"momentum=0.9&optimizer=adam", "?momentum"},
                   {"nesterov=true", "?nesterov"},
                   {"beta1=0.8", "?beta1"},
                   {"beta2=0.8&optimizer=rmsprop", "?beta2"},
                   {"epsilon=1e-4", "?epsilon"},
                   {"decay=0.5&optimizer=adam", "?decay"},
                   {"step_epochs=5", "?step_epochs"},
                   {"step_factor=0.5&schedule=cosine", "?step_factor"},
                   {"plateau_patience=5&schedule=cosine", "?plateau_patience"},
                   {"plateau_factor=0.5", "?plateau_factor"},
                   {"schedule_floor=0.5", "?schedule_floor"},
                   {"shuffle=false", "?shuffle"},
                   {"patience=5&tolerance=0", "?patience"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char query[100];
        snprintf(query, sizeof query, "hidden=2&epochs=3&%s", samples[i].query);
        cr_assert_eq(dry_run(query)->reply.code, 200, "%s", query);
        expect_only_warning("pointer", samples[i].place, "has no effect here");
    }
}

Test(dry_run, hyperparameters_with_their_effect_are_not)
{
    static const char *const samples[] = {"momentum=0.9&nesterov=true",
                                          "optimizer=adam&beta1=0.8&beta2=0.9&epsilon=1e-4",
                                          "optimizer=rmsprop&decay=0.5",
                                          "schedule=step&step_epochs=2&step_factor=0.5",
                                          "schedule=cosine&schedule_floor=0",
                                          "batch_size=8&shuffle=false",
                                          "patience=5"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char query[100];
        snprintf(query, sizeof query, "hidden=2&epochs=3&%s", samples[i]);
        const Answer *answer = dry_run(query);
        cr_assert_eq(answer->reply.code, 200, "%s", query);
        cr_expect_eq(json_array_size(api_at("warnings")), 0, "%s", answer->reply.body);
    }
}

Test(dry_run, what_others_get_ahead_of_is_warned_of)
{
    dry_run("hidden=2&epochs=3&schedule=step&step_epochs=3");
    expect_only_warning("pointer", "?step_epochs", "the first step never comes");
    dry_run("hidden=2&epochs=3&schedule=reduce_on_plateau&plateau_patience=30");
    expect_only_warning("pointer", "?plateau_patience", "is not below patience");
    dry_run("hidden=2&epochs=3&batch_size=40");
    expect_only_warning("pointer", "?batch_size", "is not below the 40 training rows");
    dry_run("hidden=20&epochs=3");
    expect_only_warning("pointer", "?hidden", "81 parameters for 40 training rows");
    cr_assert_eq(dry_run("preset=accurate&epochs=3")->reply.code, 200);
    cr_expect_eq(json_array_size(api_at("warnings")), 0);
    api_csv("/v1/jobs?dry_run=true&preset=accurate&epochs=3", "a,b,c\n1,2,3\n2,1,5\n3,4,1\n");
    expect_only_warning("pointer", "?hidden", "201 parameters for 3 training rows");
    dry_run("hidden=2&epochs=1000000&tolerance=0&time_limit=0.01");
    expect_only_warning("pointer", "?time_limit", "may end the job early");
    cr_expect_eq(api_number("estimate/seconds"), 0.01);
    cr_expect(api_is_null("estimate/stopped_because"));
    dry_run("hidden=2&learning_rate=1e9");
    expect_only_warning("pointer", "?learning_rate", "diverge");
}

/* The last dry run was of a training that stops before its first epoch. */
static void expect_end_at_once(const char *which)
{
    cr_assert_eq(api_number("estimate/measured_epochs"), 0, "%s", which);
    cr_expect_str_eq(api_text("estimate/stopped_because"), "converged");
    cr_expect(api_is_null("estimate/epochs_per_second"));
    cr_expect_lt(api_number("estimate/seconds"), 1, "%s", which);
    for (size_t i = 0; i < json_array_size(api_at("warnings")); i++) {
        const char *detail =
            json_string_value(json_object_get(json_array_get(api_at("warnings"), i), "detail"));
        cr_expect(!strstr(detail, "longer than a dry run"), "%s: %s", which, detail);
    }
}

Test(dry_run, a_training_that_ends_at_once_takes_no_time)
{
    static const char *const of_one_row[] = {"optimizer=lbfgs", "optimizer=levenberg_marquardt",
                                             "preset=accurate"};
    char path[200], same[600] = "a,b\n", line[1000] = "a,b\n";
    for (size_t i = 0; i < sizeof of_one_row / sizeof *of_one_row; i++) {
        snprintf(path, sizeof path, "/v1/jobs?dry_run=true&%s", of_one_row[i]);
        cr_assert_eq(api_csv(path, "a,b\n1,2\n")->reply.code, 200);
        expect_end_at_once(of_one_row[i]);
    }
    for (int i = 0; i < 40; i++)
        snprintf(line + strlen(line), 20, "%d,%.3f\n", i % 17, 2 * (i % 17) + 0.1 * sin(i * 1.7));
    api_csv("/v1/jobs?model=lin&hidden=&optimizer=levenberg_marquardt", line);
    api_train();
    api_csv("/v1/jobs?dry_run=true&from_model=lin&optimizer=lbfgs", line);
    expect_end_at_once("a finished model");
    for (size_t i = 0; i < 128; i++)
        strcat(same, "5,7\n");
    api_csv("/v1/jobs?dry_run=true&hidden=200&optimizer=levenberg_marquardt", same);
    expect_end_at_once("by samples of the rows");
}

Test(dry_run, epochs_on_samples_of_the_rows_are_not_counted_as_epochs)
{
    char line[4000] = "a,b\n";
    for (int i = 0; i < 400; i++)
        snprintf(line + strlen(line), 10, "%d,%d\n", i, i * 7 % 31);
    api_csv("/v1/jobs?dry_run=true&hidden=2000,2000&batch_size=1", line);
    cr_assert_eq(api_number("estimate/measured_epochs"), 0);
    cr_expect(api_is_null("estimate/stopped_because"));
    cr_expect_gt(api_number("estimate/epochs_per_second"), 0);
    cr_expect_gt(api_number("estimate/seconds"), 100);
}

Test(dry_run, what_is_advised_can_be_followed)
{
    api_csv("/v1/jobs?dry_run=true&hidden=2", "a,b\n1,2\n");
    expect_only_warning("pointer", "?hidden",
                        "7 parameters for 1 training row: it can learn it by heart; give it more "
                        "rows");
    cr_expect(!strstr(api_text("warnings/0/detail"), "validation_split"));
    api_csv("/v1/jobs?dry_run=true&hidden=2&batch_size=1", "a,b\n1,2\n");
    cr_expect(strstr(api_text("warnings/0/detail"), "is not below the 1 training row, "));
    api_csv("/v1/jobs?dry_run=true&hidden=", "a,b,c\n1,2,3\n2,1,5\n");
    expect_only_warning("pointer", "?hidden", "give it more rows, or a validation_split");
    api_csv("/v1/jobs?model=wide&epochs=1", rows());
    api_train();
    dry_run("from_model=wide&epochs=1");
    expect_only_warning("pointer", "?hidden", "give it more rows, or a validation_split");
}

Test(dry_run, a_leak_and_copies_of_rows_are_warned_of_with_their_names)
{
    api_post("/v1/jobs?dry_run=true",
             "{\"dataset\": {\"x\": [[1, 5], [2, 1], [9, 7], [2, 1]], \"y\": [1, 2, 9, 2],"
             " \"features\": [\"b\\u00e9ta\", \"g\"]}, \"hyperparameters\": {\"hidden\": []}}");
    cr_assert_eq(json_array_size(api_at("warnings")), 2);
    cr_expect_str_eq(api_text("warnings/0/pointer"), "#/dataset");
    cr_expect_str_eq(api_text("warnings/0/detail"), "has 1 row that is a copy of an earlier one");
    cr_expect_str_eq(api_text("warnings/1/column"), "b\xC3\xA9ta");
    cr_expect(strstr(api_text("warnings/1/detail"), "is the target 'y' itself"));
}

Test(dry_run, a_second_one_waits_its_turn)
{
    cr_assert(pending_begin(api_services()->pending, "\tdry run") == STATUS_OK);
    cr_expect_eq(dry_run("epochs=1")->reply.code, 0);
    pending_end(api_services()->pending, "\tdry run");
    cr_expect_eq(dry_run("epochs=1")->reply.code, 200);
}

Test(dry_run, a_key_is_not_remembered_for_it)
{
    const Answer *answer = api_call(&(Call){.method = METHOD_POST,
                                            .target = "/v1/jobs?dry_run=true&epochs=1",
                                            .type = "text/csv",
                                            .body = rows(),
                                            .header = {"Idempotency-Key", "k"}});
    cr_expect(answer->reply.code == 200 && !answer->reply.replayed);
    cr_expect_eq(count_of("SELECT count(*) FROM idempotency"), 0);
}

Test(dry_run, ends_when_the_daemon_is_about_to_stop)
{
    live_stop(api_services()->live);
    dry_run("hidden=2&epochs=1000000000&tolerance=0");
    api_expect_problem(503, "stopping");
}
