/* Opens and closes the store, and leads work to the thread that writes or to a reader.
 *
 * Order: lock the directory, look whose file it is, bring it up to date, start the writing thread,
 * then readers; closing is the reverse. The store owns all of these. After store_open its own
 * fields never change, so any thread reads them.
 */
#include "store/store.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/db/file.h"
#include "store/store_copy.h"
#include "store/store_job.h"
#include "store/store_private.h"
#include "store/db/schema.h"
#include "tools/clock.h"
#include "tools/log.h"

#define FILE_NAME "backpropd.db"

struct Store {
    char *dir, *path;
    const char *journal;
    FileLock lock;
    WriterThread *writer;
    Readers *readers;
    JobLimits limits; /* set before other threads use the store */
    int64_t opened_at;
};

/* Everything before the first thread: the file, made ours and up to date. */
static Status prepare(Store *store, Db *db, Why why)
{
    bool as_left = file_is_as_left(&store->lock, store->path); /* before it is written to */
    Status status = schema_check(db, store->path, why);
    if (status != STATUS_OK)
        return status;
    status = db_set_journal(db, &store->journal);
    if (status != STATUS_OK)
        return why_set(why, status, "%s cannot be written: %s", store->path, db->message);
    if (!as_left)
        status = schema_look_through(db, store->path, why);
    if (status == STATUS_OK)
        status = schema_update(db, store->path, why);
    return status;
}

static Status open_database(Store *store, Db **db, Why why)
{
    *db = NULL;
    Status status = file_make(store->path, why);
    if (status != STATUS_OK)
        return status;
    status = db_open(store->path, true, db);
    if (status != STATUS_OK)
        return why_set(why, status, "%s cannot be opened: %s", store->path,
                       *db ? (*db)->message : "not enough memory");
    return prepare(store, *db, why);
}

/* On a full disk it is the ballast that makes the start possible. */
static Status open_writer(Store *store, Why why)
{
    Db *db;
    Ballast *ballast = ballast_new(store->dir);
    if (!ballast)
        return STATUS_NO_MEMORY;
    long long room = file_room(store->dir);
    bool dropped = room >= 0 && room < STORE_ROOM_SPARE && ballast_drop(ballast);
    Status status = open_database(store, &db, why);
    if (dropped)
        ballast_retake(ballast);
    if (status != STATUS_OK) {
        ballast_free(ballast);
        db_close(db);
        file_take_back(store->path);
        return status;
    }
    store->writer = writer_start_take(db, ballast);
    return store->writer ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Jobs that a crash left running; and the first write, which shows whether writing is possible. */
static Status requeue(Store *store, Why why)
{
    char said[DB_MESSAGE + 64];
    Status status = store_write_freeing(store, store_jobs_crashed, NULL);
    if (status != STATUS_STORE)
        return status;
    if (writer_ready(store->writer, said, sizeof said) == STATUS_OK)
        snprintf(said, sizeof said, "%s", status_title(status));
    return why_set(why, status, "%s cannot be written: %s", store->path, said);
}

static Status open_all(Store *store, const char *dir, Why why)
{
    store->dir = strdup(dir);
    store->path = file_path(dir, FILE_NAME);
    if (!store->dir || !store->path)
        return STATUS_NO_MEMORY;
    Status status = file_lock(dir, &store->lock, why);
    if (status == STATUS_OK)
        status = file_refuse_empty(&store->lock, store->path, why);
    if (status == STATUS_OK)
        status = open_writer(store, why);
    if (status != STATUS_OK)
        return status;
    store->readers = readers_new(store->path);
    if (!store->readers)
        return STATUS_NO_MEMORY;
    file_note_opened(&store->lock);
    store_copy_sweep(dir);
    store->opened_at = clock_now_ms();
    return requeue(store, why);
}

Status store_open(const char *dir, Store **store, char *why, size_t size)
{
    Why sentence = {.text = why, .size = size};
    *store = NULL;
    why_set(sentence, STATUS_OK, "there is not enough memory to open the store");
    Store *made = calloc(1, sizeof *made);
    if (!made)
        return STATUS_NO_MEMORY;
    made->lock.descriptor = -1;
    Status status = open_all(made, dir, sentence);
    if (status == STATUS_STORE_FULL)
        why_set(sentence, status,
                "%s cannot be opened: the disk under it is full (%lld bytes free); make room of "
                "%lld MiB and start again",
                made->path, file_room(dir), STORE_ROOM_SPARE >> 20);
    if (status != STATUS_OK) {
        store_close(made);
        return status;
    }
    log_info("store-open", LOG_TEXT("file", made->path), LOG_TEXT("journal_mode", made->journal));
    *store = made;
    return STATUS_OK;
}

/* A piece of reading that looks whose file it is. */
typedef struct LookWork {
    const char *path;
    Why why;
} LookWork;

static Status look_whose(Db *db, void *arg)
{
    const LookWork *work = arg;
    Status status = schema_check(db, work->path, work->why);
    return status == STATUS_OK ? schema_check_newest(db, work->path, work->why) : status;
}

static Status peek_all(Store *store, Why why)
{
    struct stat found;
    LookWork work = {store->path, why};
    Why unused = {(char[DB_MESSAGE]){""}, DB_MESSAGE};
    if (stat(store->path, &found) != 0 && errno != ENOENT)
        return why_set(why, STATUS_STORE, "%s cannot be read: %s; run this as the daemon's user",
                       store->path, strerror(errno));
    if (stat(store->path, &found) != 0)
        return why_set(why, STATUS_NOT_FOUND, "there is no store %s", store->path);
    if (S_ISDIR(found.st_mode))
        return why_set(why, STATUS_NOT_FOUND, "%s is a folder; of one, --data-dir names the store",
                       store->path);
    if (found.st_size == 0)
        return why_set(why, STATUS_NOT_FOUND, "%s is empty: there is no store in it", store->path);
    store->readers = readers_new(store->path);
    if (!store->readers)
        return STATUS_NO_MEMORY;
    why_set(why, STATUS_OK, "%s cannot be read as a database", store->path);
    trouble_listen(&unused); /* what it hears is in the sentence */
    Status status = store_read(store, look_whose, &work);
    trouble_listen(NULL);
    return status;
}

Status store_peek_file(const char *path, Store **store, char *why, size_t size)
{
    Why sentence = {.text = why, .size = size};
    Store *made = calloc(1, sizeof *made);
    Status status = STATUS_NO_MEMORY;
    *store = NULL;
    why_set(sentence, STATUS_OK, "there is not enough memory to open the store");
    if (!made)
        return status;
    made->lock.descriptor = -1;
    made->path = strdup(path);
    if (made->path)
        status = peek_all(made, sentence);
    if (status == STATUS_OK)
        *store = made;
    else
        store_close(made);
    return status;
}

Status store_peek(const char *dir, Store **store, char *why, size_t size)
{
    char *path = file_path(dir, FILE_NAME);
    if (!path) {
        *store = NULL;
        snprintf(why, size, "there is not enough memory to open the store");
        return STATUS_NO_MEMORY;
    }
    Status status = store_peek_file(path, store, why, size);
    free(path);
    return status;
}

void store_hurry(Store *store)
{
    writer_hurry(store->writer);
}

void store_close(Store *store)
{
    if (!store)
        return;
    bool opened = store->writer && store->readers;
    readers_free(store->readers);
    bool sound = writer_stop(store->writer);
    file_unlock(&store->lock, opened && sound ? store->path : NULL);
    free(store->path);
    free(store->dir);
    free(store);
}

void store_limit_jobs(Store *store, JobLimits limits)
{
    store->limits = limits;
}

JobLimits store_job_limits(const Store *store)
{
    return store->limits;
}

int64_t store_opened_at(const Store *store)
{
    return store->opened_at;
}

const char *store_dir(const Store *store)
{
    return store->dir;
}

const char *store_path(const Store *store)
{
    return store->path;
}

const char *store_journal_mode(const Store *store)
{
    return store->journal;
}

bool store_is_broken(Store *store)
{
    return writer_is_broken(store->writer);
}

static Status look(Db *db, void *arg)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema";
    return db_number(db, sql, arg);
}

