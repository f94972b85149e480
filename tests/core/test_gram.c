/* J^T J from factors against J^T J from rows of J, one product after the other. */
#include "core/gram.h"
#include "tests/core/fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the lower triangle is to be: sums over outputs and rows of J(i, p) J(i, q). */
static real *naive_gram(const Net *net, const Data *data)
{
    const size_t n = net->parameter_count, outputs = net->width[net->depth];
    real *sum = calloc(n * n, sizeof *sum), *row = calloc(n, sizeof *row);
    Jacobian *jacobian = jacobian_new(net);
    cr_assert(sum != NULL && row != NULL && jacobian != NULL);
    jacobian_of(jacobian, net);
    for (size_t i = 0; i < data->rows * outputs; i++) {
        const Data one = data_slice(data, i / outputs, 1);
        jacobian_rows(jacobian, data_inputs(&one));
        fixture_jacobian(jacobian, net, i % outputs, mat_out(row, 1, n));
        for (size_t p = 0; p < n * n; p++) {
            sum[p] += row[p / n] * row[p % n];
        }
    }
    jacobian_free(jacobian);
    free(row);
    return sum;
}

/* The same by gram, whose matrix has rows of stride >= n. */
static real *gram_of(const Net *net, const Data *data, const Team *team)
{
    const size_t n = net->parameter_count, stride = mat_stride(n);
    real *sum = calloc(n * stride, sizeof *sum);
    Gram *gram = gram_new(net, team);
    cr_assert(sum != NULL && gram != NULL);
    gram_begin(gram, net, data_inputs(data));
    while (gram_add(gram, (Mat){sum, n, n, stride}) > 0) {
    }
    gram_free(gram);
    return sum;
}

/* The tasks of a wave from the last to the first, by three workers. */
static void run_backwards(void *context, size_t tasks, TeamTask *task, void *argument)
{
    (void)context;
    for (size_t i = tasks; i-- > 0;) {
        task(argument, i, i % 3);
    }
}

static void assert_gram(size_t rows, size_t depth, const size_t *width)
{
    static const Team team = {.workers = 3, .run = run_backwards};
    Net *net = fixture_net(depth, width, "tanh", 3);
    Data *data = fixture_data(rows, width[0], width[depth], 9);
    const size_t n = net->parameter_count, stride = mat_stride(n);
    real *naive = naive_gram(net, data), *ours = gram_of(net, data, NULL);
    real *shared = gram_of(net, data, &team);
    for (size_t p = 0; p < n; p++) {
        for (size_t q = 0; q <= p; q++) {
            const real is = ours[p * stride + q], be = naive[p * n + q];
            const real scale = sqrt(naive[p * (n + 1)] * naive[q * (n + 1)]);
            cr_assert(fabs(is - be) <= 1e-13 * scale, "(%zu, %zu): %g, not %g", p, q, is, be);
            cr_assert_eq(shared[p * stride + q], is, "(%zu, %zu) depends on the team", p, q);
        }
        cr_assert_gt(naive[p * (n + 1)], 0);
    }
    free(shared);
    free(ours);
    free(naive);
    data_free(data);
    net_free(net);
}

Test(gram, of_factors_is_that_of_rows)
{
    assert_gram(40, 1, (const size_t[]){3, 1});
    assert_gram(40, 1, (const size_t[]){5, 3});
    assert_gram(1, 2, (const size_t[]){1, 1, 1});
    assert_gram(33, 2, (const size_t[]){4, 6, 2});
    assert_gram(70, 4, (const size_t[]){3, 5, 7, 4, 2});
}

Test(gram, of_more_than_a_tile_is_that_of_rows)
{
    assert_gram(17, 2, (const size_t[]){8, 30, 1});
    assert_gram(17, 2, (const size_t[]){40, 5, 3});
    assert_gram(17, 3, (const size_t[]){9, 15, 12, 2});
}

Test(gram, of_more_rows_than_a_chunk_is_that_of_rows)
{
    assert_gram(GRAM_ROWS + 5, 2, (const size_t[]){2, 4, 2});
}
