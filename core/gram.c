/* J^T J by chunks of rows. The team first fills the chunk, a block of JACOBIAN_ROWS rows a task;
 * then it multiplies, a tile of the result a task, which takes up all rows of the chunk while it is
 * in the cache. Nobody else writes to a tile, so no sum depends on the team. Nothing here allocates
 * but gram_new.
 */
#include "core/gram.h"

#include "core/jacobian.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TILE_ROWS = 32, /* of the result, */
    TILE_COLS = 128,
    WAVE_TILES = 512 /* between two answers: some 10^9 products */
};

struct Gram {
    const Net *net; /* borrowed */
    MatIn x;        /* borrowed */
    Team team;
    size_t row, output, tile; /* the next; tile 0: the chunk is not filled yet */
    Mat chunk;                /* owned; (GRAM_ROWS, parameters) of J */
    Mat sum;                  /* borrowed, during a piece */
    size_t jacobians;
    Jacobian *jacobian[]; /* (jacobians): one a worker */
};

Gram *gram_new(const Net *shape, const Team *lent)
{
    const Team team = team_or_alone(lent);
    const size_t count = shape->parameter_count, stride = mat_stride(count);
    Gram *gram = calloc(1, sizeof *gram + team.workers * sizeof(Jacobian *));
    if (gram == NULL) {
        return NULL;
    }
    gram->team = team;
    gram->chunk = (Mat){mat_zeros(GRAM_ROWS * stride), GRAM_ROWS, count, stride};
    for (; gram->jacobians < team.workers; gram->jacobians++) {
        gram->jacobian[gram->jacobians] = jacobian_new(shape);
        if (gram->jacobian[gram->jacobians] == NULL) {
            break;
        }
    }
    if (gram->chunk.v == NULL || gram->jacobians < team.workers) {
        gram_free(gram);
        return NULL;
    }
    return gram;
}

void gram_free(Gram *gram)
{
    if (gram != NULL) {
        for (size_t i = 0; i < gram->jacobians; i++) {
            jacobian_free(gram->jacobian[i]);
        }
        free(gram->chunk.v);
        free(gram);
    }
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

void gram_begin(Gram *gram, const Net *net, MatIn x)
{
    gram->net = net;
    gram->x = x;
    gram->row = gram->output = gram->tile = 0;
    for (size_t i = 0; i < gram->jacobians; i++) {
        jacobian_of(gram->jacobian[i], net);
    }
}

static size_t chunk_rows(const Gram *gram)
{
    return at_most(gram->x.rows - gram->row, GRAM_ROWS);
}

static void fill_block(void *argument, size_t i, size_t worker)
{
    Gram *gram = argument;
    const size_t from = i * JACOBIAN_ROWS;
    MatIn x = gram->x;
    Mat block = gram->chunk;
    assert(worker < gram->jacobians);
    x.v += (gram->row + from) * x.stride;
    x.rows = at_most(chunk_rows(gram) - from, JACOBIAN_ROWS);
    block.v += from * block.stride;
    block.rows = x.rows;
    jacobian_rows(gram->jacobian[worker], x);
    jacobian_output(gram->jacobian[worker], gram->output, block);
}

/* Tiles go by rows of tiles; a row has as many as it takes to reach the diagonal. */
static size_t tiles_of(size_t row)
{
    return ((row + 1) * TILE_ROWS + TILE_COLS - 1) / TILE_COLS;
}

static size_t tile_count(size_t parameters)
{
    size_t count = 0;
    for (size_t row = 0; row * TILE_ROWS < parameters; row++) {
        count += tiles_of(row);
    }
    return count;
}

static void add_tile(void *argument, size_t i, size_t worker)
{
    const Gram *gram = argument;
    const Mat chunk = gram->chunk;
    size_t row = 0, left = gram->tile + i;
    (void)worker;
    for (; left >= tiles_of(row); row++) {
        left -= tiles_of(row);
    }
    const size_t from = row * TILE_ROWS, to = at_most(from + TILE_ROWS, chunk.cols);
    const size_t col = left * TILE_COLS, cols = at_most(to - col, TILE_COLS);
    const size_t rows = chunk_rows(gram);
    mat_add_product_tn((MatIn){chunk.v + from, rows, to - from, chunk.stride},
                       (MatIn){chunk.v + col, rows, cols, chunk.stride},
                       (Mat){gram->sum.v + from * gram->sum.stride + col, to - from, cols,
                             gram->sum.stride});
}

/* To the next output of the chunk, or to the next chunk. */
static void go_on(Gram *gram)
{
    gram->tile = 0;
    gram->output++;
    if (gram->output == gram->net->width[gram->net->depth]) {
        gram->output = 0;
        gram->row += chunk_rows(gram);
    }
}

real gram_add(Gram *gram, Mat sum)
{
    const Team *team = &gram->team;
    if (gram->row == gram->x.rows) {
        return 0;
    }
    const size_t rows = chunk_rows(gram), tiles = tile_count(gram->chunk.cols);
    const size_t wave = at_most(tiles - gram->tile, WAVE_TILES);
    gram->sum = sum;
    if (gram->tile == 0) {
        const size_t blocks = (rows + JACOBIAN_ROWS - 1) / JACOBIAN_ROWS;
        team->run(team->context, blocks, fill_block, gram);
    }
    team->run(team->context, wave, add_tile, gram);
    gram->tile += wave;
    if (gram->tile == tiles) {
        go_on(gram);
    }
    return (real)(wave * TILE_ROWS * TILE_COLS) * (real)rows;
}
