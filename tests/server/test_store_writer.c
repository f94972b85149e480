/* The thread that writes: groups, failures that stay alone, a full disk, a broken store. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "store/store_private.h"
#include "test_store_fixture.h"
#include "waiting.h"

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

TestSuite(store_writer, .init = start, .fini = end);

#define THREADS 16
#define ROUNDS 20

static void *add_some(void *arg)
{
    size_t *added = arg;
    for (size_t i = 0; i < ROUNDS; i++) {
        Dataset *dataset = fixture_dataset(2, 1, 1), *back;
        if (store_dataset_add(store, dataset) == STATUS_OK &&
            store_dataset_get(store, dataset->id, &back) == STATUS_OK) {
            *added += 1;
            dataset_free(back);
        }
        dataset_free(dataset);
    }
    return NULL;
}

static void *fail_some(void *arg)
{
    size_t *failed = arg;
    for (size_t i = 0; i < ROUNDS; i++) {
        Job *job = fixture_job("ds_none", "m");
        *failed += store_job_add(store, job, NULL, NULL) == STATUS_NOT_FOUND;
        job_free(job);
    }
    return NULL;
}

Test(store_writer, each_of_many_threads_is_answered_and_failures_disturb_no_other)
{
    pthread_t threads[THREADS];
    size_t counts[THREADS] = {0};
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, i % 4 ? add_some : fail_some, &counts[i]),
                     0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(counts[i], ROUNDS, "thread %zu", i);
    }
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), 12 * ROUNDS);
    cr_expect_eq(fixture_number(store, "SELECT count(DISTINCT id) FROM datasets"), 12 * ROUNDS);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM jobs"), 0);
}

/* Work that writes a row and then waits for all its fellows to be queued, or fails. */
typedef struct Piece {
    const char *name;
    Status status;
    pthread_mutex_t *gate; /* NULL: go on at once */
    size_t runs;
} Piece;

static Status write_piece(Writer *writer, void *arg)
{
    static const char sql[] = "INSERT INTO model_names VALUES (?1, 1, 1)";
    Piece *piece = arg;
    piece->runs++;
    if (piece->gate) {
        pthread_mutex_lock(piece->gate);
        pthread_mutex_unlock(piece->gate);
    }
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, piece->name);
    Status status = query_run(&query);
    return status == STATUS_OK ? piece->status : status;
}

static atomic_size_t coming; /* pieces that are about to wait */

static void *run_piece(void *arg)
{
    coming++;
    Status *answer = malloc(sizeof *answer);
    cr_assert_not_null(answer);
    *answer = store_write(store, write_piece, arg);
    return answer;
}

static Status answer_of(pthread_t thread)
{
    void *answer;
    pthread_join(thread, &answer);
    Status status = *(Status *)answer;
    free(answer);
    return status;
}

Test(store_writer, a_piece_that_fails_is_undone_alone)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    Piece pieces[] = {{"gate", STATUS_OK, &gate, 0},
                      {"one", STATUS_OK, NULL, 0},
                      {"two", STATUS_CONFLICT, NULL, 0},
                      {"three", STATUS_OK, NULL, 0}};
    pthread_t threads[4];
    pthread_mutex_lock(&gate); /* the first piece holds the thread while the others gather */
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run_piece, &pieces[i]), 0);
    pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(answer_of(threads[i]), pieces[i].status, "%s", pieces[i].name);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_names"), 3);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM model_names WHERE name = 'two'"), 0);
}

static sem_t begun;

/* Takes the file away while others wait, whose transaction then cannot begin. */
static Status remove_file(Writer *writer, void *gate)
{
    (void)writer;
    sem_post(&begun);
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return remove(store_path(store)) == 0 ? STATUS_OK : STATUS_STORE;
}

static void *run_removal(void *gate)
{
    return store_write(store, remove_file, gate) == STATUS_OK ? gate : NULL;
}

Test(store_writer, a_group_that_cannot_begin_fails_as_a_whole)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    Piece pieces[] = {{"one", STATUS_OK, NULL, 0}, {"two", STATUS_OK, NULL, 0}};
    pthread_t removal, threads[2];
    cr_assert_eq(sem_init(&begun, 0, 0), 0);
    pthread_mutex_lock(&gate);
    cr_assert_eq(pthread_create(&removal, NULL, run_removal, &gate), 0);
    sem_wait(&begun);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run_piece, &pieces[i]), 0);
    WAIT_FOR(coming == 2 && others_sleep());
    pthread_mutex_unlock(&gate);
    pthread_join(removal, NULL);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(answer_of(threads[i]), STATUS_STORE, "%s", pieces[i].name);
        cr_expect_eq(pieces[i].runs, 0);
    }
}

