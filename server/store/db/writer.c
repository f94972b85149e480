/* Group commit: one BEGIN, each caller's work in a savepoint of its own, one COMMIT, then answers.
 *
 * Where the transaction as a whole is lost (a full disk at the commit, no memory in the middle),
 * nothing of it has happened, and each piece of work is done again in a transaction of its own, so
 * that one that is too large does not take the others with it.
 *
 * The thread owns the connection. A WriterTask lies on its caller's stack; it belongs to the thread
 * from when it is queued until `done` is set under the lock.
 *
 * Checkpoints are done here, after the answers, and not by SQLite within the commit: there their
 * errors would be lost.
 */
#include "store/db/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/clock.h"
#include "tools/log.h"
#include "tools/metrics.h"

#define CHECKPOINT_PAGES 1000
#define LOCK_STEP_MS 10
#define LOCK_MS 5000      /* that another program may hold a lock before a write fails */
#define LOCK_HURRY_MS 250 /* the same when the daemon is about to stop */

typedef struct WriterTask WriterTask;
struct WriterTask {
    WriterTask *next;
    WriterWork *work;
    void *arg;
    bool frees;
    Status status;
    bool done;
    pthread_cond_t answered;
};

struct WriterThread {
    Writer writer;    /* the thread's alone, as the next three */
    Ballast *ballast; /* owned */
    int wal_pages;    /* in the log after the last commit */
    atomic_bool hurries;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work;  /* there is a task, or it shall stop */
    WriterTask *first, *last;
    bool stopping;
    bool broken; /* for good: see db.c */
    bool locked; /* by another program, at the last attempt */
    char why[DB_MESSAGE];
};

static const char rollback_sql[] = "ROLLBACK"; /* prepared at the start: see writer_start_take */

/* Nothing to do where SQLite has rolled back by itself. Without memory the transaction stays open,
 * and is rolled back before the next one begins. */
static Status roll_back(Db *db)
{
    if (sqlite3_get_autocommit(db->handle))
        return STATUS_OK;
    Status status = db_run(db, rollback_sql);
    if (status != STATUS_OK && status != STATUS_NO_MEMORY)
        db->broken = true; /* a transaction that can be neither kept nor ended */
    return status;
}

static Status begin(Db *db)
{
    static const char sql[] = "BEGIN IMMEDIATE";
    Status status = roll_back(db);
    if (status == STATUS_OK)
        status = db_check_place(db);
    return status == STATUS_OK ? db_run(db, sql) : status;
}

static Status commit(Db *db)
{
    static const char sql[] = "COMMIT";
    Status status = db_run(db, sql);
    if (status == STATUS_OK)
        db_works(db);
    return status;
}

static void do_alone(Writer *writer, WriterTask *task)
{
    Db *db = writer->db;
    task->status = db->broken ? STATUS_STORE : begin(db);
    if (task->status != STATUS_OK)
        return;
    task->status = task->work(writer, task->arg);
    if (task->status == STATUS_OK)
        task->status = commit(db);
    roll_back(db);
}

/* False where the transaction is lost. */
static bool do_in_savepoint(Writer *writer, WriterTask *task)
{
    static const char open_sql[] = "SAVEPOINT task";
    static const char keep_sql[] = "RELEASE task";
    static const char undo_sql[] = "ROLLBACK TO task";
    Db *db = writer->db;
    if (db_run(db, open_sql) != STATUS_OK)
        return false;
    task->status = task->work(writer, task->arg);
    if (sqlite3_get_autocommit(db->handle) || db->broken)
        return false;
    if (task->status != STATUS_OK && db_run(db, undo_sql) != STATUS_OK)
        return false;
    return db_run(db, keep_sql) == STATUS_OK;
}

/* False where the transaction is lost: then nothing has happened yet. */
static bool do_together(Writer *writer, WriterTask *tasks)
{
    Db *db = writer->db;
    Status status = begin(db);
    for (WriterTask *task = tasks; task && status != STATUS_OK; task = task->next)
        task->status = status;
    if (status != STATUS_OK)
        return true;
    for (WriterTask *task = tasks; task; task = task->next) {
        if (!do_in_savepoint(writer, task))
            return false;
    }
    return commit(db) == STATUS_OK;
}

