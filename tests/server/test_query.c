/* Uses of a statement: what cannot be read of a row, and that the first failure stays. */
#include <criterion/criterion.h>
#include <string.h>

#include "store/store_private.h"
#include "test_store_fixture.h"

static Store *store;

static void start(void)
{
    fixture_start();
    store = fixture_store();
}

static void end(void)
{
    store_close(store);
    fixture_end();
}

TestSuite(query, .init = start, .fini = end);

typedef struct Reading {
    const char *sql;
    void (*read)(Query *query);
} Reading;

static Status read_row(Db *db, void *arg)
{
    const Reading *reading = arg;
    Query query = query_new(db, reading->sql);
    if (query_find(&query))
        reading->read(&query);
    return query_end(&query);
}

static Status reads(const char *sql, void (*read)(Query *query))
{
    return store_read(store, read_row, &(Reading){sql, read});
}

static void read_text(Query *query)
{
    char text[4] = "old";
    query_text(query, text, sizeof text);
    cr_expect(query->status == STATUS_OK || text[0] == '\0');
}

Test(query, a_text_has_to_fit_and_to_end_where_it_ends)
{
    cr_expect_eq(reads("SELECT 'abc'", read_text), STATUS_OK);
    cr_expect_eq(reads("SELECT 'abcd'", read_text), STATUS_DAMAGED);
    cr_expect_eq(reads("SELECT 'a' || char(0)", read_text), STATUS_DAMAGED);
}

static void read_null(Query *query)
{
    char text[4] = "old";
    query_text(query, text, sizeof text);
    cr_expect_str_eq(text, "");
}

Test(query, a_text_that_is_null_is_empty)
{
    cr_expect_eq(reads("SELECT NULL", read_null), STATUS_OK);
}

static void read_size(Query *query)
{
    query_size(query);
}

Test(query, a_size_is_not_negative)
{
    cr_expect_eq(reads("SELECT 1", read_size), STATUS_OK);
    cr_expect_eq(reads("SELECT -1", read_size), STATUS_DAMAGED);
}

static void read_on(Query *query)
{
    size_t size = 1;
    query_size(query);
    cr_expect_null(query_bytes(query, &size));
    cr_expect_eq(size, 0);
    cr_expect_eq(query_int(query), 0);
    cr_expect(query_is_null(query));
    query_damaged(query, "more");
    query_fail(query, STATUS_NO_MEMORY);
}

Test(query, after_a_failure_nothing_is_read_and_it_stays)
{
    cr_expect_eq(reads("SELECT -1, x'00', 7, 7", read_on), STATUS_DAMAGED);
}

static Status run_rows(Db *db, void *arg)
{
    static const char sql[] = "SELECT 1 UNION SELECT 2";
    Query query = query_new(db, sql);
    (void)arg;
    return query_run(&query);
}

Test(query, rows_that_nobody_reads_are_passed_over)
{
    cr_expect_eq(store_read(store, run_rows, NULL), STATUS_OK);
}

Test(query, who_listens_hears_of_the_first_trouble)
{
    char heard[40] = "";
    Why why = {heard, sizeof heard};
    trouble_listen(&why);
    trouble_damage("t", "1", "the first");
    trouble_damage("t", "2", "the second");
    trouble_listen(NULL);
    cr_expect_str_eq(heard, "the first");
}
