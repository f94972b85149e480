/* An axis of a plot: which numbers it spans, where it has ticks, and where on it a value stands.
 */
#ifndef API_PLOT_AXIS_H
#define API_PLOT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define AXIS_TICKS 12
#define AXIS_LABEL 16

typedef struct Axis {
    bool log;         /* low and high are powers of ten, and the ticks */
    double low, high; /* low < high */
    size_t ticks;
    double tick[AXIS_TICKS]; /* values, from low to high */
} Axis;

/* From the least to the greatest finite value >= 0; both may be the same. */
Axis axis_linear(double least, double greatest);

/* The same for losses: logarithmic where `smallest`, the smallest that is greater than 0, is less
 * than a tenth of the greatest; what is 0 then stands on the lower end. smallest is 0 where there
 * is none. */
Axis axis_of_losses(double least, double smallest, double greatest);

/* 0 is the lower end, 1 the upper; what is beyond an end stands on it. */
double axis_place(const Axis *axis, double value);

/* A tick or another value in a few characters: three digits, or a power of ten. */
void axis_label(double value, char label[AXIS_LABEL]);

#endif
