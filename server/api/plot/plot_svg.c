/* The plot as SVG: no script, no font of its own, colours by what the reader's system prefers, on
 * paper of its own, so that it can be read on any page. */
#include "api/plot/plot.h"

#include <math.h>

#define WIDTH 760.0
#define HEIGHT 420.0
#define LEFT 116.0
#define RIGHT 736.0
#define TOP 48.0
#define BOTTOM 364.0

static const char style[] = "<style>"
                            ".paper{fill:#fff}"
                            "text{font:13px system-ui,sans-serif;fill:#222}"
                            ".title{font-size:15px;font-weight:600}"
                            ".grid{stroke:#8884;stroke-width:1}"
                            ".frame{fill:none;stroke:#888}"
                            ".line{fill:none;stroke-width:1.8;stroke-linejoin:round}"
                            ".train{stroke:#0b62b0}.validation{stroke:#b3470a;stroke-dasharray:6 3}"
                            ".before{opacity:.35}"
                            "@media(prefers-color-scheme:dark){"
                            ".paper{fill:#1c1c1c}text{fill:#e8e8e8}"
                            ".train{stroke:#6db3f2}.validation{stroke:#f5a25d}}"
                            "</style>\n";

static double across(const Plot *plot, int64_t epoch)
{
    return LEFT + (RIGHT - LEFT) * axis_place(&plot->epochs, (double)epoch);
}

static double down(const Plot *plot, double loss)
{
    return BOTTOM - (BOTTOM - TOP) * axis_place(&plot->loss, loss);
}

static void put_grid(const Plot *plot, Text *svg)
{
    char label[AXIS_LABEL];
    for (size_t i = 0; i < plot->loss.ticks; i++) {
        const double y = down(plot, plot->loss.tick[i]);
        axis_label(&plot->loss, plot->loss.tick[i], label);
        text_printf(svg, "<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/>", LEFT, y, RIGHT);
        text_printf(svg, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 8,
                    y + 4, label);
    }
    for (size_t i = 0; i < plot->epochs.ticks; i++) {
        axis_label(&plot->epochs, plot->epochs.tick[i], label);
        const double x = across(plot, (int64_t)plot->epochs.tick[i]);
        text_printf(svg, "<path class=\"grid\" d=\"M%.1f %.0fV%.0f\"/>", x, TOP, BOTTOM);
        text_printf(svg, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n", x,
                    BOTTOM + 20, label);
    }
    text_printf(svg,
                "<rect class=\"frame\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"/>\n",
                LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP);
}

static double loss_of(const Loss *loss, bool validation)
{
    return validation ? loss->validation : loss->train;
}

/* One series of the run in [from, to): a line, broken where there is no number, a dot where one
 * stands alone. */
static void put_line(const Plot *plot, const size_t run[2], bool validation, Text *svg)
{
    const bool before = run[1] < plot->count;
    bool open = false, drawn = false;
    for (size_t i = run[0]; i < run[1]; i++) {
        const double loss = loss_of(&plot->losses[i], validation);
        if (!isnan(loss) && !drawn)
            text_printf(svg, "<path class=\"line %s%s\" stroke-linecap=\"round\" d=\"",
                        validation ? "validation" : "train", before ? " before" : "");
        if (!isnan(loss))
            text_printf(svg, open ? "L%.1f %.1f" : "M%.1f %.1fh0",
                        across(plot, plot->losses[i].epoch), down(plot, loss));
        open = !isnan(loss);
        drawn |= open;
    }
    if (drawn)
        text_puts(svg, "\"/>\n");
}

static void put_lines(const Plot *plot, Text *svg)
{
    for (size_t from = 0, to; from < plot->count; from = to) {
        for (to = from; to < plot->count && plot->losses[to].run == plot->losses[from].run;)
            to++;
        put_line(plot, (size_t[]){from, to}, false, svg);
        put_line(plot, (size_t[]){from, to}, true, svg);
    }
}

static bool has_validation(const Plot *plot)
{
    for (size_t i = 0; i < plot->count; i++)
        if (!isnan(plot->losses[i].validation))
            return true;
    return false;
}

static void put_legend(const Plot *plot, Text *svg)
{
    static const char entry[] = "<path class=\"line %s\" d=\"M%d 28h28\"/>"
                                "<text x=\"%d\" y=\"32\">%s</text>\n";
    text_printf(svg, entry, "train", 540, 574, "train");
    if (has_validation(plot))
        text_printf(svg, entry, "validation", 624, 658, "validation");
}

void plot_svg(const Plot *plot, Text *svg)
{
    text_printf(svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                "width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-labelledby=\"title desc\">\n",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
    text_printf(svg, "<title id=\"title\">Loss of %s</title>\n", plot->title);
    text_printf(svg, "<desc id=\"desc\">%s against epochs%s</desc>\n",
                plot->loss.log ? "Loss on a logarithmic scale" : "Loss",
                plot->runs ? "; the runs before the last are fainter" : "");
    text_puts(svg, style);
    text_printf(svg, "<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\" rx=\"6\"/>\n", WIDTH,
                HEIGHT);
    text_printf(svg, "<text class=\"title\" x=\"%.0f\" y=\"32\">Loss of %s</text>\n", LEFT,
                plot->title);
    put_grid(plot, svg);
    put_lines(plot, svg);
    put_legend(plot, svg);
    if (plot->count == 0)
        text_printf(svg, "<text x=\"%.0f\" y=\"210\" text-anchor=\"middle\">no epoch yet</text>\n",
                    (LEFT + RIGHT) / 2);
    text_printf(svg, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">epoch</text>\n",
                (LEFT + RIGHT) / 2, HEIGHT - 12);
    text_printf(svg,
                "<text transform=\"translate(20 %.0f) rotate(-90)\" "
                "text-anchor=\"middle\">%s</text>\n</svg>\n",
                (TOP + BOTTOM) / 2, plot->loss.log ? "loss (logarithmic)" : "loss");
}
