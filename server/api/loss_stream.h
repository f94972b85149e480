/* A history as JSON or CSV, made while it is sent.
 */
#ifndef API_LOSS_STREAM_H
#define API_LOSS_STREAM_H

#include "api/history.h"
#include "api/stream.h"

typedef enum LossForm { LOSS_JSON, LOSS_CSV } LossForm;

/* NULL where there is no memory. `runs`: the number of the run stands beside each epoch. It takes
 * the history. */
Stream *loss_stream_take(LossForm form, bool runs, History *history) MUST_USE;

#endif