Status store_ready(Store *store, char *why, size_t size)
{
    Why sentence = {.text = why, .size = size};
    struct stat found;
    long long tables;
    Status status = writer_ready(store->writer, why, size);
    if (status != STATUS_OK)
        return status;
    if (stat(store->path, &found) != 0)
        return why_set(sentence, STATUS_STORE, "%s is gone: %s; what is written would be lost",
                       store->path, strerror(errno));
    status = store_read(store, look, &tables);
    if (status != STATUS_OK)
        return why_set(sentence, status, "%s cannot be read: %s", store->path,
                       status_title(status));
    status = store_look_for_room(store, 0);
    if (status == STATUS_STORE_FULL)
        return why_set(sentence, status,
                       "the disk under %s is full (%lld bytes free): delete datasets or jobs, or "
                       "make room on it; trainings wait, and go on by themselves",
                       store->dir, file_room(store->dir));
    return status;
}

Status store_write(Store *store, WriterWork *work, void *arg)
{
    return writer_run(store->writer, work, arg);
}

Status store_write_freeing(Store *store, WriterWork *work, void *arg)
{
    return writer_run_freeing(store->writer, work, arg);
}

/* Damage that a reader meets is as fatal for writing as the writer's own. */
Status store_read(Store *store, ReaderWork *work, void *arg)
{
    char why[DB_MESSAGE];
    Status status = readers_run(store->readers, work, arg);
    if (status == STATUS_STORE && store->writer && readers_broken(store->readers, why))
        writer_break(store->writer, why);
    return status;
}

Status store_outcome(Outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
        break;
    case OUTCOME_NO_MEMORY:
        return STATUS_NO_MEMORY;
    case OUTCOME_TOO_LARGE:
        return STATUS_TOO_LARGE;
    case OUTCOME_BAD_BYTES:
        return STATUS_DAMAGED;
    case OUTCOME_DIVERGED:
        return STATUS_DIVERGED;
    }
    return STATUS_OK;
}

/* No product overflows: half of what is asked for is in memory already. */
void *store_grow(Query *query, void *array, size_t count, size_t element)
{
    bool full = (count & (count - 1)) == 0; /* 0, 1, 2, 4, ... have no room left */
    if (!full)
        return array;
    size_t room = count == 0 ? 1 : 2 * count;
    void *grown = realloc(array, room * element);
    if (!grown)
        query_fail(query, STATUS_NO_MEMORY);
    return grown;
}

void store_bind_page(Query *query, StorePage page)
{
    uint64_t limit = page.limit < INT64_MAX ? (uint64_t)page.limit + 1 : INT64_MAX;
    query_bind_text(query, page.after);
    query_bind_int(query, (int64_t)limit);
}

void store_bind_score(Query *query, bool known, const Score *score)
{
    query_bind_real(query, known ? score->mse : (double)NAN);
    query_bind_real(query, known ? score->mae : (double)NAN);
    query_bind_real(query, known ? score->r2 : (double)NAN);
}

bool store_read_score(Query *query, Score *score)
{
    bool known = !query_is_null(query);
    double mse = query_real(query), mae = query_real(query), r2 = query_real(query);
    *score = (Score){0};
    if (known)
        *score = (Score){.mse = mse, .rmse = sqrt(mse), .mae = mae, .r2 = r2};
    return known;
}
