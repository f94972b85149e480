/* Datasets between requests and replies: JSON or CSV in, JSON or CSV out.
 */
#ifndef API_CODEC_DATASET_H
#define API_CODEC_DATASET_H

#include <jansson.h>

#include "api/request.h"
#include "state/dataset.h"
#include "tools/encoder.h"

/* The dataset in a JSON object {"name", "x", "y", "features", "targets"} that stands at `place` in
 * the body ("" is the whole, "/dataset" a member); it takes over the arrays of the body. Described,
 * without an id yet. On failure returns NULL and adds all mistakes to problem. */
Dataset *codec_dataset_from_json(const json_t *json, const char *place, Body *body,
                                 Problem *problem) MUST_USE;

/* The dataset in a body that is a table, CSV or NDJSON; the query's ?target= (repeatable) names the
 * targets; else the last column is the target (of flat objects the last key of the first line),
 * unless the rows say it themselves. ?name= is its name. As above. */
Dataset *codec_dataset_from_table(const Request *request, Problem *problem) MUST_USE;

/* The description as a JSON object. */
void codec_dataset_encode(const Dataset *dataset, Encoder *encoder);

/* The rows that dataset->data holds, the first of which is number offset. */
void codec_rows_encode(const Dataset *dataset, size_t offset, Encoder *encoder);
void codec_rows_csv(const Dataset *dataset, Text *csv);

#endif
