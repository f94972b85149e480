/* Two buffers change places: one is filled while the other is written. After each write the thread
 * lingers, so that a busy daemon writes a hundred times a second, and not once a line. */
#include "tools/spool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/clock.h"

#define LINGER_SECONDS 0.01

struct Spool {
    int fd;
    size_t room;   /* bytes of each buffer */
    char *filled;  /* owned */
    char *written; /* owned; only the thread's */
    size_t length; /* bytes of filled */
    bool called;   /* the thread is to write without lingering */
    bool waiting;  /* the thread has nothing to do */
    bool ending;   /* and will have nothing more */
    pthread_t thread;
    pthread_mutex_t mutex; /* of all above but written */
    pthread_cond_t call;   /* something for the thread */
    pthread_cond_t dry;    /* all is written */
};

static void write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* where the log cannot go there is nobody to tell */
        bytes += written;
        n -= (size_t)written;
    }
}

/* Until there is something to write, or the end. */
static void wait_for_call(Spool *spool)
{
    while (spool->length == 0 && !spool->ending) {
        spool->waiting = true;
        pthread_cond_signal(&spool->dry);
        pthread_cond_wait(&spool->call, &spool->mutex);
    }
    spool->waiting = false;
}

/* For some milliseconds, so that more comes together. */
static void linger(Spool *spool)
{
    struct timespec until = clock_deadline(LINGER_SECONDS);
    int outcome = 0;
    while (!spool->called && !spool->ending && outcome != ETIMEDOUT)
        outcome = pthread_cond_timedwait(&spool->call, &spool->mutex, &until);
}

static void write_filled(Spool *spool)
{
    size_t length = spool->length;
    char *bytes = spool->filled;
    spool->filled = spool->written;
    spool->written = bytes;
    spool->length = 0;
    spool->called = false;
    pthread_mutex_unlock(&spool->mutex);
    write_all(spool->fd, bytes, length);
    pthread_mutex_lock(&spool->mutex);
}

static void *run(void *context)
{
    Spool *spool = context;
    pthread_mutex_lock(&spool->mutex);
    while (!spool->ending || spool->length > 0) {
        wait_for_call(spool);
        write_filled(spool);
        linger(spool);
    }
    pthread_mutex_unlock(&spool->mutex);
    return NULL;
}

static void release(Spool *spool)
{
    free(spool->filled);
    free(spool->written);
    free(spool);
}

/* With the clock that clock_deadline means. */
static void make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

Spool *spool_new(int fd, size_t room)
{
    Spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        return NULL;
    *spool = (Spool){.fd = fd, .room = room, .filled = malloc(room), .written = malloc(room)};
    pthread_mutex_init(&spool->mutex, NULL);
    make_condition(&spool->call);
    make_condition(&spool->dry);
    if (spool->filled && spool->written && pthread_create(&spool->thread, NULL, run, spool) == 0)
        return spool;
    release(spool);
    return NULL;
}

bool spool_add(Spool *spool, const char *bytes, size_t n, bool urgent)
{
    pthread_mutex_lock(&spool->mutex);
    bool fits = n <= spool->room - spool->length;
    if (fits) {
        memcpy(spool->filled + spool->length, bytes, n);
        spool->length += n;
    }
    bool call = (urgent || spool->length > spool->room / 2) && !spool->called;
    bool signal = call || spool->waiting;
    spool->called = spool->called || call;
    spool->waiting = false;
    pthread_mutex_unlock(&spool->mutex);
    if (signal)
        pthread_cond_signal(&spool->call);
    return fits;
}

bool spool_has_room(Spool *spool)
{
    pthread_mutex_lock(&spool->mutex);
    bool has = spool->length <= spool->room / 2;
    pthread_mutex_unlock(&spool->mutex);
    return has;
}

bool spool_flush(Spool *spool, double seconds)
{
    struct timespec until = clock_deadline(seconds);
    int outcome = 0;
    pthread_mutex_lock(&spool->mutex);
    spool->called = true;
    pthread_cond_signal(&spool->call);
    while (!spool->waiting && outcome != ETIMEDOUT)
        outcome = pthread_cond_timedwait(&spool->dry, &spool->mutex, &until);
    bool dry = spool->waiting;
    pthread_mutex_unlock(&spool->mutex);
    return dry;
}

void spool_free(Spool *spool, double seconds)
{
    if (!spool || !spool_flush(spool, seconds))
        return;
    pthread_mutex_lock(&spool->mutex);
    spool->ending = true;
    pthread_cond_signal(&spool->call);
    pthread_mutex_unlock(&spool->mutex);
    pthread_join(spool->thread, NULL);
    pthread_cond_destroy(&spool->call);
    pthread_cond_destroy(&spool->dry);
    pthread_mutex_destroy(&spool->mutex);
    release(spool);
}
