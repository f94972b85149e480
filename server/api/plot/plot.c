/* What both kinds of plot begin with. */
#include "api/plot/plot.h"

#include <math.h>

typedef struct Range {
    double least, smallest, greatest; /* smallest: that is greater than 0; 0 where there is none */
} Range;

static void take_in(Range *range, double value)
{
    if (isnan(value))
        return;
    range->least = fmin(range->least, value);
    range->greatest = fmax(range->greatest, value);
    if (value > 0 && !(range->smallest > 0 && range->smallest <= value))
        range->smallest = value;
}

Plot plot_of(const Loss *losses, size_t count, const char *title)
{
    Plot plot = {.losses = losses, .count = count, .title = title};
    Range loss = {.least = (double)INFINITY}, epoch = loss;
    for (size_t i = 0; i < count; i++) {
        take_in(&loss, losses[i].train);
        take_in(&loss, losses[i].validation);
        take_in(&epoch, (double)losses[i].epoch);
        plot.runs |= losses[i].run != losses[0].run;
    }
    plot.epochs = axis_of_epochs(fmin(epoch.least, epoch.greatest), epoch.greatest);
    plot.loss = axis_of_losses(fmin(loss.least, loss.greatest), loss.smallest, loss.greatest);
    return plot;
}
