/* The history of a training as replies.
 */
#ifndef API_CODEC_LOSS_H
#define API_CODEC_LOSS_H

#include "state/loss.h"
#include "tools/encoder.h"

/* What is written of losses. */
typedef struct LossTable {
    size_t count;
    bool runs; /* the number of the run stands beside each epoch */
} LossTable;

/* Thins losses, which are in the order of their runs, in place, to at most `points` (>= 2), or two
 * a run where that is more. Each run keeps its share of them: its first, its last, and of equal
 * stretches between them the lowest and the highest, so that no peak is lost. Returns how many are
 * left. */
size_t codec_losses_thin(Loss *losses, size_t count, size_t points);

/* {"run": [...], "epoch": [...], "train": [...], "validation": [...]}, "run" where it is asked. */
void codec_losses_encode(const Loss *losses, const LossTable *table, Encoder *encoder);

/* run,epoch,train,validation; validation is empty where there is none. */
void codec_losses_csv(const Loss *losses, const LossTable *table, Text *csv);

#endif
