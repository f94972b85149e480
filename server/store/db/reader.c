/* A stack of idle connections under a lock; who finds none opens one, and waits where READERS_MAX
 * are out. A read is one transaction that ends before the connection goes back, since an open one
 * would keep the log from being reused. The lock is not held while SQL runs.
 */
#include "store/db/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tools/metrics.h"

#define READERS_MAX 16

struct Readers {
    char *path;
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t returned; /* there is an idle one, or room for a new one */
    Db *idle[READERS_MAX];
    size_t idle_count;
    size_t open_count; /* idle or lent */
    bool broken;
    char why[DB_MESSAGE];
};

Readers *readers_new(const char *path)
{
    Readers *readers = calloc(1, sizeof *readers);
    char *copy = strdup(path);
    if (!readers || !copy) {
        free(readers);
        free(copy);
        return NULL;
    }
    readers->path = copy;
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->returned, NULL);
    return readers;
}

void readers_free(Readers *readers)
{
    if (!readers)
        return;
    for (size_t i = 0; i < readers->idle_count; i++)
        db_close(readers->idle[i]);
    pthread_cond_destroy(&readers->returned);
    pthread_mutex_destroy(&readers->lock);
    free(readers->path);
    free(readers);
}

/* An idle connection, or NULL: the right to open one. */
static Db *borrow(Readers *readers)
{
    Db *db = NULL;
    pthread_mutex_lock(&readers->lock);
    while (readers->idle_count == 0 && readers->open_count == READERS_MAX)
        pthread_cond_wait(&readers->returned, &readers->lock);
    if (readers->idle_count > 0)
        db = readers->idle[--readers->idle_count];
    else
        readers->open_count++;
    pthread_mutex_unlock(&readers->lock);
    return db;
}

/* Takes it back; NULL gives the right to open one back. */
static void give_back(Readers *readers, Db *db)
{
    pthread_mutex_lock(&readers->lock);
    if (db)
        readers->idle[readers->idle_count++] = db;
    else
        readers->open_count--;
    pthread_cond_signal(&readers->returned);
    pthread_mutex_unlock(&readers->lock);
}

static Status read_once(Db *db, ReaderWork *work, void *arg)
{
    static const char begin_sql[] = "BEGIN";
    static const char end_sql[] = "ROLLBACK";
    Status status = db_run(db, begin_sql);
    if (status != STATUS_OK)
        return status;
    status = work(db, arg);
    if (sqlite3_get_autocommit(db->handle))
        return status; /* SQLite has ended it by itself, after an error */
    Status ended = db_run(db, end_sql);
    return status == STATUS_OK ? ended : status;
}

static void note_broken(Readers *readers, const Db *db)
{
    pthread_mutex_lock(&readers->lock);
    if (!readers->broken)
        memcpy(readers->why, db->message, sizeof readers->why);
    readers->broken = true;
    pthread_mutex_unlock(&readers->lock);
}

bool readers_broken(Readers *readers, char why[DB_MESSAGE])
{
    pthread_mutex_lock(&readers->lock);
    bool broken = readers->broken;
    memcpy(why, readers->why, sizeof readers->why);
    pthread_mutex_unlock(&readers->lock);
    return broken;
}

Status readers_run(Readers *readers, ReaderWork *work, void *arg)
{
    Status status = STATUS_OK;
    Db *db = borrow(readers);
    bool fresh = !db;
    if (fresh)
        status = db_open(readers->path, false, &db);
    bool half_open = fresh && status != STATUS_OK, stuck = false;
    if (status == STATUS_OK) {
        status = read_once(db, work, arg);
        stuck = !sqlite3_get_autocommit(db->handle); /* the end of its transaction failed */
    }
    if (status == STATUS_STORE || status == STATUS_DAMAGED)
        metric_add(METRIC_READ_ERRORS, 1);
    if (db && db->broken)
        note_broken(readers, db);
    if (db && (half_open || stuck || status == STATUS_NO_MEMORY || status == STATUS_STORE)) {
        db_close(db); /* the next one starts afresh */
        db = NULL;
    }
    give_back(readers, db);
    return status;
}
