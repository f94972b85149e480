/* Connections that read: what becomes of one whose transaction cannot be ended. */
#include <criterion/criterion.h>
#include <string.h>

#include "store/db/reader.h"
#include "test_store_fixture.h"

TestSuite(reader, .init = fixture_start, .fini = fixture_end);

/* Leaves no place for another statement, not even for the one that ends the transaction. */
static Status take_all_places(Db *db, void *arg)
{
    static char sql[DB_STATEMENTS][12];
    sqlite3_stmt *statement;
    Status status = STATUS_OK;
    (void)arg;
    for (size_t i = 0; i < DB_STATEMENTS && status == STATUS_OK; i++) {
        memcpy(sql[i], "SELECT 1", 9);
        status = db_prepare(db, sql[i], &statement);
    }
    cr_expect_eq(status, STATUS_INTERNAL);
    return STATUS_NOT_FOUND;
}

static Status look(Db *db, void *arg)
{
    static const char sql[] = "SELECT count(*) FROM jobs";
    return db_number(db, sql, arg);
}

Test(reader, a_connection_that_cannot_end_its_transaction_is_not_lent_again)
{
    long long jobs;
    Store *store = fixture_store();
    Readers *readers = readers_new(store_path(store));
    cr_assert_not_null(readers);
    cr_expect_eq(readers_run(readers, take_all_places, NULL), STATUS_NOT_FOUND);
    cr_expect_eq(readers_run(readers, look, &jobs), STATUS_OK);
    readers_free(readers);
    store_close(store);
}
