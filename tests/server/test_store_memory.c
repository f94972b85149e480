/* Memory runs out, at each allocation in turn: what cannot be done is refused as such, with nothing
 * half done and nothing leaked, and afterwards all goes on. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "disk.h"
#include "store/store_private.h"
#include "store_reads.h"
#include "store_story.h"
#include "test_store_fixture.h"
#include "tests/core/fault.h"
#include "waiting.h"

/* SQLite's own calls for memory, a hundred for each of ours, can be left out; or one fails that a
 * statement makes when it is prepared. */
static sqlite3_mem_methods under;
static bool ours_alone;
static atomic_size_t statements; /* that were prepared */
static size_t failing;           /* number of the one to fail */

static void *sqlite_malloc(int size)
{
    fault_spare(ours_alone);
    void *p = under.xMalloc(size);
    fault_spare(0);
    return p;
}

static void *sqlite_realloc(void *p, int size)
{
    fault_spare(ours_alone);
    void *moved = under.xRealloc(p, size);
    fault_spare(0);
    return moved;
}

/* SQLite asks while it prepares a statement: first whether one of that kind may be. */
static int SQLITE_CALLBACK see_statement(void *arg, int action, const char *a, const char *b,
                                         const char *c, const char *d)
{
    bool begins = action != SQLITE_READ && action != SQLITE_FUNCTION && action != SQLITE_RECURSIVE;
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    if (begins && ++statements == failing)
        fault_strike();
    return SQLITE_OK;
}

/* Of each new connection; all that it takes it takes from the allocator. */
static int watch(sqlite3 *handle, const char **error, const void *routines)
{
    (void)error, (void)routines;
    sqlite3_db_config(handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    return sqlite3_set_authorizer(handle, see_statement, NULL);
}

static void start(void)
{
    fixture_start();
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &under), SQLITE_OK);
    sqlite3_mem_methods methods = under;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    cr_assert_eq(sqlite3_auto_extension((void (*)(void))watch), SQLITE_OK);
    disk_insert();
}

TestSuite(store_memory, .init = start, .fini = fixture_end);

typedef enum Kind { ANY, OURS, STATEMENT } Kind;

/* Which calls for memory get none. */
typedef struct Lack {
    Kind kind; /* that are counted: all, all but SQLite's, or the first of each statement */
    size_t at; /* 0: none */
    bool for_good; /* and all that follow */
} Lack;

static char what[120];
static size_t counted; /* of that kind, the last time */

static void begin(Lack lack)
{
    static const char *const names[] = {"", " of ours", " for a statement"};
    snprintf(what, sizeof what, "call %zu%s%s gets none", lack.at, names[lack.kind],
             lack.for_good ? " and all after it" : "");
    ours_alone = lack.kind == OURS;
    statements = 0;
    failing = lack.kind == STATEMENT ? lack.at : 0;
    if (lack.for_good)
        fault_arm_for_good(lack.at);
    else
        fault_arm(lack.kind == STATEMENT ? 0 : lack.at);
}

static void end(Lack lack)
{
    counted = lack.kind == STATEMENT ? statements : fault_calls();
    fault_disarm();
}

static Store *try_to_open(Status *status)
{
    char why[300] = "";
    Store *store;
    *status = store_open(fixture_dir(), &store, why, sizeof why);
    fault_spare(1);
    cr_expect(*status == STATUS_OK || *status == STATUS_NO_MEMORY, "%s: status %d, %s", what,
              *status, why);
    cr_expect(*status == STATUS_OK || (!store && why[0]), "%s: refused without a word", what);
    fault_spare(0);
    return store;
}

