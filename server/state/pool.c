/* The mutex guards rings, the list of rounds, and what changes in a round. A round lies on the
 * stack of who asked for it; nobody touches it after letting go of the mutex with all its tasks
 * finished. Who joins a round takes a task in the same moment, so that no more join than there are
 * tasks. */
#include "state/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "tools/clock.h"

/* Tasks to be shared. */
typedef struct Round {
    struct Round *next;
    TeamTask *task;
    void *argument;
    size_t tasks, taken, finished;
    size_t workers; /* who have joined, the first being who asked */
} Round;

struct Pool {
    Team team;
    pthread_mutex_t mutex;
    pthread_cond_t call;     /* there are tasks to take, or the bell has rung */
    pthread_cond_t finished; /* all tasks of a round are */
    uint64_t rings;
    Round *rounds;
};

static void hear(void *context)
{
    Pool *pool = context;
    pthread_mutex_lock(&pool->mutex);
    pool->rings++;
    pthread_cond_broadcast(&pool->call);
    pthread_mutex_unlock(&pool->mutex);
}

/* Takes tasks as long as there are any. With the mutex held, which is let go meanwhile. */
static void work(Pool *pool, Round *round)
{
    size_t worker = round->workers++;
    while (round->taken < round->tasks) {
        size_t i = round->taken++;
        pthread_mutex_unlock(&pool->mutex);
        round->task(round->argument, i, worker);
        pthread_mutex_lock(&pool->mutex);
        round->finished++;
        if (round->finished == round->tasks)
            pthread_cond_broadcast(&pool->finished);
    }
}

static void run(void *context, size_t tasks, TeamTask *task, void *argument)
{
    Pool *pool = context;
    Round round = {.task = task, .argument = argument, .tasks = tasks};
    Round **link = &pool->rounds;
    pthread_mutex_lock(&pool->mutex);
    round.next = pool->rounds;
    pool->rounds = &round;
    if (tasks > 1)
        pthread_cond_broadcast(&pool->call);
    work(pool, &round);
    while (round.finished < tasks)
        pthread_cond_wait(&pool->finished, &pool->mutex);
    while (*link != &round)
        link = &(*link)->next;
    *link = round.next;
    pthread_mutex_unlock(&pool->mutex);
}

Pool *pool_new(size_t workers, Bell *bell)
{
    pthread_condattr_t monotonic;
    Pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->team = (Team){.context = pool, .workers = workers, .run = run};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->call, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&pool->finished, NULL);
    bell_on_ring(bell, hear, pool);
    return pool;
}

void pool_free(Pool *pool)
{
    if (!pool)
        return;
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->call);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

const Team *pool_team(const Pool *pool)
{
    return &pool->team;
}

uint64_t pool_count(Pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    uint64_t rings = pool->rings;
    pthread_mutex_unlock(&pool->mutex);
    return rings;
}

/* A round with a task to take and a place left. */
static Round *open_round(const Pool *pool)
{
    Round *round = pool->rounds;
    while (round && (round->taken == round->tasks || round->workers == pool->team.workers))
        round = round->next;
    return round;
}

bool pool_wait(Pool *pool, uint64_t seen, double seconds)
{
    struct timespec deadline = clock_deadline(seconds);
    int failed = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->rings == seen && !failed) {
        Round *round = open_round(pool);
        if (round)
            work(pool, round);
        else
            failed = pthread_cond_timedwait(&pool->call, &pool->mutex, &deadline);
    }
    bool rung = pool->rings != seen;
    pthread_mutex_unlock(&pool->mutex);
    return rung;
}
