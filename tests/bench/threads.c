/* How much faster two threads are than one: the same training on the daemon's pool with one idle
 * worker who helps, and alone, in turn. Prints the build of the core, the median ratio of wall
 * times and that of the fastest turns; fails if a bit differs.
 * usage: threads FILE ROWS FEATURES HIDDEN BATCH EPOCHS; each turn has as many epochs. */
#include "core/build.h"
#include "server/state/pool.h"
#include "tests/bench/descent.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/tools/clock.h"

enum { WORKERS = 2, TURNS = 41 };

static void *help(void *pool)
{
    for (;;)
        pool_wait(pool, pool_count(pool), 60);
    return NULL;
}

static double seconds(Descent *descent, size_t epochs)
{
    double began = clock_seconds();
    for (size_t e = 0; e < epochs; e++)
        descent_epoch(descent);
    return clock_seconds() - began;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
    Problem problem = contest_problem(argc, argv);
    Pool *pool = contest_need(pool_new(WORKERS, contest_need(bell_new(), "memory")), "memory");
    pthread_t helper;
    double one[TURNS], two[TURNS], ratio[TURNS];
    contest_need(pthread_create(&helper, NULL, help, pool) == 0 ? pool : NULL, "thread");
    Descent alone = descent_new(&problem, NULL);
    Descent together = descent_new(&problem, pool_team(pool));
    for (int t = 0; t < TURNS; t++) {
        one[t] = seconds(&alone, problem.epochs);
        two[t] = seconds(&together, problem.epochs);
        ratio[t] = one[t] / two[t];
    }
    if (memcmp(alone.net->parameters, together.net->parameters,
               alone.net->parameter_count * sizeof(real)) != 0) {
        fprintf(stderr, "bench: two threads give other bits than one\n");
        return 1;
    }
    qsort(one, TURNS, sizeof one[0], ascending);
    qsort(two, TURNS, sizeof two[0], ascending);
    qsort(ratio, TURNS, sizeof ratio[0], ascending);
    printf("%s %.2f %.2f\n", core_build(), ratio[TURNS / 2], one[0] / two[0]);
    return 0;
}