static void do_group(Writer *writer, WriterTask *tasks)
{
    if (tasks->next && !writer->db->broken && do_together(writer, tasks))
        return;
    roll_back(writer->db);
    for (WriterTask *task = tasks; task; task = task->next)
        do_alone(writer, task);
}

/* Copies what a full log holds into the database file, as far as readers let it. */
static void checkpoint(WriterThread *thread, int least_pages)
{
    Db *db = thread->writer.db;
    if (thread->wal_pages < least_pages || db->broken || !sqlite3_get_autocommit(db->handle))
        return;
    thread->wal_pages = 0;
    int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code != SQLITE_BUSY)
        db_status(db, code, "checkpoint");
}

static bool needs_ballast(const WriterTask *task)
{
    return task->frees && task->status == STATUS_STORE_FULL;
}

/* On a full disk: does what makes room with the help of the ballast. Nothing else is written in
 * between, so nothing else takes it. */
static void do_with_ballast(WriterThread *thread, WriterTask *tasks)
{
    while (tasks && !needs_ballast(tasks))
        tasks = tasks->next;
    if (!tasks || !ballast_drop(thread->ballast))
        return;
    checkpoint(thread, 0);
    for (WriterTask *task = tasks; task; task = task->next)
        if (needs_ballast(task))
            do_alone(&thread->writer, task);
    checkpoint(thread, 0);
    ballast_retake(thread->ballast);
}

/* Does a group, and counts how long that took and what failed for reasons of the store. */
static void do_counted(WriterThread *thread, WriterTask *tasks)
{
    double began = clock_seconds();
    do_group(&thread->writer, tasks);
    do_with_ballast(thread, tasks);
    metric_observe(SPAN_COMMIT, clock_seconds() - began);
    for (const WriterTask *task = tasks; task; task = task->next)
        if (task->status == STATUS_STORE || task->status == STATUS_STORE_FULL)
            metric_add(METRIC_WRITE_ERRORS, 1);
}

static int note_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
    WriterThread *thread = arg;
    (void)handle;
    (void)name;
    thread->wal_pages = pages;
    return SQLITE_OK;
}

/* Makes it known that nothing is written any more; the lock is held. */
static void say_broken(WriterThread *thread, const char *why)
{
    if (thread->broken)
        return;
    thread->broken = true;
    snprintf(thread->why, sizeof thread->why, "%s", why);
    log_error("store-broken", LOG_TEXT("error", thread->why),
              LOG_TEXT("advice", "nothing is written any more; restart to have the file checked"));
}

/* Another program has a lock: whether to try again, for the time `tries` before it was in vain. */
static int wait_for_lock(void *arg, int tries)
{
    const WriterThread *thread = arg;
    if (tries >= (atomic_load(&thread->hurries) ? LOCK_HURRY_MS : LOCK_MS) / LOCK_STEP_MS)
        return 0;
    sqlite3_sleep(LOCK_STEP_MS);
    return 1;
}

static WriterTask *take_all(WriterThread *thread)
{
    pthread_mutex_lock(&thread->lock);
    while (!thread->first && !thread->stopping)
        pthread_cond_wait(&thread->work, &thread->lock);
    WriterTask *tasks = thread->first;
    thread->first = thread->last = NULL;
    pthread_mutex_unlock(&thread->lock);
    return tasks;
}

static void answer_all(WriterThread *thread, WriterTask *tasks)
{
    const Db *db = thread->writer.db;
    pthread_mutex_lock(&thread->lock);
    if (db->broken)
        say_broken(thread, db->message);
    thread->locked = db->locked;
    while (tasks) {
        WriterTask *task = tasks;
        tasks = task->next;
        task->done = true;
        pthread_cond_signal(&task->answered);
    }
    pthread_mutex_unlock(&thread->lock);
}

static void *run(void *arg)
{
    WriterThread *thread = arg;
    WriterTask *tasks;
    while ((tasks = take_all(thread))) {
        do_counted(thread, tasks);
        answer_all(thread, tasks);
        checkpoint(thread, CHECKPOINT_PAGES);
        ballast_fill(thread->ballast);
        answer_all(thread, NULL);
    }
    return NULL;
}

