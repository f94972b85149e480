/* The history of a training as replies.
 */
#ifndef API_CODEC_LOSS_H
#define API_CODEC_LOSS_H

#include "store/store_job.h"
#include "tools/encoder.h"

/* Thins losses, in place, to at most `points` (>= 2): the first, the last, and of equal stretches
 * between them the lowest and the highest, so that no peak is lost. Returns how many are left. */
size_t codec_losses_thin(StoreLoss *losses, size_t count, size_t points);

/* {"epoch": [...], "train": [...], "validation": [...]}. */
void codec_losses_encode(const StoreLoss *losses, size_t count, Encoder *encoder);

/* epoch,train,validation; validation is empty where there is none. */
void codec_losses_csv(const StoreLoss *losses, size_t count, Text *csv);

#endif
