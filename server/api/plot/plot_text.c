/* The plot in characters: each column shows all that its epochs have, from the lowest to the
 * highest, so that no peak is lost. */
#include "api/plot/plot.h"

#include <math.h>
#include <string.h>

#define COLUMNS 64
#define ROWS 18
#define LABEL 12

typedef struct Canvas {
    char cell[ROWS][COLUMNS + 1];
} Canvas;

static size_t column_of(const Plot *plot, int64_t epoch)
{
    return (size_t)lrint(axis_place(&plot->epochs, (double)epoch) * (COLUMNS - 1));
}

/* 0 is the top. */
static size_t row_of(const Plot *plot, double loss)
{
    return (size_t)lrint((1 - axis_place(&plot->loss, loss)) * (ROWS - 1));
}

static void mark(char *cell, char own)
{
    *cell = *cell == ' ' || *cell == own ? own : '#';
}

static void draw(const Plot *plot, Canvas *canvas, bool validation)
{
    size_t before = ROWS, at = COLUMNS; /* of the loss before this one */
    const int64_t run = plot->count > 0 ? plot->losses[plot->count - 1].run : 0;
    for (size_t i = 0; i < plot->count; i++) {
        const Loss *loss = &plot->losses[i];
        const double value = validation ? loss->validation : loss->train;
        if (loss->run != run || isnan(value))
            continue;
        const size_t column = column_of(plot, loss->epoch), row = row_of(plot, value);
        const size_t from = column == at ? before : row;
        for (size_t r = from < row ? from : row; r <= (from < row ? row : from); r++)
            mark(&canvas->cell[r][column], validation ? 'o' : '*');
        before = row;
        at = column;
    }
}

/* The label of the tick in this row, or "". */
static void label_of(const Plot *plot, size_t row, char label[AXIS_LABEL])
{
    label[0] = '\0';
    for (size_t i = 0; i < plot->loss.ticks; i++)
        if (row_of(plot, plot->loss.tick[i]) == row)
            axis_label(&plot->loss, plot->loss.tick[i], label);
}

static void put_epochs(const Plot *plot, Text *text)
{
    char line[LABEL + COLUMNS + 24];
    size_t free_from = 0;
    memset(line, ' ', sizeof line);
    for (size_t i = 0; i < plot->epochs.ticks; i++) {
        char label[AXIS_LABEL];
        axis_label(&plot->epochs, plot->epochs.tick[i], label);
        const size_t length = strlen(label);
        const size_t at = LABEL + 2 + column_of(plot, (int64_t)plot->epochs.tick[i]);
        const size_t from = at - length / 2;
        if (from < free_from || from + length > sizeof line)
            continue;
        memcpy(line + from, label, length);
        free_from = from + length + 1;
    }
    text_add(text, line, free_from > 0 ? free_from - 1 : 0);
    text_puts(text, " epochs\n");
}

/* What the marks mean, and where it stands. */
static void put_legend(const Plot *plot, Text *text)
{
    if (plot->count == 0) {
        text_puts(text, "no epoch yet\n");
        return;
    }
    const Loss *last = &plot->losses[plot->count - 1];
    if (plot->runs)
        text_printf(text, "run %lld, ", (long long)last->run);
    text_printf(text, "epoch %lld: * train %.6g", (long long)last->epoch, last->train);
    if (!isnan(last->validation))
        text_printf(text, ", o validation %.6g, # both", last->validation);
    text_puts(text, "\n");
}

void plot_text(const Plot *plot, Text *text)
{
    Canvas canvas;
    char label[AXIS_LABEL];
    for (size_t row = 0; row < ROWS; row++) {
        memset(canvas.cell[row], ' ', COLUMNS);
        canvas.cell[row][COLUMNS] = '\0';
    }
    draw(plot, &canvas, false);
    draw(plot, &canvas, true);
    text_printf(text, "Loss of %s%s\n\n", plot->title, plot->loss.log ? ", logarithmic" : "");
    for (size_t row = 0; row < ROWS; row++) {
        size_t length = COLUMNS;
        while (length > 0 && canvas.cell[row][length - 1] == ' ')
            length--;
        label_of(plot, row, label);
        text_printf(text, "%*s %c", LABEL, label, label[0] ? '+' : '|');
        text_add(text, canvas.cell[row], length);
        text_puts(text, "\n");
    }
    put_epochs(plot, text);
    text_puts(text, "\n");
    put_legend(plot, text);
}
