/* The schema explains itself: what is looked at is what `.schema` shows of a store in the field. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

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

static void expect_column_comment(const char *column, const char *sql)
{
    char begin[100];
    snprintf(begin, sizeof begin, "\n    %s ", column);
    const char *line = strstr(sql, begin);
    cr_assert_not_null(line, "%s in %s", column, sql);
    const char *end = strchr(line + 1, '\n'), *comment = strstr(line, " -- ");
    cr_expect(comment && end && comment + 6 < end, "%s has no comment in %s", column, sql);
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
    cr_expect_eq(rows, 13);
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
                 10);
    sqlite3_close(handle);
}

Test(store_schema, the_file_in_the_repository_is_what_the_daemon_applies)
{
    static char text[100000];
    FILE *file = fopen("schema/001_init.sql", "rb");
    cr_assert_not_null(file, "run the tests from the root of the repository");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    extern const char *const schema_steps[];
    cr_expect_str_eq(text, schema_steps[0]);
}
