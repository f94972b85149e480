/* J^T J by chunks of rows. The team first fills in the factors of the chunk, a block of
 * JACOBIAN_ROWS rows a task; then it multiplies, a tile of the result a task. A tile is taken out
 * of the result, takes up all rows of the chunk, and is put back to its places. Nobody else writes
 * to these, so no sum depends on the team. Nothing here allocates but gram_new.
 */
#include "core/gram.h"

#include "core/jacobian.h"
#include "core/outer.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TILE_ROWS = 64, /* products of factors by */
    TILE_COLS = 128,
    LEFT_STRIDE = TILE_ROWS + OUTER_SLACK,
    RIGHT_STRIDE = TILE_COLS + OUTER_SLACK,
    TERMS = 16,     /* of them at a time, in the first cache */
    WAVE_TILES = 64 /* between two answers: some 10^9 products */
};

_Static_assert(GRAM_SCRATCH == TILE_ROWS * TILE_COLS + TERMS * (LEFT_STRIDE + RIGHT_STRIDE),
               "a worker's room is what is promised");

/* What one of the team has to itself. */
typedef struct Worker {
    Jacobian *jacobian; /* owned */
    real *tile;         /* owned; (GRAM_SCRATCH): of the result, and what it adds up */
} Worker;

/* Some of J^T J: left^T right. */
typedef struct Block {
    Outer left, right;
} Block;

struct Gram {
    const Net *net; /* borrowed */
    MatIn x;        /* borrowed */
    Team team;
    size_t row, output, tile; /* the next; tile 0: the chunk is not filled yet */
    JacobianFactors *layer;   /* owned; (depth), of the chunk: GRAM_ROWS rows */
    real *numbers;            /* owned: all arrays of the chunk */
    Mat sum;                  /* borrowed, during a piece */
    Worker worker[];          /* (team.workers) */
};

/* Takes the next rows of a matrix from *next. */
static Mat take(real **next, size_t cols)
{
    const Mat taken = {*next, GRAM_ROWS, cols, mat_stride(cols)};
    *next += GRAM_ROWS * taken.stride;
    return taken;
}

/* The factors of a chunk; false where there is no memory. */
static int make_chunk(Gram *gram, const Net *shape)
{
    size_t cols = 0;
    for (size_t l = 0; l < shape->depth; l++) {
        cols += mat_stride(shape->width[l] + 1) + mat_stride(shape->width[l + 1]);
    }
    cols -= mat_stride(shape->width[shape->depth]);
    gram->layer = calloc(shape->depth, sizeof *gram->layer);
    gram->numbers = mat_zeros(GRAM_ROWS * cols + OUTER_SLACK);
    if (gram->layer == NULL || gram->numbers == NULL) {
        return 0;
    }
    real *next = gram->numbers;
    for (size_t l = 0; l < shape->depth; l++) {
        gram->layer[l].inputs = take(&next, shape->width[l] + 1);
        if (l + 1 < shape->depth) {
            gram->layer[l].slopes = take(&next, shape->width[l + 1]);
        }
    }
    return 1;
}

Gram *gram_new(const Net *shape, const Team *lent)
{
    const Team team = team_or_alone(lent);
    Gram *gram = calloc(1, sizeof *gram + team.workers * sizeof(Worker));
    if (gram == NULL) {
        return NULL;
    }
    gram->team = team;
    int made = make_chunk(gram, shape);
    for (size_t i = 0; made && i < team.workers; i++) {
        gram->worker[i].jacobian = jacobian_new(shape);
        gram->worker[i].tile = mat_room(GRAM_SCRATCH);
        made = gram->worker[i].jacobian != NULL && gram->worker[i].tile != NULL;
    }
    if (!made) {
        gram_free(gram);
        return NULL;
    }
    return gram;
}