/* A story with that in it, and then without. */
static void tell_with(Lack lack, size_t rows)
{
    Status status;
    fixture_clear();
    if (lack.kind == STATEMENT)
        store_close(fixture_store()); /* its schema has a hundred */
    disk_restart(0);
    begin(lack);
    fault_spare(1);
    Story *story = story_new(rows);
    fault_spare(0);
    Store *store = try_to_open(&status);
    if (store) {
        store_limit_jobs(store, (JobLimits){.queued = 10});
        status = story_go_on(story, store);
    }
    if (status == STATUS_OK) {
        store_close(store);
        store = NULL;
    }
    end(lack);
    cr_expect(status == STATUS_OK || status == STATUS_NO_MEMORY, "%s: status %d", what, status);
    store = store ? store : fixture_store();
    cr_expect_eq(story_go_on(story, store), STATUS_OK, "%s: it does not go on", what);
    store_close(store);
    store = fixture_store();
    story_check(story, store, what);
    store_close(store);
    story_free(story);
    disk_restart(0);
}

static void tell(Lack lack)
{
    tell_with(lack, 100);
}

static void tell_at_length(Lack lack)
{
    tell_with(lack, STORY_LONG);
}

static Readings sound;

/* All reads with that in it. */
static void read_with(Lack lack)
{
    Status status;
    Readings got = {0};
    begin(lack);
    Store *store = try_to_open(&status);
    if (store)
        got = reads_ask(store);
    store_close(store);
    end(lack);
    disk_restart(0);
    for (size_t i = 0; i < got.count; i++) {
        const Reading *one = &got.one[i];
        bool same = one->status == sound.one[i].status && one->sum == sound.one[i].sum;
        cr_expect(same || one->status == STATUS_NO_MEMORY, "%s: %s: status %d", what, one->name,
                  one->status);
    }
}

static void prepare_reads(void)
{
    reads_prepare();
    Store *store = fixture_store();
    sound = reads_ask(store);
    store_close(store);
}

/* A store in a directory that there is not yet. */
static void make_directory(Lack lack)
{
    char why[300] = "", remove_all[600];
    Store *store;
    snprintf(remove_all, sizeof remove_all, "rm -rf '%s'", fixture_path("new"));
    cr_assert_eq(system(remove_all), 0);
    begin(lack);
    Status status = store_open(fixture_path("new"), &store, why, sizeof why);
    store_close(store);
    end(lack);
    disk_restart(0);
    cr_expect(status == STATUS_OK || status == STATUS_NO_MEMORY, "%s: status %d", what, status);
    cr_assert_eq(system(remove_all), 0);
}

#define GROUP 2 /* few threads: what the C library keeps of their stacks is then always the same */

/* A piece of writing in a group: adds a row. */
typedef struct Member {
    char name[12];
    Status status;
    pthread_t thread;
} Member;

static Store *shared;
static sem_t begun;
static atomic_size_t coming; /* members that are about to wait */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static Status add_row(Writer *writer, void *arg)
{
    static const char sql[] = "INSERT INTO model_names VALUES (?1, 1, 1)";
    const Member *member = arg;
    Query query = query_new(writer->db, sql);
    query_bind_text(&query, member->name);
    Status status = query_run(&query);
    return status == STATUS_OK && member->name[0] == 'x' ? STATUS_CONFLICT : status;
}

/* Holds the writing thread while the others gather. */
static Status hold(Writer *writer, void *arg)
{
    (void)writer, (void)arg;
    sem_post(&begun);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return STATUS_OK;
}

static void *write_member(void *arg)
{
    Member *member = arg;
    coming++;
    member->status = store_write(shared, member->name[0] ? add_row : hold, member);
    return NULL;
}

