/* Plots of losses: axes and their ticks, and what is drawn of runs, peaks and gaps. */
#include <criterion/criterion.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/plot/plot.h"

#define NONE ((double)NAN)

static char *drawn(void (*plot)(const Plot *, Text *), const Loss *losses, size_t count)
{
    Text text = {0};
    const Plot what = plot_of(losses, count, "job_1");
    plot(&what, &text);
    cr_assert(!text.failed);
    return text_steal(&text);
}

static size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        count++;
    return count;
}

Test(plot, losses_of_less_than_a_decade_have_a_linear_axis_of_round_ticks)
{
    Axis axis = axis_of_losses(0.2, 0.2, 1.1);
    const double ticks[] = {0.2, 0.4, 0.6, 0.8, 1.0};
    cr_expect(!axis.log && axis.low == 0.2 && axis.high == 1.1);
    cr_assert_eq(axis.ticks, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_float_eq(axis.tick[i], ticks[i], 1e-12);
}

Test(plot, losses_of_decades_have_a_logarithmic_axis_of_powers_of_ten)
{
    Axis axis = axis_of_losses(0.005, 0.005, 20);
    cr_assert(axis.log && axis.ticks == 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_float_eq(axis.tick[i], pow(10, (double)i - 2), 1e-12);
    cr_expect_float_eq(axis_place(&axis, sqrt(0.005 * 20)), 0.5, 1e-12);
}

Test(plot, a_loss_of_0_stands_on_the_lower_end_of_a_logarithmic_axis)
{
    Axis axis = axis_of_losses(0, 1e-6, 1);
    cr_expect(axis.log && axis_place(&axis, 0) == 0 && axis_place(&axis, 1) == 1);
}

/* Whether each tick's label is another than that of the one before it, and short. */
static bool tells_ticks_apart(const Axis *axis)
{
    char before[AXIS_LABEL] = "", label[AXIS_LABEL];
    for (size_t i = 0; i < axis->ticks; i++) {
        axis_label(axis, axis->tick[i], label);
        if (strcmp(label, before) == 0 || strlen(label) > 12)
            return false;
        memcpy(before, label, sizeof label);
    }
    return axis->ticks >= 2;
}

Test(plot, the_labels_of_an_axis_differ)
{
    const double ends[][2] = {
        {0.5993, 0.6001}, {0.59900, 0.59901},      {1.23e-5, 1.2301e-5}, {599.98, 600.01}, {3, 3},
        {0, 0},           {1.23e-100, 1.2301e-100}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const Axis axis = axis_linear(ends[i][0], ends[i][1]);
        cr_expect(tells_ticks_apart(&axis), "%zu", i);
    }
}

Test(plot, the_axis_of_epochs_goes_from_the_first_to_the_last)
{
    const double ends[][2] = {{0, 0}, {0, 3}, {59990, 60000}, {0, 60000}, {999999990, 1000000000}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const Axis axis = axis_of_epochs(ends[i][0], ends[i][1]);
        char label[AXIS_LABEL], whole[AXIS_LABEL];
        cr_expect(axis.low == ends[i][0] && axis.high == fmax(ends[i][1], ends[i][0] + 1));
        cr_expect(tells_ticks_apart(&axis), "%zu", i);
        for (size_t k = 0; k < axis.ticks; k++) {
            axis_label(&axis, axis.tick[k], label);
            snprintf(whole, sizeof whole, "%lld", (long long)axis.tick[k]);
            cr_expect_str_eq(label, whole);
        }
    }
}

Test(plot, a_loss_that_stays_the_same_is_a_line_with_room_around_it)
{
    const Axis of_0 = axis_of_losses(0, 0, 0), of_3 = axis_of_losses(3, 3, 3);
    const Axis close = axis_of_losses(3, 3, 3 + 1e-9);
    cr_expect(of_0.low == 0 && of_0.high == 1);
    cr_expect_float_eq(axis_place(&of_3, 3), 0.5, 1e-12);
    cr_expect_float_eq(axis_place(&close, 3), 0.5, 1e-6);
}

Test(plot, the_last_epochs_of_a_long_training_fill_the_width)
{
    Loss losses[11];
    for (int i = 0; i < 11; i++)
        losses[i] = (Loss){1, 59990 + i, 0.599 + 1e-4 * i, NONE};
    char *text = drawn(plot_text, losses, 11), *svg = drawn(plot_svg, losses, 11);
    cr_expect(times(text, "*") > 11, "%s", text); /* one an epoch, and the legend's */
    cr_expect_not_null(strstr(text, " 59990 "));
    cr_expect_not_null(strstr(text, " 60000 epochs\n"));
    cr_expect_not_null(strstr(text, " 0.5995 +"));
    cr_expect_not_null(strstr(svg, ">59990</text>"));
    cr_expect_not_null(strstr(svg, ">0.5995</text>"));
    free(text);
    free(svg);
}

Test(plot, every_range_has_an_axis)
{
    const double ends[][2] = {{0, 0},          {3, 3},           {0, DBL_MAX},
                              {1e-300, 1e300}, {5e-324, 5e-324}, {DBL_MAX, DBL_MAX},
                              {1, 1 + 1e-15}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        Axis axis = axis_of_losses(ends[i][0], ends[i][0], ends[i][1]);
        cr_expect(axis.low < axis.high && axis.high - axis.low <= DBL_MAX, "%zu", i);
        for (size_t k = 0; k < axis.ticks; k++) {
            double place = axis_place(&axis, axis.tick[k]);
            cr_expect(isfinite(axis.tick[k]) && place >= 0 && place <= 1, "%zu %zu", i, k);
        }
    }
}

Test(plot, a_picture_tells_training_from_validation_and_the_last_run_from_those_before)
{
    const Loss losses[] = {{1, 0, 4, 5}, {1, 1, 3, 4}, {2, 0, 4, 5}, {2, 1, 2, 3}};
    char *svg = drawn(plot_svg, losses, 4);
    cr_expect_eq(times(svg, "class=\"line train before\""), 1);
    cr_expect_eq(times(svg, "class=\"line validation before\""), 1);
    cr_expect_eq(times(svg, "class=\"line train\""), 2); /* the legend's, too */
    cr_expect_eq(times(svg, "class=\"line validation\""), 2);
    cr_expect_eq(times(svg, "</svg>"), 1);
    free(svg);
}

Test(plot, a_picture_brings_its_paper_before_it_writes_on_it)
{
    char *svg = drawn(plot_svg, NULL, 0);
    const char *paper = strstr(svg, "<rect class=\"paper\"");
    cr_assert_not_null(paper);
    cr_expect_lt(paper, strstr(svg, "<text"));
    free(svg);
}

Test(plot, a_picture_leaves_out_what_is_no_number)
{
    const Loss losses[] = {{1, 0, 4, NONE}, {1, 1, NONE, NONE}, {1, 2, 2, NONE}};
    char *svg = drawn(plot_svg, losses, 3);
    cr_expect_null(strstr(svg, "nan"));
    cr_expect_null(strstr(svg, "class=\"line validation"));
    cr_expect_eq(times(svg, "h0M"), 1); /* the line is broken in two dots */
    free(svg);
}

Test(plot, a_job_without_an_epoch_is_drawn_as_such)
{
    char *svg = drawn(plot_svg, NULL, 0), *text = drawn(plot_text, NULL, 0);
    cr_expect(strstr(svg, "no epoch yet") && strstr(text, "no epoch yet"));
    free(svg);
    free(text);
}

Test(plot, a_terminal_shows_a_peak_of_one_epoch_among_many)
{
    static Loss losses[5000];
    for (int i = 0; i < 5000; i++)
        losses[i] = (Loss){1, i, i == 2500 ? 9 : 1, NONE};
    char *text = drawn(plot_text, losses, 5000);
    const char *top = strstr(text, "\n\n") + 2;
    const char *peak = memchr(top, '*', strcspn(top, "\n"));
    cr_assert_not_null(peak);
    cr_expect(peak - top > 40 && peak - top < 48, "%td", peak - top);
    cr_expect_not_null(strstr(text, "epoch 4999: * train 1\n"));
    free(text);
}

Test(plot, a_terminal_shows_the_last_of_several_runs_and_names_it)
{
    const Loss losses[] = {{1, 0, 9, NONE}, {1, 1, 9, NONE}, {2, 0, 1, 1}, {2, 1, 2, 3}};
    char *text = drawn(plot_text, losses, 4);
    const char *top = strstr(text, "\n\n") + 2;
    cr_expect_null(memchr(top, '*', strcspn(top, "\n")));
    cr_expect_not_null(strstr(text, "run 2, epoch 1: * train 2, o validation 3, # both\n"));
    free(text);
}

Test(plot, no_line_is_wider_than_a_terminal)
{
    const Loss losses[] = {{1, 0, 1e300, 1e-300}, {1, 999999999, 1e-300, 1e300}};
    char *text = drawn(plot_text, losses, 2);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        cr_expect(strcspn(line, "\n") < 96, "%s", line);
    free(text);
}