void gram_free(Gram *gram)
{
    if (gram != NULL) {
        for (size_t i = 0; i < gram->team.workers; i++) {
            jacobian_free(gram->worker[i].jacobian);
            free(gram->worker[i].tile);
        }
        free(gram->numbers);
        free(gram->layer);
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
    for (size_t i = 0; i < gram->team.workers; i++) {
        jacobian_of(gram->worker[i].jacobian, net);
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
    assert(worker < gram->team.workers);
    x.v += (gram->row + from) * x.stride;
    x.rows = at_most(chunk_rows(gram) - from, JACOBIAN_ROWS);
    jacobian_rows(gram->worker[worker].jacobian, x);
    jacobian_output(gram->worker[worker].jacobian, gram->output, gram->layer, from);
}

/* The rows of the chunk. */
static MatIn factor(const Gram *gram, Mat of)
{
    return (MatIn){of.v, chunk_rows(gram), of.cols, of.stride};
}

/* The columns of J that belong to a layer. Of the last one an output has its own weights alone,
 * whose slope is 1: what stands in for it is the column of ones. */
static Outer columns_of(const Gram *gram, size_t l)
{
    const Net *net = gram->net;
    const size_t out = net->width[l + 1];
    const size_t offset = (size_t)(net_layer(net, net->parameters, l).weights - net->parameters);
    MatIn inputs = factor(gram, gram->layer[l].inputs);
    if (l + 1 < net->depth) {
        const MatIn slopes = factor(gram, gram->layer[l].slopes);
        return (Outer){.x = inputs, .y = slopes, .first = offset, .by_k = out, .by_c = 1};
    }
    Outer last = {.x = inputs, .y = inputs, .first = offset + gram->output, .by_c = out};
    last.x.v += net->width[l];
    last.x.cols = 1;
    return last;
}

/* The layers l and m <= l. Within a hidden layer
 *     G((k, c), (k', c')) = sum over i of (a(i, k) a(i, k')) (delta(i, c) delta(i, c'))
 * does not change where k and k', or c and c', change places: a quarter of it is all of it. */
static Block block_of(const Gram *gram, size_t l, size_t m)
{
    const size_t stride = gram->sum.stride;
    Outer left = columns_of(gram, l), right = columns_of(gram, m);
    if (l == m && l + 1 < gram->net->depth) {
        const size_t corner = left.first * (stride + 1), out = left.by_k;
        const Outer inputs = {left.x, left.x, 1, corner, out * stride, out, 0};
        const Outer slopes = {left.y, left.y, 1, 0, stride, 1, 1};
        const int is_wide = outer_count(&inputs) > outer_count(&slopes);
        return is_wide ? (Block){slopes, inputs} : (Block){inputs, slopes};
    }
    left.first *= stride;
    left.by_k *= stride;
    left.by_c *= stride;
    return (Block){left, right};
}

static size_t ceiling(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

static size_t tiles_across(const Block *block)
{
    return ceiling(outer_count(&block->right), TILE_COLS);
}

static size_t tiles_of(const Block *block)
{
    return ceiling(outer_count(&block->left), TILE_ROWS) * tiles_across(block);
}

/* The block that has tile *i, *i becoming its number there; where there is none, *i is how many
 * tiles are missing. */
static Block block_with(const Gram *gram, size_t *i)
{
    Block block = {0};
    for (size_t l = 0; l < gram->net->depth; l++) {
        for (size_t m = 0; m <= l; m++) {
            block = block_of(gram, l, m);
            if (*i < tiles_of(&block)) {
                return block;
            }
            *i -= tiles_of(&block);
        }
    }
    return block;
}

static size_t tile_count(const Gram *gram)
{
    size_t left = SIZE_MAX;
    (void)block_with(gram, &left);
    return SIZE_MAX - left;
}

/* What a tile is made of. */
typedef struct Tile {
    size_t rows, cols;
    OuterColumn row[TILE_ROWS], col[TILE_COLS];
} Tile;

static void load_tile(const Tile *tile, const real *sum, real *t)
{
    for (size_t p = 0; p < tile->rows; p++) {
        for (size_t q = 0; q < tile->cols; q++) {
            t[p * TILE_COLS + q] = sum[tile->row[p].place + tile->col[q].place];
        }
    }
}

static void store_tile(const Tile *tile, const real *t, real *sum)
{
    for (size_t p = 0; p < tile->rows; p++) {
        for (size_t q = 0; q < tile->cols; q++) {
            sum[tile->row[p].place + tile->col[q].place] = t[p * TILE_COLS + q];
            sum[tile->row[p].mirror + tile->col[q].mirror] = t[p * TILE_COLS + q];
        }
    }
}

static void add_tile(void *argument, size_t i, size_t worker)
{
    const Gram *gram = argument;
    size_t number = gram->tile + i;
    const Block block = block_with(gram, &number);
    const size_t row = number / tiles_across(&block) * TILE_ROWS;
    const size_t col = number % tiles_across(&block) * TILE_COLS;
    Tile tile = {.rows = at_most(outer_count(&block.left) - row, TILE_ROWS),
                 .cols = at_most(outer_count(&block.right) - col, TILE_COLS)};
    real *t = gram->worker[worker].tile, *left = t + TILE_ROWS * TILE_COLS;
    real *right = left + TERMS * LEFT_STRIDE;
    outer_columns(&block.left, row, tile.rows, tile.row);
    outer_columns(&block.right, col, tile.cols, tile.col);
    load_tile(&tile, gram->sum.v, t);
    for (size_t from = 0; from < chunk_rows(gram); from += TERMS) {
        const size_t terms = at_most(chunk_rows(gram) - from, TERMS);
        outer_fill(&block.left, tile.row, from, (Mat){left, terms, tile.rows, LEFT_STRIDE});
        outer_fill(&block.right, tile.col, from, (Mat){right, terms, tile.cols, RIGHT_STRIDE});
        mat_add_product_tn((MatIn){left, terms, tile.rows, LEFT_STRIDE},
                           (MatIn){right, terms, tile.cols, RIGHT_STRIDE},
                           (Mat){t, tile.rows, tile.cols, TILE_COLS});
    }
    store_tile(&tile, t, gram->sum.v);
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
    gram->sum = sum;
    const size_t rows = chunk_rows(gram), tiles = tile_count(gram);
    const size_t wave = at_most(tiles - gram->tile, WAVE_TILES);
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