/* Several writes in one transaction, one of which is refused. */
static void write_group(Lack lack)
{
    Member members[GROUP + 1] = {{.name = ""}, {.name = "a"}, {.name = "x"}};
    fixture_clear();
    begin(lack);
    failing = 0; /* until all wait */
    coming = 0;
    shared = fixture_store();
    cr_assert_eq(sem_init(&begun, 0, 0), 0);
    pthread_mutex_lock(&gate);
    for (size_t i = 0; i <= GROUP; i++) {
        cr_assert_eq(pthread_create(&members[i].thread, NULL, write_member, &members[i]), 0);
        if (i == 0)
            sem_wait(&begun);
    }
    WAIT_FOR(coming == GROUP + 1 && others_sleep());
    statements = 0;
    failing = lack.at;
    pthread_mutex_unlock(&gate);
    for (size_t i = 0; i <= GROUP; i++)
        pthread_join(members[i].thread, NULL);
    end(lack);
    for (size_t i = 1; i <= GROUP; i++) {
        Status status = members[i].status, wanted = i == 2 ? STATUS_CONFLICT : STATUS_OK;
        cr_expect(status == wanted || status == STATUS_NO_MEMORY, "%s: %d", what, status);
    }
    cr_expect_eq(fixture_number(shared, "SELECT count(*) FROM model_names"),
                 members[1].status == STATUS_OK, "%s", what);
    store_close(shared);
    disk_restart(0);
}

typedef void Deed(Lack lack);

static void fail_each(Deed *deed, Lack lack, size_t all, size_t step)
{
    for (lack.at = 1; lack.at <= all; lack.at += step) {
        deed(lack);
        cr_expect_not(fault_leaked(), "%s: a leak", what);
    }
}

/* Each call of a kind, or in the quick form about so many of them, once; and some for good. */
static void run_out(Deed *deed, Kind kind, size_t quick)
{
    bool torture = getenv("BACKPROPD_TORTURE");
    Lack lack = {.kind = kind};
    if (!fault_supported())
        cr_skip_test("a sanitizer has the allocations to itself");
    deed(lack); /* what that takes for the rest of the process is no leak */
    deed(lack);
    size_t all = counted, step = all / (torture ? 3000 : quick) + 1;
    cr_assert_gt(all, 0);
    fail_each(deed, lack, all, step);
    lack.for_good = kind != STATEMENT;
    if (lack.for_good)
        fail_each(deed, lack, all, torture ? step : 8 * step);
}

Test(store_memory, all_is_written_without_some_of_ours)
{
    run_out(tell, OURS, 1000);
}

Test(store_memory, all_is_written_without_some_for_a_statement)
{
    run_out(tell, STATEMENT, 1000);
}

Test(store_memory, all_is_written_without_some)
{
    run_out(tell_at_length, ANY, 8);
}

Test(store_memory, a_group_is_written_without_some_for_a_statement)
{
    run_out(write_group, STATEMENT, 1000);
}

Test(store_memory, a_new_directory_is_made_without_some_of_ours)
{
    run_out(make_directory, OURS, 1000);
}

/* Bytes of addresses that the process has taken. */
static rlim_t addresses(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(file && fscanf(file, "%llu", &pages) == 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* A thread takes 8 MiB of addresses for its stack. */
Test(store_memory, without_room_for_the_thread_that_writes_there_is_no_store)
{
    struct rlimit limit;
    char why[300] = "";
    Store *store;
    if (!fault_supported())
        cr_skip_test("a sanitizer has the addresses to itself");
    cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = addresses() + (4 << 20);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_expect_eq(store_open(fixture_dir(), &store, why, sizeof why), STATUS_NO_MEMORY);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_expect(strstr(why, "not enough memory"), "%s", why);
    store_close(fixture_store());
}

Test(store_memory, all_is_read_without_some_of_ours)
{
    prepare_reads();
    run_out(read_with, OURS, 1000);
}

Test(store_memory, all_is_read_without_some_for_a_statement)
{
    prepare_reads();
    run_out(read_with, STATEMENT, 1000);
}

/* Such a store takes memory for each text, to make it UTF-8. */
Test(store_memory, all_is_read_without_some_where_texts_are_kept_in_another_form)
{
    static const char sql[] = "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (x); DROP TABLE t";
    sqlite3 *handle;
    cr_assert_eq(sqlite3_open(fixture_path("backpropd.db"), &handle), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    prepare_reads();
    run_out(read_with, ANY, 30);
}

Test(store_memory, all_is_read_without_some)
{
    prepare_reads();
    run_out(read_with, ANY, 20);
}