WriterThread *writer_start_take(Db *db, Ballast *ballast)
{
    sqlite3_stmt *ready; /* an end to transactions that needs no memory to be prepared any more */
    WriterThread *thread = NULL;
    if (db_prepare(db, rollback_sql, &ready) == STATUS_OK)
        thread = calloc(1, sizeof *thread);
    if (!thread) {
        ballast_free(ballast);
        db_close(db);
        return NULL;
    }
    thread->writer.db = db;
    thread->ballast = ballast;
    sqlite3_wal_hook(db->handle, note_pages, thread); /* replaces SQLite's own checkpoints */
    sqlite3_busy_handler(db->handle, wait_for_lock, thread);
    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->work, NULL);
    if (pthread_create(&thread->thread, NULL, run, thread) == 0)
        return thread;
    pthread_cond_destroy(&thread->work);
    pthread_mutex_destroy(&thread->lock);
    ballast_free(ballast);
    db_close(db);
    free(thread);
    return NULL;
}

void writer_hurry(WriterThread *thread)
{
    atomic_store(&thread->hurries, true);
}

/* Empties the log while failures are still told: sqlite3_close would keep them to itself. */
static bool finish(WriterThread *thread)
{
    Db *db = thread->writer.db;
    checkpoint(thread, 0);
    bool sound = !db->broken && !thread->broken;
    ballast_free(thread->ballast);
    db_close(db);
    return sound;
}

bool writer_stop(WriterThread *thread)
{
    if (!thread)
        return false;
    pthread_mutex_lock(&thread->lock);
    thread->stopping = true;
    pthread_cond_signal(&thread->work);
    pthread_mutex_unlock(&thread->lock);
    pthread_join(thread->thread, NULL);
    pthread_cond_destroy(&thread->work);
    pthread_mutex_destroy(&thread->lock);
    bool sound = finish(thread);
    free(thread);
    return sound;
}

/* Queues a task unless there is no use in it; the lock is held. */
static Status enqueue(WriterThread *thread, WriterTask *task)
{
    if (thread->broken)
        return STATUS_STORE;
    if (thread->last)
        thread->last->next = task;
    else
        thread->first = task;
    thread->last = task;
    pthread_cond_signal(&thread->work);
    return STATUS_OK;
}

static Status run_task(WriterThread *thread, WriterTask task)
{
    pthread_cond_init(&task.answered, NULL);
    pthread_mutex_lock(&thread->lock);
    Status status = enqueue(thread, &task);
    while (status == STATUS_OK && !task.done)
        pthread_cond_wait(&task.answered, &thread->lock);
    pthread_mutex_unlock(&thread->lock);
    pthread_cond_destroy(&task.answered);
    return status == STATUS_OK ? task.status : status;
}

Status writer_run(WriterThread *thread, WriterWork *work, void *arg)
{
    return run_task(thread, (WriterTask){.work = work, .arg = arg});
}

Status writer_run_freeing(WriterThread *thread, WriterWork *work, void *arg)
{
    return run_task(thread, (WriterTask){.work = work, .arg = arg, .frees = true});
}

void writer_break(WriterThread *thread, const char *why)
{
    pthread_mutex_lock(&thread->lock);
    say_broken(thread, why);
    pthread_mutex_unlock(&thread->lock);
}

bool writer_is_broken(WriterThread *thread)
{
    pthread_mutex_lock(&thread->lock);
    bool broken = thread->broken;
    pthread_mutex_unlock(&thread->lock);
    return broken;
}

Status writer_ready(WriterThread *thread, char *why, size_t size)
{
    pthread_mutex_lock(&thread->lock);
    bool broken = thread->broken, locked = thread->locked;
    if (broken)
        snprintf(why, size, "the store failed and takes no more writes: %s", thread->why);
    else if (locked)
        snprintf(why, size, "the store cannot be written: another program holds a lock on it");
    pthread_mutex_unlock(&thread->lock);
    return broken || locked ? STATUS_STORE : STATUS_OK;
}
