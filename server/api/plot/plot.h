/* Plots of a training's losses against its epochs: for a page, and for a terminal.
 */
#ifndef API_PLOT_H
#define API_PLOT_H

#include "api/plot/axis.h"
#include "state/loss.h"
#include "tools/text.h"

/* What is drawn: losses in the order of their runs, thinned. Borrowed. */
typedef struct Plot {
    const Loss *losses;
    size_t count;
    const char *title; /* harmless characters only, as an id */
    bool runs;         /* there is more than one run to tell apart */
    Axis epochs, loss;
} Plot;

/* Finds the axes. */
Plot plot_of(const Loss *losses, size_t count, const char *title);

/* An SVG document, readable on white and on dark: training in a whole line, validation in a dashed
 * one, the runs before the last fainter. */
void plot_svg(const Plot *plot, Text *svg);

/* 78 columns of ASCII: training is *, validation o, both #; of several runs the last. */
void plot_text(const Plot *plot, Text *text);

#endif
