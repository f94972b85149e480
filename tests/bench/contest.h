/* What the C programs of `make bench` have in common: the problem, and how the driver talks to them
 * (bench.py). A program sets up, trains as many epochs as it is told, prints its name and the mean
 * squared error then, and waits. For each number of seconds on its standard input it trains for
 * about as long, by its processor's time, and prints epochs a second.
 */
#ifndef TESTS_BENCH_CONTEST_H
#define TESTS_BENCH_CONTEST_H

#include <stddef.h>
#include <stdio.h>

/* One hidden layer, one target. The file holds x and y row by row, then weights and biases of the
 * hidden layer and of the output, (in, out) row by row. */
typedef struct Problem {
    size_t rows, features, hidden;
    size_t batch;       /* rows an update */
    size_t epochs;      /* before the loss is told */
    double *data;       /* (rows, features + 1) */
    double *parameters; /* ((features + 2) hidden + 1) */
} Problem;

typedef struct Contestant {
    const char *name;
    void *context;
    void (*epoch)(void *context);
    double (*loss)(void *context); /* the mean squared error over all rows */
} Contestant;

/* The problem that `FILE ROWS FEATURES HIDDEN BATCH EPOCHS` names; BATCH 0 is all rows. Ends the
 * program where that cannot be. */
Problem contest_problem(int argc, char **argv);

/* Ends the program where p is NULL. */
void *contest_need(void *p, const char *what);

void contest(const Problem *problem, const Contestant *contestant);

/* Seconds of this process on its processors. */
double contest_processor_seconds(void);

#endif
