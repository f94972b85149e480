/* Histories are long: the writers go through them without a copy. */
#include "api/codec/codec_loss.h"

#include <math.h>
#include <string.h>

/* Where in [from, to) the extremes of both series are, in order, without doubles; returns how many
 * of places[4] are filled. from < to. */
static size_t extremes(const Loss *losses, size_t from, size_t to, size_t places[4])
{
    size_t extreme[4] = {from, from, from, from};
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        if (losses[i].train < losses[extreme[0]].train)
            extreme[0] = i;
        if (losses[i].train > losses[extreme[1]].train)
            extreme[1] = i;
        if (losses[i].validation < losses[extreme[2]].validation)
            extreme[2] = i;
        if (losses[i].validation > losses[extreme[3]].validation)
            extreme[3] = i;
    }
    if (isnan(losses[from].validation))
        extreme[2] = extreme[3] = extreme[0];
    for (size_t i = from; i < to && count < 4; i++)
        if (i == extreme[0] || i == extreme[1] || i == extreme[2] || i == extreme[3])
            places[count++] = i;
    return count;
}

/* The same of one run: count >= 1, points >= 2. */
static size_t thin_run(Loss *losses, size_t count, size_t points)
{
    if (count <= points)
        return count;
    size_t each = isnan(losses[0].validation) ? 2 : 4;
    size_t stretches = (points - 2) / each;
    size_t inner = count - 2;
    size_t kept = 1; /* the first */
    for (size_t s = 0; s < stretches; s++) {
        size_t places[4];
        size_t from = 1 + inner * s / stretches, to = 1 + inner * (s + 1) / stretches;
        size_t found = from < to ? extremes(losses, from, to, places) : 0;
        for (size_t i = 0; i < found; i++)
            losses[kept++] = losses[places[i]];
    }
    losses[kept++] = losses[count - 1];
    return kept;
}

/* Where the run that begins at `from` ends. */
static size_t run_end(const Loss *losses, size_t from, size_t count)
{
    size_t end = from;
    while (end < count && losses[end].run == losses[from].run)
        end++;
    return end;
}

size_t codec_losses_thin(Loss *losses, size_t count, size_t points)
{
    size_t runs = 0, kept = 0, end;
    if (count <= points)
        return count;
    for (size_t from = 0; from < count; from = run_end(losses, from, count))
        runs++;
    size_t shared = points > 2 * runs ? points - 2 * runs : 0; /* by length, beyond two for each */
    for (size_t from = 0; from < count; from = end) {
        end = run_end(losses, from, count);
        size_t length = end - from, room = 2 + shared * length / count;
        size_t left = thin_run(losses + from, length, room);
        memmove(losses + kept, losses + from, left * sizeof *losses);
        kept += left;
    }
    return kept;
}

typedef enum Series { SERIES_RUN, SERIES_EPOCH, SERIES_TRAIN, SERIES_VALIDATION, SERIES } Series;

static void encode_series(const Loss *losses, size_t count, Series series, Encoder *encoder)
{
    enc_array(encoder);
    for (size_t i = 0; i < count; i++) {
        double loss = series == SERIES_TRAIN ? losses[i].train : losses[i].validation;
        if (series == SERIES_RUN)
            enc_int(encoder, losses[i].run);
        else if (series == SERIES_EPOCH)
            enc_int(encoder, losses[i].epoch);
        else if (isnan(loss))
            enc_null(encoder);
        else
            enc_real(encoder, loss);
    }
    enc_array_end(encoder);
}

void codec_losses_encode(const Loss *losses, const LossTable *table, Encoder *encoder)
{
    static const char *const keys[SERIES] = {"run", "epoch", "train", "validation"};
    enc_object(encoder);
    for (Series series = table->runs ? SERIES_RUN : SERIES_EPOCH; series < SERIES; series++) {
        enc_key(encoder, keys[series]);
        encode_series(losses, table->count, series, encoder);
    }
    enc_object_end(encoder);
}

void codec_losses_csv(const Loss *losses, const LossTable *table, Text *csv)
{
    char number[REAL_TEXT];
    text_puts(csv, table->runs ? "run,epoch,train,validation\n" : "epoch,train,validation\n");
    for (size_t i = 0; i < table->count; i++) {
        if (table->runs)
            text_printf(csv, "%lld,", (long long)losses[i].run);
        text_printf(csv, "%lld,", (long long)losses[i].epoch);
        text_add(csv, number, real_text(losses[i].train, number));
        text_puts(csv, ",");
        if (!isnan(losses[i].validation))
            text_add(csv, number, real_text(losses[i].validation, number));
        text_puts(csv, "\n");
    }
}
