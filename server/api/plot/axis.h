/* An axis of a plot: which numbers it spans, where it has ticks, and where on it a value stands.
 */
#ifndef API_PLOT_AXIS_H
#define API_PLOT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define AXIS_TICKS 12
#define AXIS_LABEL 24
#define AXIS_DIGITS 3

typedef struct Axis {
    bool log;         /* low and high are powers of ten, and the ticks */
    double low, high; /* low < high */
    int digits;       /* of a label: so many that no two are the same, AXIS_DIGITS at least */
    size_t ticks;
    double tick[AXIS_TICKS]; /* values, from low to high */
} Axis;

/* From the least to the greatest finite value >= 0. Values that are the same, or so close that
 * their labels would be long, stand in the middle of an axis around them; 0 on one up to 1. */
Axis axis_linear(double least, double greatest);

/* From the first epoch to the last, with ticks at whole ones; both may be the same. */
Axis axis_of_epochs(double first, double last);

/* The same for losses: logarithmic where `smallest`, the smallest that is greater than 0, is less
 * than a tenth of the greatest; what is 0 then stands on the lower end. smallest is 0 where there
 * is none. */
Axis axis_of_losses(double least, double smallest, double greatest);

/* 0 is the lower end, 1 the upper; what is beyond an end stands on it. */
double axis_place(const Axis *axis, double value);

/* A tick in as many characters as it takes to tell it from the next. */
void axis_label(const Axis *axis, double value, char label[AXIS_LABEL]);

#endif
