/* Models between requests and replies: descriptions, and predictions.
 */
#ifndef API_CODEC_MODEL_H
#define API_CODEC_MODEL_H

#include "api/request.h"
#include "store/store_model.h"
#include "tools/encoder.h"

/* The description as a JSON object; versions are all of the name's, newest first. */
void codec_model_encode(const ModelRecord *record, ModelRecord *const *versions, size_t count,
                        Encoder *encoder);

/* The version that a text names: 1, 2, ...; -1 where it is no number of one. */
int64_t codec_model_version(const char *text);

/* {"name", "version", "created_at", "metrics", ...}: a line of a list. */
void codec_model_brief(const ModelRecord *record, Encoder *encoder);

/* What a client wants to have predicted. */
typedef struct Instances {
    NumberArray rows; /* (rows, features) */
    bool std;         /* with the standard deviation of the members' predictions */
    double interval;  /* the level of intervals, in (0, 1); 0 is without */
} Instances;

/* A body {"instances": [[...], ...], "std": true, "interval": 0.9} or with [{"name": ...}, ...];
 * where the rows came as an array, they are taken from the body. On failure rows.v is NULL and
 * problem has all mistakes. */
Instances codec_instances(const Request *request, const ModelRecord *record, Problem *problem);

/* What was predicted for x (rows, features). */
typedef struct Predicted {
    MatIn x, y;         /* y (rows, targets) */
    MatIn std;          /* likewise; v is NULL without */
    const double *half; /* (targets) half the width of the intervals; NULL without */
} Predicted;

/* {"predictions": [...]}: numbers for one target, arrays for more; "std" likewise; "intervals":
 * [[low, high], ...], for more targets arrays of these; and, where x leaves the range that was seen
 * in training, "extrapolated": [{"row", "features"}]. */
void codec_predictions_encode(const ModelRecord *record, const Predicted *predicted,
                              Encoder *encoder);

#endif
