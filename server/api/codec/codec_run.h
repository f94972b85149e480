/* The runs of a job as a reply.
 */
#ifndef API_CODEC_RUN_H
#define API_CODEC_RUN_H

#include "core/fit.h"
#include "tools/encoder.h"

/* {"data": [{"run", "fold", "member", "restart", "seed", ...}, ...]}. */
void codec_runs_encode(const FitRun *runs, size_t count, Encoder *encoder);

#endif
