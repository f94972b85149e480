/* What the tests of fits share: options, rows, and hooks that note what they are told. */
#ifndef TESTS_CORE_FIT_FIXTURE_H
#define TESTS_CORE_FIT_FIXTURE_H

#include "core/fit.h"
#include "tests/core/fixture.h"

enum { ROWS = 60, RUNS_MAX = 64 };

typedef struct Seen {
    size_t epochs, runs;
    FitRun run[RUNS_MAX]; /* that have ended */
    size_t end_at_epoch;  /* the answer to that call of the epoch hook, from 1 */
    TrainEnd answer;
} Seen;

FitHooks fit_fixture_hooks(Seen *seen);

/* One run of 20 epochs, scaled. */
FitOptions fit_fixture_options(void);
Data *fit_fixture_rows(void);

/* A fit that must come into being; one that is trained to its end. */
Fit *fit_fixture_new(const FitOptions *options, Data *data);
Fit *fit_fixture_trained(const FitOptions *options, Data *data, Seen *seen);

/* The model that the options make, trained without anyone watching. */
Model *fit_fixture_model(const FitOptions *options, Data *data);

/* Whether two networks have the same bits. */
int fit_fixture_same(const Net *a, const Net *b);

#endif
