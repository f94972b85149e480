/* The line search: steps grow until they bracket a point that will do, then the bracket shrinks.
 * Values are only ever compared so that what is not a number loses. Owns nothing.
 */
#include "core/linesearch.h"

#include <math.h>

enum { EVALUATIONS = 25 };

static const real decrease = 1e-4, curvature = 0.9; /* c1 and c2 of the Wolfe conditions */
static const real growth = 10;                      /* of a step, at most, while none brackets */
static const real margin = 0.1; /* of a bracket, that a trial keeps from its ends */

typedef struct Search {
    const Line *line;
    LinePoint start;
    int left; /* evaluations */
    TrainEnd end;
} Search;

/* The point at that step; value infinite where the function has none. */
static LinePoint look(Search *search, real step)
{
    LinePoint point = {.step = step, .value = (real)INFINITY};
    search->left--;
    search->end = search->line->evaluate(search->line->context, &point);
    if (!isfinite(point.value) || !isfinite(point.slope)) {
        point.value = (real)INFINITY;
        point.slope = 0;
    }
    return point;
}

static int goes_on(const Search *search)
{
    return search->end == TRAIN_GOES_ON && search->left > 0;
}

static int is_low(const Search *search, LinePoint point)
{
    return point.value <= search->start.value + decrease * point.step * search->start.slope;
}

static int is_flat(const Search *search, LinePoint point)
{
    return fabs(point.slope) <= -curvature * search->start.slope;
}

/* Where the cubic through both values and slopes has its minimum (Nocedal and Wright, 3.59); not a
 * number where it has none. */
static real cubic_minimum(LinePoint a, LinePoint b)
{
    const real d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
    const real root = sqrt(d1 * d1 - a.slope * b.slope);
    const real d2 = b.step > a.step ? root : -root;
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

/* x within [low, high], `otherwise` where x is not a number. */
static real within(real x, real low, real high, real otherwise)
{
    if (!isfinite(x)) {
        return otherwise;
    }
    return x < low ? low : x > high ? high : x;
}

/* A trial inside the bracket. */
static real inside(LinePoint low, LinePoint high)
{
    const real from = fmin(low.step, high.step), to = fmax(low.step, high.step);
    const real gap = margin * (to - from);
    return within(cubic_minimum(low, high), from + gap, to - gap, from + (to - from) / 2);
}

/* Algorithm 3.6: low meets the first condition and is the lowest so far, and the function falls
 * from there towards high. */
static LinePoint zoom(Search *search, LinePoint low, LinePoint high)
{
    while (goes_on(search)) {
        const real step = inside(low, high);
        if (step == low.step || step == high.step) {
            break; /* no number between the two */
        }
        const LinePoint trial = look(search, step);
        if (!is_low(search, trial) || !(trial.value < low.value)) {
            high = trial;
            continue;
        }
        if (is_flat(search, trial)) {
            return trial;
        }
        if (trial.slope * (high.step - low.step) >= 0) {
            high = low;
        }
        low = trial;
    }
    return low;
}

/* Algorithm 3.5. */
static LinePoint bracket(Search *search, real first)
{
    LinePoint before = search->start;
    real step = first;
    while (goes_on(search)) {
        const LinePoint trial = look(search, step);
        if (!is_low(search, trial) || (before.step > 0 && !(trial.value < before.value))) {
            return zoom(search, before, trial);
        }
        if (is_flat(search, trial)) {
            return trial;
        }
        if (trial.slope >= 0) {
            return zoom(search, trial, before);
        }
        const real most = growth * trial.step;
        step = within(cubic_minimum(before, trial), 2 * trial.step - before.step, most, most);
        before = trial;
    }
    return before;
}

TrainEnd line_search(const Line *line, LinePoint start, real first, LinePoint *found)
{
    Search search = {.line = line, .start = start, .left = EVALUATIONS, .end = TRAIN_GOES_ON};
    *found = bracket(&search, first);
    return search.end;
}
