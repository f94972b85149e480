/* The schema explains itself: what is looked at is what `.schema` shows of a store in the field. */
#include <criterion/criterion.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db/schema.h"
#include "store/store_loss.h"
#include "test_store_fixture.h"

TestSuite(store_schema, .init = fixture_start, .fini = fixture_end);

static sqlite3 *handle;

static void open_handle(void)
{
    store_close(fixture_store());
    cr_assert_eq(sqlite3_open(fixture_path("backpropd.db"), &handle), SQLITE_OK);
}

/* Calls look with the first two columns of each row; the number of rows. */
static int for_each(const char *sql, void (*look)(const char *name, const char *text))
{
    sqlite3_stmt *statement;
    int rows = 0;
    cr_assert_eq(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; rows++)
        look((const char *)sqlite3_column_text(statement, 0),
             (const char *)sqlite3_column_text(statement, 1));
    sqlite3_finalize(statement);
    return rows;
}

static void expect_comment_on_top(const char *name, const char *sql)
{
    const char *line = strchr(sql, '\n');
    cr_assert_not_null(line, "%s", name);
    cr_expect_eq(strncmp(line + 1 + strspn(line + 1, " "), "-- ", 3), 0, "%s", name);
}

/* What a statement says of a column; one that a later step added stands behind the last. */
static const char *find_column(const char *column, const char *sql, const char **mark)
{
    char begin[100];
    snprintf(begin, sizeof begin, "\n    %s ", column);
    const char *line = strstr(sql, begin);
    *mark = line ? " -- " : " /* ";
    snprintf(begin, sizeof begin, ", %s ", column);
    return line ? line + 1 : strstr(sql, begin);
}

static void expect_column_comment(const char *column, const char *sql)
{
    const char *mark, *line = find_column(column, sql, &mark);
    cr_assert_not_null(line, "%s in %s", column, sql);
    const char *end = strchr(line, '\n'), *comment = strstr(line, mark);
    if (!end)
        end = strchr(line, '\0');
    cr_expect(comment && comment + 6 < end, "%s has no comment in %s", column, sql);
}

static void expect_strict(const char *name, const char *sql)
{
    cr_expect(strstr(sql, ") STRICT"), "%s is not strict", name);
}

Test(store_schema, every_table_and_trigger_has_a_comment)
{
    open_handle();
    int rows = for_each("SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'trigger')"
                        " AND name NOT LIKE 'sqlite_%'",
                        expect_comment_on_top);
    cr_expect_eq(rows, 19);
    sqlite3_close(handle);
}

Test(store_schema, every_column_has_a_comment)
{
    open_handle();
    int rows = for_each("SELECT info.name, tables.sql FROM sqlite_schema AS tables,"
                        " pragma_table_info(tables.name) AS info"
                        " WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'",
                        expect_column_comment);
    cr_expect_gt(rows, 80);
    sqlite3_close(handle);
}

Test(store_schema, every_table_is_strict)
{
    open_handle();
    cr_expect_eq(for_each("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
                          " AND name NOT LIKE 'sqlite_%'",
                          expect_strict),
                 15);
    sqlite3_close(handle);
}

extern const char *const schema_steps[];

#define STEPS 6

Test(store_schema, the_files_in_the_repository_are_what_the_daemon_applies)
{
    static const char *const names[] = {"schema/001_init.sql", "schema/002_runs.sql",
                                        "schema/003_idempotency.sql", "schema/004_checkpoints.sql",
                                        "schema/005_tokens.sql", "schema/006_memory.sql"};
    static char text[100000];
    for (size_t i = 0; i < STEPS; i++) {
        FILE *file = fopen(names[i], "rb");
        cr_assert_not_null(file, "run the tests from the root of the repository");
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        cr_expect_str_eq(text, schema_steps[i]);
    }
    cr_expect_null(schema_steps[STEPS]);
}

static void run_sql(const char *sql)
{
    char *why = NULL;
    cr_assert_eq(sqlite3_exec(handle, sql, NULL, NULL, &why), SQLITE_OK, "%s", why);
}

/* A store as it was before there were runs: an ended job with its history and its model. */
static void make_store_of_step_1(void)
{
    cr_assert_eq(sqlite3_open(fixture_path("backpropd.db"), &handle), SQLITE_OK);
    run_sql("PRAGMA foreign_keys = ON");
    run_sql(schema_steps[0]);
    run_sql("PRAGMA application_id = 1651535972; PRAGMA user_version = 1");
    run_sql("INSERT INTO jobs (id, state, stopped_because, dataset, model_name, model_version,"
            " hyperparameters, labels, parameters, epochs, epoch, train_loss, training_mse,"
            " training_mae, training_r2, created_at) VALUES ('job_old', 'succeeded', 'max_epochs',"
            " 'ds_old', 'old', 1, '{}', '{}', 21, 500, 500, 0.25, 1, 2, 0.5, 7)");
    run_sql("INSERT INTO transitions VALUES (1, 1, 'queued', 7, 'submitted')");
    run_sql("WITH RECURSIVE e (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM e WHERE i < 500)"
            " INSERT INTO history SELECT 1, i, 1.0 / (i + 1), NULL FROM e");
    run_sql("INSERT INTO model_names VALUES ('old', 1, 1);"
            "INSERT INTO blobs VALUES (5, 3);"
            "INSERT INTO models (name, version, job, dataset, dataset_digest, features, targets,"
            " digest, parameters, created_at, blob)"
            " VALUES ('old', 1, 'job_old', 'ds_old', 'd', 3, 1, 'w', 21, 8, 5)");
    sqlite3_close(handle);
}

Test(store_schema, a_store_from_before_there_were_runs_opens_with_all_that_it_has)
{
    Job *job;
    Loss *losses;
    size_t count;
    make_store_of_step_1();
    Store *store = fixture_store();
    cr_assert(store_job_get(store, "job_old", &job) == STATUS_OK);
    cr_expect(job->runs == 1 && job->run == 1 && job->fold_count == 0);
    cr_expect(job->progress.epoch == 500 && job->has_training && job->transition_count == 1);
    const StoreLosses all = {.epochs = {0, INT64_MAX, 1}, .limit = 1000000};
    cr_assert(store_job_losses(store, "job_old", &all, &losses, &count) == STATUS_OK);
    cr_assert_eq(count, 501);
    for (size_t i = 0; i < count; i++)
        cr_assert(losses[i].run == 1 && losses[i].epoch == (int64_t)i &&
                  losses[i].train == 1.0 / (double)(i + 1) && isnan(losses[i].validation));
    cr_expect_eq(fixture_number(store, "SELECT members FROM models WHERE name = 'old'"), 1);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 1);
    cr_expect_eq(fixture_number(store, "PRAGMA user_version"), schema_newest());
    cr_assert(store_job_delete(store, "job_old") == STATUS_OK);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM history"), 0);
    free(losses);
    job_free(job);
    store_close(store);
}

Test(store_schema, a_check_that_lacked_memory_is_told_from_damage)
{
    cr_expect(schema_lacked_memory("On page 3: unable to get the page. error code=7"));
    cr_expect_not(schema_lacked_memory("On page 3: unable to get the page. error code=778"));
    cr_expect_not(schema_lacked_memory("ok"));
}
