/* Sweeps over many rows: the same bits whoever helps, and the sums that one pass would give. */
#include "core/sweep.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 9 * SWEEP_CHUNK_ROWS + 77, WORKERS_MAX = 7 };

static const size_t width[] = {5, 11, 3};

/* A team of threads that are started for each call: whoever is free takes the next task. */
typedef struct Crowd {
    size_t workers, tasks;
    TeamTask *task;
    void *argument;
    atomic_size_t taken;
} Crowd;

typedef struct Member {
    Crowd *crowd;
    size_t worker;
    pthread_t thread;
} Member;

static void *work(void *context)
{
    const Member *member = context;
    Crowd *crowd = member->crowd;
    size_t i = atomic_fetch_add(&crowd->taken, 1);
    for (; i < crowd->tasks; i = atomic_fetch_add(&crowd->taken, 1)) {
        crowd->task(crowd->argument, i, member->worker);
    }
    return NULL;
}

static void run_crowd(void *context, size_t tasks, TeamTask *task, void *argument)
{
    Crowd *crowd = context;
    Member members[WORKERS_MAX];
    const size_t count = crowd->workers < tasks ? crowd->workers : tasks;
    crowd->tasks = tasks;
    crowd->task = task;
    crowd->argument = argument;
    atomic_store(&crowd->taken, 0);
    for (size_t i = 0; i < count; i++) {
        members[i] = (Member){.crowd = crowd, .worker = i};
        cr_assert_eq(pthread_create(&members[i].thread, NULL, work, &members[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(pthread_join(members[i].thread, NULL), 0);
    }
}

/* A team that does the last task first. */
static void run_backwards(void *context, size_t tasks, TeamTask *task, void *argument)
{
    (void)context;
    for (size_t i = tasks; i-- > 0;) {
        task(argument, i, i % 2);
    }
}

/* The whole sweep; gradient, where it is not NULL, holds something else before. */
static real swept(const Net *net, const Data *data, const Team *team, real *gradient)
{
    Sweep *sweep = sweep_new(net, data->rows, team);
    SweepTotal total = {.gradient = gradient};
    cr_assert_not_null(sweep);
    for (size_t i = 0; gradient != NULL && i < net->parameter_count; i++) {
        gradient[i] = (real)NAN;
    }
    while (total.rows < data->rows) {
        const size_t before = total.rows;
        cr_assert_eq(sweep_some(sweep, net, data, 0.25, &total), TRAIN_GOES_ON);
        cr_assert_gt(total.rows, before);
    }
    cr_assert_eq(total.rows, data->rows);
    sweep_free(sweep);
    return total.squares;
}

static void assert_same_with(const Team *team, size_t rows)
{
    Net *net = fixture_net(2, width, "tanh", 3);
    Data *data = fixture_data(rows, 5, 3, 1);
    real *alone = mat_zeros(net->parameter_count), *helped = mat_zeros(net->parameter_count);
    const real squares = swept(net, data, NULL, alone);
    cr_assert_eq(swept(net, data, team, helped), squares);
    cr_assert(fixture_same_bits(alone, helped, net->parameter_count), "%zu rows", rows);
    cr_assert_eq(swept(net, data, team, NULL), squares);
    cr_assert(isfinite(squares) && squares > 0 && alone[0] != 0);
    free(alone);
    free(helped);
    data_free(data);
    net_free(net);
}

Test(sweep, any_number_of_workers_gives_the_same_bits)
{
    const size_t workers[] = {1, 2, 3, 4, 7};
    const size_t rows[] = {1, SWEEP_CHUNK_ROWS, SWEEP_CHUNK_ROWS + 1, ROWS};
    for (size_t w = 0; w < 5; w++) {
        for (size_t r = 0; r < 4; r++) {
            Crowd crowd = {.workers = workers[w]};
            assert_same_with(&(Team){.context = &crowd, .workers = workers[w], .run = run_crowd},
                             rows[r]);
        }
    }
}

Test(sweep, the_order_in_which_chunks_are_taken_changes_no_bit)
{
    assert_same_with(&(Team){.workers = 2, .run = run_backwards}, ROWS);
}

/* All tasks on the caller's thread, as if nobody came to help. */
static void run_lonely(void *context, size_t tasks, TeamTask *task, void *argument)
{
    (void)context;
    for (size_t i = 0; i < tasks; i++) {
        task(argument, i, 0);
    }
}

static TrainEnd cancel_at_third(void *context)
{
    return ++*(size_t *)context >= 3 ? TRAIN_CANCELLED : TRAIN_GOES_ON;
}

Test(sweep, the_poll_stops_it_between_chunks_though_nobody_helps)
{
    Net *net = fixture_net(2, width, "tanh", 3);
    Data *data = fixture_data(ROWS, 5, 3, 1);
    const Team team = {.workers = 7, .run = run_lonely};
    Sweep *sweep = sweep_new(net, ROWS, &team);
    size_t polls = 0;
    const TrainHooks hooks = {.context = &polls, .poll = cancel_at_third};
    SweepTotal total = {.hooks = &hooks};
    cr_assert_not_null(sweep);
    cr_assert_eq(sweep_some(sweep, net, data, 0.25, &total), TRAIN_CANCELLED);
    cr_assert(polls == 3 && total.rows == 0 && total.squares == 0);
    total.hooks = NULL;
    cr_assert_eq(sweep_some(sweep, net, data, 0.25, &total), TRAIN_GOES_ON);
    cr_assert_gt(total.rows, 0);
    sweep_free(sweep);
    data_free(data);
    net_free(net);
}

Test(sweep, sums_are_those_of_the_chunks_added_in_their_order)
{
    Net *net = fixture_net(2, width, "tanh", 3);
    Data *data = fixture_data(ROWS, 5, 3, 1);
    const size_t count = net->parameter_count;
    real *whole = mat_zeros(count), *sum = mat_zeros(count), *part = mat_zeros(count);
    Pass *pass = pass_new(net);
    real squares = 0;
    for (size_t from = 0; from < ROWS; from += SWEEP_CHUNK_ROWS) {
        const size_t left = ROWS - from;
        const Data chunk =
            data_slice(data, from, left < SWEEP_CHUNK_ROWS ? left : SWEEP_CHUNK_ROWS);
        memset(part, 0, count * sizeof(real));
        squares += pass_gradient(pass, net, &chunk, 0.25, part);
        for (size_t i = 0; i < count; i++) {
            sum[i] += part[i];
        }
    }
    cr_assert_eq(swept(net, data, NULL, whole), squares);
    cr_assert(fixture_same_bits(whole, sum, count));
    free(whole);
    free(sum);
    free(part);
    pass_free(pass);
    data_free(data);
    net_free(net);
}

Test(sweep, a_training_with_a_team_has_the_bits_of_one_alone)
{
    for (size_t o = 0; opt_at(o) != NULL; o++) {
        Crowd crowd = {.workers = 3};
        const Team team = {.context = &crowd, .workers = 3, .run = run_crowd};
        TrainOptions options = fixture_options();
        options.optimizer = opt_at(o);
        options.opt.learning_rate = 0.01;
        options.epochs = 3;
        options.validation_split = 0.3;
        Trainer *alone = fixture_trainer(&options, NULL, fixture_data(ROWS, 3, 2, 9));
        options.team = &team;
        Trainer *helped = fixture_trainer(&options, NULL, fixture_data(ROWS, 3, 2, 9));
        cr_assert_eq(trainer_run(alone, NULL), trainer_run(helped, NULL));
        const Net *a = trainer_net(alone), *b = trainer_net(helped);
        cr_assert(fixture_same_bits(a->parameters, b->parameters, a->parameter_count), "%s",
                  opt_at(o)->name);
        trainer_free(alone);
        trainer_free(helped);
    }
}