/* Leaves room for that many pages more. */
static void limit_pages(int more)
{
    char sql[80];
    long long pages = fixture_number(store, "PRAGMA page_count");
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", pages + more);
    fixture_sql(store, sql);
}

Test(store_writer, a_full_disk_refuses_without_a_trace_and_recovers)
{
    char why[300];
    Dataset *large = fixture_dataset(100000, 2, 1), *small = fixture_dataset(2, 1, 1);
    limit_pages(40);
    cr_expect_eq(store_dataset_add(store, large), STATUS_STORE_FULL);
    cr_expect_str_eq(large->id, "");
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), 0);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM blobs"), 0);
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_OK);
    cr_expect_eq(store_dataset_add(store, small), STATUS_OK);
    limit_pages(10000);
    cr_expect_eq(store_dataset_add(store, large), STATUS_OK);
    dataset_free(large);
    dataset_free(small);
}

static void *add_large(void *arg)
{
    Status *status = arg;
    Dataset *large = fixture_dataset(100000, 2, 1);
    *status = store_dataset_add(store, large);
    dataset_free(large);
    return NULL;
}

Test(store_writer, one_that_does_not_fit_the_disk_leaves_the_others_be)
{
    pthread_t threads[8], large;
    size_t counts[8] = {0};
    Status status = STATUS_OK;
    limit_pages(300);
    cr_assert_eq(pthread_create(&large, NULL, add_large, &status), 0);
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, add_some, &counts[i]), 0);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(counts[i], ROUNDS);
    }
    pthread_join(large, NULL);
    cr_expect_eq(status, STATUS_STORE_FULL);
    cr_expect_eq(fixture_number(store, "SELECT count(*) FROM datasets"), 8 * ROUNDS);
}

Test(store_writer, after_an_io_error_nothing_is_written_any_more_and_ready_says_why)
{
    char why[300] = "";
    struct rlimit limit, old;
    Dataset *dataset = fixture_dataset(100000, 2, 1), *back;
    const char *before = fixture_stored_dataset(store);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 100000; /* a write past it fails with EFBIG, an I/O error to SQLite */
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(store_dataset_add(store, dataset), STATUS_STORE);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    cr_expect_eq(store_dataset_delete(store, before), STATUS_STORE, "it has to stay broken");
    cr_expect_eq(store_ready(store, why, sizeof why), STATUS_STORE);
    cr_expect(strstr(why, "takes no more writes: disk I/O error"), "%s", why);
    cr_expect_eq(store_dataset_load(store, before, &back), STATUS_OK, "what is there can be read");
    dataset_free(back);
    dataset_free(dataset);
}

Test(store_writer, a_store_that_broke_opens_again_with_all_that_was_answered)
{
    struct rlimit limit, old;
    Dataset *dataset = fixture_dataset(100000, 2, 1), *back;
    const char *before = fixture_stored_dataset(store);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 100000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(store_dataset_add(store, dataset), STATUS_STORE);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    store_close(store);
    store = fixture_store();
    cr_expect_eq(store_dataset_load(store, before, &back), STATUS_OK);
    dataset_free(back);
    cr_expect_eq(store_dataset_add(store, dataset), STATUS_OK);
    dataset_free(dataset);
}

Test(store_writer, a_long_run_of_writes_does_not_let_the_log_grow)
{
    Dataset *dataset = fixture_dataset(100000, 2, 1);
    for (int i = 0; i < 6; i++) {
        cr_assert(store_dataset_add(store, dataset) == STATUS_OK);
        cr_assert(store_dataset_delete(store, dataset->id) == STATUS_OK);
    }
    FILE *log = fopen(fixture_path("backpropd.db-wal"), "rb");
    cr_assert_not_null(log);
    fseek(log, 0, SEEK_END);
    cr_expect_lt(ftell(log), 8000000, "twelve writes of 2.4 MB without a checkpoint");
    fclose(log);
    dataset_free(dataset);
}
