/* Ticks are 1, 2 or 5 times a power of ten; those of a logarithmic axis powers of ten. */
#include "api/plot/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#define STEPS 5     /* between ticks, about */
#define SPREAD 1e-5 /* of values, for their greatest: closer ones are drawn as one */

/* The least of 1, 2, 5, 10, 20, ... times a power of ten that is not less. */
static double round_step(double step)
{
    const double power = pow(10, floor(log10(step)));
    const double times = step / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void add_tick(Axis *axis, double value)
{
    if (axis->ticks < AXIS_TICKS)
        axis->tick[axis->ticks++] = value;
}

static int place_of_first_digit(double value)
{
    return (int)floor(log10(value) + 1e-9);
}

/* Multiples of step, with the digits that tell one from the next. */
static void add_ticks(Axis *axis, double step)
{
    for (double k = ceil(axis->low / step); k * step <= axis->high && axis->ticks < AXIS_TICKS; k++)
        add_tick(axis, k * step);
    const int digits = place_of_first_digit(axis->high) - place_of_first_digit(step) + 1;
    axis->digits = digits > AXIS_DIGITS ? digits : AXIS_DIGITS;
}

Axis axis_linear(double least, double greatest)
{
    Axis axis = {.low = least, .high = greatest};
    if (!(greatest > 0)) {
        axis.high = 1;
    } else if (greatest - least <= greatest * SPREAD) { /* one value: a little room around it */
        const double room = fmax(greatest / 10, DBL_MIN);
        axis.low = fmax(greatest - room, 0);
        axis.high = fmin(greatest + room, DBL_MAX);
    }
    add_ticks(&axis, round_step(fmax((axis.high - axis.low) / STEPS, DBL_MIN)));
    return axis;
}

Axis axis_of_epochs(double first, double last)
{
    Axis axis = {.low = first, .high = fmax(last, first + 1)};
    add_ticks(&axis, fmax(round_step((axis.high - axis.low) / STEPS), 1));
    axis.digits = (int)fmax(place_of_first_digit(axis.high) + 1, AXIS_DIGITS); /* no exponent */
    return axis;
}

Axis axis_of_losses(double least, double smallest, double greatest)
{
    if (!(smallest > 0 && smallest < greatest / 10))
        return axis_linear(least, greatest);
    Axis axis = {.log = true, .digits = AXIS_DIGITS};
    axis.low = log10(smallest);
    axis.high = log10(greatest);
    const double step = fmax(round_step((axis.high - axis.low) / STEPS), 1);
    for (double k = ceil(axis.low / step); k * step <= axis.high; k++)
        add_tick(&axis, pow(10, k * step));
    return axis;
}

double axis_place(const Axis *axis, double value)
{
    double at = value;
    if (axis->log)
        at = value > 0 ? log10(value) : axis->low;
    return fmin(fmax((at - axis->low) / (axis->high - axis->low), 0), 1);
}

void axis_label(const Axis *axis, double value, char label[AXIS_LABEL])
{
    snprintf(label, AXIS_LABEL, "%.*g", axis->digits, value);
}
