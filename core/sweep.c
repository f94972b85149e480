/* Sweeps over many rows. A wave of chunks is shared by the team: each worker has a Pass, each chunk
 * of the wave a partial gradient, and when all are done the caller's thread adds them up in their
 * order. A single chunk goes straight into the result. Nothing here allocates but sweep_new.
 */
#include "core/sweep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKER_NUMBERS = 1 << 25 /* no more workers than whose partial gradients take this */
};

struct Sweep {
    Team team;
    size_t chunk;  /* rows of one: follows from the shape alone */
    size_t slots;  /* chunks of a wave, at most */
    size_t count;  /* numbers from one partial gradient to the next */
    real *partial; /* (slots, count); NULL where there is never more than one chunk */
    real *squares; /* (slots) */
    size_t passes;
    TrainEnd end; /* what the poll said in this wave; worker 0's, as the poll is */
    Pass *pass[]; /* (passes): one a worker */
};

/* A wave, as its tasks see it. */
typedef struct Wave {
    Sweep *sweep;
    const Net *net;
    Data rows; /* of this wave */
    real weight;
    int with_gradient;
    int begun; /* whether there were rows before */
    const TrainHooks *hooks;
} Wave;

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

static size_t chunk_rows(const Net *shape)
{
    const size_t rows = SWEEP_CHUNK_PRODUCTS / shape->parameter_count;
    if (rows >= SWEEP_CHUNK_ROWS) {
        return SWEEP_CHUNK_ROWS;
    }
    return rows > SWEEP_CHUNK_ROWS_LEAST ? rows - rows % SWEEP_CHUNK_ROWS_LEAST
                                         : SWEEP_CHUNK_ROWS_LEAST;
}

static size_t chunks_of(size_t chunk, size_t rows)
{
    return rows > 0 ? rows / chunk + (rows % chunk > 0) : 1;
}

/* How many chunks a wave has: where one thread works alone, one. */
static size_t slots_for(size_t workers, size_t chunks, size_t count)
{
    const size_t affordable = SWEEP_PARTIAL_NUMBERS / count / workers;
    const size_t each = affordable < 1 ? 1 : at_most(affordable, SWEEP_CHUNKS_A_WORKER);
    return workers == 1 ? 1 : at_most(chunks, workers * each);
}

static Outcome make_arrays(Sweep *sweep, const Net *shape, size_t chunks)
{
    for (; sweep->passes < sweep->team.workers; sweep->passes++) {
        sweep->pass[sweep->passes] = pass_new(shape);
        if (sweep->pass[sweep->passes] == NULL) {
            return OUTCOME_NO_MEMORY;
        }
    }
    sweep->squares = mat_room(sweep->slots);
    if (chunks > 1 && sweep->count <= PTRDIFF_MAX / sizeof(real) / sweep->slots) {
        sweep->partial = mat_room(sweep->slots * sweep->count);
    }
    return sweep->squares == NULL || (chunks > 1 && sweep->partial == NULL) ? OUTCOME_NO_MEMORY
                                                                            : OUTCOME_OK;
}

Sweep *sweep_new(const Net *shape, size_t rows, const Team *team)
{
    const size_t chunk = chunk_rows(shape), chunks = chunks_of(chunk, rows);
    const size_t payable = WORKER_NUMBERS / shape->parameter_count;
    const size_t workers =
        team != NULL && payable > 1 ? at_most(at_most(team->workers, chunks), payable) : 1;
    Sweep *sweep = calloc(1, sizeof *sweep + workers * sizeof(Pass *));
    if (sweep == NULL) {
        return NULL;
    }
    sweep->team = team_or_alone(team);
    sweep->team.workers = workers;
    sweep->chunk = chunk;
    sweep->count = (shape->parameter_count + 7) / 8 * 8; /* no cache line has two writers */
    sweep->slots = slots_for(workers, chunks, sweep->count);
    if (make_arrays(sweep, shape, chunks) != OUTCOME_OK) {
        sweep_free(sweep);
        return NULL;
    }
    return sweep;
}

void sweep_free(Sweep *sweep)
{
    if (sweep != NULL) {
        for (size_t i = 0; i < sweep->passes; i++) {
            pass_free(sweep->pass[i]);
        }
        free(sweep->partial);
        free(sweep->squares);
        free(sweep);
    }
}

/* The sum of squares of some rows, and their gradient into the array, where it is not NULL. */
static real take_rows(const Wave *wave, Pass *pass, const Data *rows, real *gradient)
{
    if (gradient == NULL) {
        return pass_squared_error(pass, wave->net, rows);
    }
    memset(gradient, 0, wave->net->parameter_count * sizeof(real));
    return pass_gradient(pass, wave->net, rows, wave->weight, gradient);
}

/* Whether the caller's thread is to leave out its chunks: those of a wave that is stopped count for
 * nothing. It is asked before each but the first of a sweep. */
static int is_stopped(const Wave *wave, size_t i)
{
    Sweep *sweep = wave->sweep;
    const TrainHooks *hooks = wave->hooks;
    if (hooks != NULL && hooks->poll != NULL && (wave->begun || i > 0) &&
        sweep->end == TRAIN_GOES_ON) {
        sweep->end = hooks->poll(hooks->context);
    }
    return sweep->end != TRAIN_GOES_ON;
}

static void take_chunk(void *argument, size_t i, size_t worker)
{
    const Wave *wave = argument;
    Sweep *sweep = wave->sweep;
    if (worker == 0 && is_stopped(wave, i)) {
        return;
    }
    const size_t from = i * sweep->chunk;
    const Data rows = data_slice(&wave->rows, from, at_most(wave->rows.rows - from, sweep->chunk));
    real *gradient = wave->with_gradient ? sweep->partial + i * sweep->count : NULL;
    assert(worker < sweep->passes);
    sweep->squares[i] = take_rows(wave, sweep->pass[worker], &rows, gradient);
}

static void add_up(const Wave *wave, size_t chunks, SweepTotal *total)
{
    const Sweep *sweep = wave->sweep;
    const size_t count = wave->net->parameter_count;
    if (wave->with_gradient && total->rows == 0) {
        memset(total->gradient, 0, count * sizeof(real));
    }
    for (size_t i = 0; i < chunks; i++) {
        total->squares += sweep->squares[i];
        if (wave->with_gradient) {
            mat_add_rows(mat_in(sweep->partial + i * sweep->count, 1, count), total->gradient);
        }
    }
}

TrainEnd sweep_some(Sweep *sweep, const Net *net, const Data *data, real weight, SweepTotal *total)
{
    const size_t left = data->rows - total->rows;
    const size_t rows = at_most(left, sweep->slots * sweep->chunk);
    const size_t chunks = chunks_of(sweep->chunk, rows);
    Wave wave = {.sweep = sweep,
                 .net = net,
                 .rows = data_slice(data, total->rows, rows),
                 .weight = weight,
                 .with_gradient = total->gradient != NULL,
                 .begun = total->rows > 0,
                 .hooks = total->hooks};
    sweep->end = TRAIN_GOES_ON;
    if (data->rows <= sweep->chunk) {
        total->squares = take_rows(&wave, sweep->pass[0], data, total->gradient);
    } else {
        sweep->team.run(sweep->team.context, chunks, take_chunk, &wave);
        if (sweep->end != TRAIN_GOES_ON) {
            return sweep->end;
        }
        add_up(&wave, chunks, total);
    }
    total->rows += rows;
    return TRAIN_GOES_ON;
}
