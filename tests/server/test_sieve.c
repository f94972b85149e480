/* Histories that are thinned row by row: shares of runs, their ends, and peaks. */
#include "state/sieve.h"

#include <criterion/criterion.h>
#include <math.h>

/* Sends the losses of runs of these lengths through a sieve; returns how many came through. */
static size_t sift(const Loss *losses, const size_t *lengths, size_t runs, size_t points,
                   Loss *kept)
{
    RunLength length[8];
    size_t count = 0, at = 0;
    for (size_t r = 0; r < runs; r++)
        length[r] = (RunLength){(int64_t)r + 1, lengths[r]};
    Sieve sieve = sieve_new(length, runs, points);
    while (at < sieve.rows)
        count += sieve_take(&sieve, &losses[at++], kept + count);
    return count;
}

/* Losses of runs of these lengths, falling in each, with a peak in the middle of every run. */
static void fill(Loss *losses, const size_t *lengths, size_t runs)
{
    size_t count = 0;
    for (size_t r = 0; r < runs; r++)
        for (size_t i = 0; i < lengths[r]; i++)
            losses[count++] = (Loss){
                (int64_t)r + 1,
                (int64_t)i,
                i == lengths[r] / 2 ? 100 : 1.0 / (double)(i + 1),
                NAN,
            };
}

/* How many of each run are left; fails where its first or its last epoch is not. */
static void expect_left(const size_t *lengths, size_t runs, size_t points, const size_t *expected)
{
    static Loss all[5000], losses[5000];
    fill(all, lengths, runs);
    size_t count = sift(all, lengths, runs, points, losses), at = 0;
    for (size_t r = 0; r < runs; r++) {
        size_t begin = at;
        while (at < count && losses[at].run == (int64_t)r + 1)
            at++;
        cr_assert_gt(at, begin, "run %zu has vanished", r + 1);
        cr_expect_eq(losses[begin].epoch, 0);
        cr_expect_eq(losses[at - 1].epoch, (int64_t)lengths[r] - 1);
        cr_expect_eq(at - begin, expected[r], "run %zu: %zu left", r + 1, at - begin);
    }
    cr_expect_eq(at, count);
}

Test(sieve, each_run_is_thinned_by_its_share)
{
    static const size_t lengths[] = {3000, 1000}, left[] = {2 + 72, 2 + 24};
    expect_left(lengths, 2, 100, left);
}

Test(sieve, no_run_vanishes_however_short_it_is)
{
    static const size_t lengths[] = {3000, 1, 3, 2}, left[] = {4, 1, 2, 2};
    expect_left(lengths, 4, 12, left);
    static const size_t least[] = {2, 1, 2, 2};
    expect_left(lengths, 4, 2, least);
}

Test(sieve, what_is_short_enough_is_left_alone)
{
    static const size_t lengths[] = {30, 10};
    expect_left(lengths, 2, 40, lengths);
}

Test(sieve, losses_that_swing_are_thinned_to_no_more_than_was_asked)
{
    static Loss losses[3000], kept[3000];
    static const size_t lengths[] = {1000, 1000, 1000};
    for (size_t i = 0; i < 3000; i++)
        losses[i] = (Loss){1 + (int64_t)i / 1000, (int64_t)i % 1000, sin(5.0 * (double)i), NAN};
    cr_expect_leq(sift(losses, lengths, 3, 100, kept), 100);
}

Test(sieve, the_peaks_of_both_series_come_through_in_the_order_of_their_epochs)
{
    static Loss losses[1000], kept[1000];
    static const size_t length = 1000;
    double lowest = 9, highest = 0;
    for (size_t i = 0; i < length; i++)
        losses[i] = (Loss){1, (int64_t)i, 1 + 1e-3 * (double)(i % 7), 2 + 1e-3 * (double)(i % 5)};
    losses[333].train = 8;
    losses[334].validation = 0.5;
    size_t count = sift(losses, &length, 1, 50, kept);
    cr_assert(count >= 40 && count <= 50, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        cr_expect(i == 0 || kept[i].epoch > kept[i - 1].epoch);
        highest = fmax(highest, kept[i].train);
        lowest = fmin(lowest, kept[i].validation);
    }
    cr_expect(highest == 8 && lowest == 0.5);
}

Test(sieve, of_more_points_than_rows_all_come_through)
{
    static Loss losses[3] = {{1, 0, 3, 4}, {1, 1, 2, 3}, {2, 0, 1, 2}}, kept[8];
    static const size_t lengths[] = {2, 1};
    cr_expect_eq(sift(losses, lengths, 2, SIZE_MAX, kept), 3);
}
