/* Connections that read: what becomes of one whose transaction cannot be ended, and of who comes
 * when all are lent. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
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

#define MANY 40 /* more than there are connections */

static Readers *shared;
static sem_t begun, may_end;

static atomic_int inside, most;

static Status hold_on(Db *db, void *arg)
{
    Status status = look(db, arg);
    int now = atomic_fetch_add(&inside, 1) + 1, seen = atomic_load(&most);
    while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
        continue;
    sem_post(&begun);
    sem_wait(&may_end);
    atomic_fetch_sub(&inside, 1);
    return status;
}

static void *read_along(void *arg)
{
    long long jobs;
    return readers_run(shared, hold_on, &jobs) == STATUS_OK ? arg : NULL;
}

Test(reader, who_finds_all_connections_lent_waits_for_one)
{
    pthread_t threads[MANY];
    void *done;
    Store *store = fixture_store();
    shared = readers_new(store_path(store));
    cr_assert(shared && sem_init(&begun, 0, 0) == 0 && sem_init(&may_end, 0, 0) == 0);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, read_along, &shared), 0);
    for (size_t i = 0; i < MANY; i++) {
        sem_wait(&begun);
        if (i >= 15) /* the others go on to hold all but one */
            sem_post(&may_end);
    }
    for (size_t i = 0; i < 15; i++)
        sem_post(&may_end);
    for (size_t i = 0; i < MANY; i++) {
        pthread_join(threads[i], &done);
        cr_expect_not_null(done, "thread %zu", i);
    }
    cr_expect_leq(most, 16);
    readers_free(shared);
    store_close(store);
}
