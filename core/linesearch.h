/* A step along a line that satisfies the strong Wolfe conditions.
 */
#ifndef CORE_LINESEARCH_H
#define CORE_LINESEARCH_H

#include "core/progress.h"

typedef struct LinePoint {
    real step;         /* along the line, from its start */
    real value, slope; /* of the function there */
} LinePoint;

typedef struct Line {
    void *context;
    /* Fills value and slope at point->step; anything but TRAIN_GOES_ON ends the search so. A value
     * or slope that is not finite counts as too high. */
    TrainEnd (*evaluate)(void *context, LinePoint *point);
} Line;

/* Nocedal and Wright, Numerical Optimization (2006), algorithms 3.5 and 3.6, by cubic
 * interpolation: from start (step 0, finite, slope < 0), whose first trial is at step `first`, to a
 * *found with
 *     value <= start.value + 1e-4 step start.slope   and   |slope| <= 0.9 |start.slope|.
 * Where 25 evaluations give none, *found is the best that meets the former; where there is none of
 * these either, its step is 0. */
TrainEnd line_search(const Line *line, LinePoint start, real first, LinePoint *found) MUST_USE;

#endif
