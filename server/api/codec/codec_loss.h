/* The history of a training as replies.
 */
#ifndef API_CODEC_LOSS_H
#define API_CODEC_LOSS_H

#include "state/loss.h"
#include "tools/encoder.h"

/* What is told of each epoch. */
typedef enum LossSeries {
    LOSS_RUN,
    LOSS_EPOCH,
    LOSS_TRAIN,
    LOSS_VALIDATION,
    LOSS_SERIES
} LossSeries;

/* "run", "epoch", ... */
const char *codec_loss_key(LossSeries series);

/* The next elements of the array of a series; null where there is no validation. */
void codec_loss_series(const Loss *losses, size_t count, LossSeries series, Encoder *encoder);

/* {"run": [...], "epoch": [...], "train": [...], "validation": [...]}, "run" where it is asked. */
void codec_loss_object(const Loss *losses, size_t count, bool runs, Encoder *encoder);

/* The header of the table, and its next rows: run where there is more than one, epoch, train,
 * validation, which is empty where there is none. A loss that is not finite is refused. */
void codec_loss_csv_head(bool runs, Encoder *encoder);
void codec_loss_csv(const Loss *losses, size_t count, bool runs, Encoder *encoder);

#endif
