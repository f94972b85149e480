/* Histories are long: the writers go through them without a copy. */
#include "api/codec/codec_loss.h"

#include <math.h>

/* Where in [from, to) the extremes of both series are, in order, without doubles; returns how many
 * of places[4] are filled. from < to. */
static size_t extremes(const StoreLoss *losses, size_t from, size_t to, size_t places[4])
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
    for (size_t i = from; i < to && count < 4; i++)
        if (i == extreme[0] || i == extreme[1] || i == extreme[2] || i == extreme[3])
            places[count++] = i;
    return count;
}

size_t codec_losses_thin(StoreLoss *losses, size_t count, size_t points)
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

static void encode_series(const StoreLoss *losses, size_t count, int series, Encoder *encoder)
{
    enc_array(encoder);
    for (size_t i = 0; i < count; i++) {
        double loss = series == 1 ? losses[i].train : losses[i].validation;
        if (series == 0)
            enc_int(encoder, losses[i].epoch);
        else if (isnan(loss))
            enc_null(encoder);
        else
            enc_real(encoder, loss);
    }
    enc_array_end(encoder);
}

void codec_losses_encode(const StoreLoss *losses, size_t count, Encoder *encoder)
{
    static const char *const keys[] = {"epoch", "train", "validation"};
    enc_object(encoder);
    for (int series = 0; series < 3; series++) {
        enc_key(encoder, keys[series]);
        encode_series(losses, count, series, encoder);
    }
    enc_object_end(encoder);
}

void codec_losses_csv(const StoreLoss *losses, size_t count, Text *csv)
{
    char number[REAL_TEXT];
    text_puts(csv, "epoch,train,validation\n");
    for (size_t i = 0; i < count; i++) {
        text_printf(csv, "%lld,", (long long)losses[i].epoch);
        text_add(csv, number, real_text(losses[i].train, number));
        text_puts(csv, ",");
        if (!isnan(losses[i].validation))
            text_add(csv, number, real_text(losses[i].validation, number));
        text_puts(csv, "\n");
    }
}
