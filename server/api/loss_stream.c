/* JSON has a column after the other, as plots want them: the history is read once for each. */
#include "api/loss_stream.h"

#include <stdlib.h>

#include "api/codec/codec_loss.h"

#define PART (16u * 1024) /* bytes, about; or one page of the history */

typedef struct LossStream {
    Stream stream;
    History *history;
    LossForm form;
    bool runs;
    LossSeries series; /* of JSON, and whether its column has begun */
    bool begun;
    Encoder encoder; /* of the next part */
    bool over;
} LossStream;

static Status tell_csv(LossStream *telling, Store *store)
{
    const Loss *rows;
    size_t count;
    Status status = history_next(telling->history, store, &rows, &count);
    codec_loss_csv(rows, count, telling->runs, &telling->encoder);
    telling->over = count == 0;
    return status;
}

/* The end of a column, and of the document behind the last. */
static void end_series(LossStream *telling)
{
    enc_array_end(&telling->encoder);
    telling->begun = false;
    if (++telling->series < LOSS_SERIES) {
        history_rewind(telling->history);
        return;
    }
    enc_object_end(&telling->encoder);
    text_puts(&telling->encoder.text, "\n");
    telling->over = true;
}

static Status tell_json(LossStream *telling, Store *store)
{
    const Loss *rows;
    size_t count;
    if (!telling->begun) {
        enc_key(&telling->encoder, codec_loss_key(telling->series));
        enc_array(&telling->encoder);
        telling->begun = true;
    }
    Status status = history_next(telling->history, store, &rows, &count);
    if (status != STATUS_OK)
        return status;
    codec_loss_series(rows, count, telling->series, &telling->encoder);
    if (count == 0)
        end_series(telling);
    return status;
}

static StreamStep next(Stream *stream, Services *services, Shared **part)
{
    LossStream *telling = (LossStream *)stream;
    Encoder *encoder = &telling->encoder;
    Status status = STATUS_OK;
    *part = NULL;
    while (status == STATUS_OK && !telling->over && encoder->text.length < PART)
        status = telling->form == LOSS_CSV ? tell_csv(telling, services->store)
                                           : tell_json(telling, services->store);
    const bool sound = status == STATUS_OK && !encoder->refused && !encoder->text.failed;
    const bool some = encoder->text.length > 0;
    if (sound && some)
        *part = shared_new(encoder->text.bytes, encoder->text.length);
    text_free(&encoder->text);
    if (!sound || (some && !*part))
        return STREAM_BREAK;
    return telling->over ? STREAM_END : STREAM_MORE;
}

static void loss_stream_free(Stream *stream)
{
    LossStream *telling = (LossStream *)stream;
    history_free(telling->history);
    text_free(&telling->encoder.text);
    free(telling);
}

Stream *loss_stream_take(LossForm form, bool runs, History *history)
{
    LossStream *telling = calloc(1, sizeof *telling);
    if (!telling) {
        history_free(history);
        return NULL;
    }
    telling->stream = (Stream){.next = next, .free = loss_stream_free, .whole = true};
    telling->history = history;
    telling->form = form;
    telling->runs = runs;
    telling->series = runs ? LOSS_RUN : LOSS_EPOCH;
    if (form == LOSS_JSON)
        enc_object(&telling->encoder);
    else
        codec_loss_csv_head(runs, &telling->encoder);
    return &telling->stream;
}
