/* Learning-rate schedules as values that are told the epochs in turn. They own nothing, and compute
 * with exactly rounded operations only: a power by squaring, a cosine by its series.
 */
#include "core/schedule.h"

#include <math.h>

/* A plateau: the loss has improved by less than this share of its best (as in PyTorch). */
static const real enough = 1e-4;

static const real pi = 3.14159265358979323846;

Schedule schedule_new(const ScheduleOptions *options, size_t epochs)
{
    return (Schedule){.options = *options, .epochs = epochs, .share = 1};
}

void schedule_note(Schedule *schedule, size_t epoch, real loss)
{
    if (schedule->options.kind != SCHEDULE_PLATEAU) {
        return;
    }
    if (epoch == 0 || loss < schedule->best - enough * schedule->best) {
        schedule->best = loss;
        schedule->stalled = 0;
        return;
    }
    schedule->stalled++;
    if (schedule->stalled >= schedule->options.period) {
        schedule->stalled = 0;
        schedule->share = fmax(schedule->share * schedule->options.factor, schedule->options.floor);
    }
}

/* base^n for a base below 1, by squaring. */
static real power(real base, size_t n)
{
    real result = 1;
    for (; n > 0; n >>= 1) {
        result *= (n & 1) ? base : 1;
        base *= base;
    }
    return result;
}

/* The sum of (-square)^i / ((first + 1)(first + 2) ... (first + 2i)): with square = x^2 the cosine
 * of x for first = 0, and sin(x) / x for first = 1. Enough terms for |x| <= pi / 4, where the next
 * one is below 2^-60 of the sum. */
static real series(real square, int first)
{
    real sum = 1;
    for (int i = 9; i >= 1; i--) {
        const real below = (real)(first + 2 * i - 1) * (real)(first + 2 * i);
        sum = 1 - square / below * sum;
    }
    return sum;
}

/* cos(pi u) for u in [0, 1]. */
static real cosine(real u)
{
    if (u > 0.5) {
        return -cosine(1 - u);
    }
    const real x = pi * (u > 0.25 ? 0.5 - u : u);
    return u > 0.25 ? x * series(x * x, 1) : series(x * x, 0);
}

real schedule_share(const Schedule *schedule, size_t epoch)
{
    const ScheduleOptions *options = &schedule->options;
    switch (options->kind) {
    case SCHEDULE_CONSTANT:
        break;
    case SCHEDULE_STEP:
        return power(options->factor, epoch / options->period);
    case SCHEDULE_COSINE: {
        const real u = epoch < schedule->epochs ? (real)epoch / (real)schedule->epochs : 1;
        return options->floor + (1 - options->floor) * (1 + cosine(u)) / 2;
    }
    case SCHEDULE_PLATEAU:
        return schedule->share;
    }
    return 1;
}

void schedule_tape(Schedule *schedule, Tape *tape)
{
    tape_reals(tape, &schedule->share, 1);
    tape_reals(tape, &schedule->best, 1);
    tape_size(tape, &schedule->stalled);
    tape_check(tape, schedule->share >= 0 && schedule->share <= 1);
}
