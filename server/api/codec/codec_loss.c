/* Histories are long: they are written piece by piece. */
#include "api/codec/codec_loss.h"

#include <math.h>

const char *codec_loss_key(LossSeries series)
{
    static const char *const keys[LOSS_SERIES] = {"run", "epoch", "train", "validation"};
    return keys[series];
}

void codec_loss_series(const Loss *losses, size_t count, LossSeries series, Encoder *encoder)
{
    for (size_t i = 0; i < count; i++) {
        const double loss = series == LOSS_TRAIN ? losses[i].train : losses[i].validation;
        if (series == LOSS_RUN)
            enc_int(encoder, losses[i].run);
        else if (series == LOSS_EPOCH)
            enc_int(encoder, losses[i].epoch);
        else if (isnan(loss))
            enc_null(encoder);
        else
            enc_real(encoder, loss);
    }
}

void codec_loss_object(const Loss *losses, size_t count, bool runs, Encoder *encoder)
{
    enc_object(encoder);
    for (LossSeries series = runs ? LOSS_RUN : LOSS_EPOCH; series < LOSS_SERIES; series++) {
        enc_key(encoder, codec_loss_key(series));
        enc_array(encoder);
        codec_loss_series(losses, count, series, encoder);
        enc_array_end(encoder);
    }
    enc_object_end(encoder);
}

void codec_loss_csv_head(bool runs, Encoder *encoder)
{
    text_puts(&encoder->text, runs ? "run,epoch,train,validation\n" : "epoch,train,validation\n");
}

/* Empty where there is no loss. */
static void put_cell(double loss, Encoder *encoder)
{
    char number[REAL_TEXT];
    if (isfinite(loss))
        text_add(&encoder->text, number, real_text(loss, number));
    else
        encoder->refused |= !isnan(loss);
}

void codec_loss_csv(const Loss *losses, size_t count, bool runs, Encoder *encoder)
{
    Text *csv = &encoder->text;
    for (size_t i = 0; i < count; i++) {
        if (runs)
            text_printf(csv, "%lld,", (long long)losses[i].run);
        text_printf(csv, "%lld,", (long long)losses[i].epoch);
        put_cell(losses[i].train, encoder);
        text_puts(csv, ",");
        put_cell(losses[i].validation, encoder);
        text_puts(csv, "\n");
    }
}
