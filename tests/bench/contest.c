/* The C side of the contest: reads the problem, trains by order of the standard input. */
#include "tests/bench/contest.h"

#include <stdlib.h>
#include <time.h>

void *contest_need(void *p, const char *what)
{
    if (!p) {
        fprintf(stderr, "bench: no %s\n", what);
        exit(1);
    }
    return p;
}

double contest_processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double *numbers(FILE *file, size_t n)
{
    double *v = contest_need(calloc(n, sizeof *v), "memory");
    return contest_need(fread(v, sizeof *v, n, file) == n ? v : NULL, "more numbers in the file");
}

Problem contest_problem(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: %s FILE ROWS FEATURES HIDDEN BATCH EPOCHS\n", argv[0]);
        exit(2);
    }
    FILE *file = contest_need(fopen(argv[1], "rb"), argv[1]);
    Problem p = {.rows = strtoul(argv[2], NULL, 10),
                 .features = strtoul(argv[3], NULL, 10),
                 .hidden = strtoul(argv[4], NULL, 10),
                 .batch = strtoul(argv[5], NULL, 10),
                 .epochs = strtoul(argv[6], NULL, 10)};
    p.batch = p.batch ? p.batch : p.rows;
    p.data = numbers(file, p.rows * (p.features + 1));
    p.parameters = numbers(file, (p.features + 2) * p.hidden + 1);
    fclose(file);
    return p;
}

static double epochs_a_second(const Contestant *c, double seconds)
{
    double began = contest_processor_seconds(), took = 0;
    size_t epochs = 0;
    while (took < seconds) {
        c->epoch(c->context);
        epochs++;
        took = contest_processor_seconds() - began;
    }
    return (double)epochs / took;
}

void contest(const Problem *problem, const Contestant *c)
{
    double seconds;
    for (size_t e = 0; e < problem->epochs; e++)
        c->epoch(c->context);
    printf("%s %.17g\n", c->name, c->loss(c->context));
    fflush(stdout);
    while (scanf("%lf", &seconds) == 1) {
        printf("%.17g\n", epochs_a_second(c, seconds));
        fflush(stdout);
    }
}
