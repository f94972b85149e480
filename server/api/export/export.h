/* A model as a file: JSON that a daemon takes in again, ONNX for other runtimes, C that needs no
 * runtime, CSV for a look at the numbers. Each writes a record that was loaded with its network.
 */
#ifndef API_EXPORT_EXPORT_H
#define API_EXPORT_EXPORT_H

#include "store/store_model.h"
#include "tools/encoder.h"

/* What the head of a document says it is. */
#define EXPORT_FORMAT "backpropd-model"
#define EXPORT_VERSION 1

/* All that makes the model, numbers that read back to the same bits: its head, "residuals":
 * {"rows", "values" (targets, points)} or null, and "members": [{"layers": [{"weights" (out, in),
 * "biases", "activation"}]}]. */
void export_json(const ModelRecord *record, Encoder *encoder);

/* The members of the head, without brackets: name, columns with their scaling, metrics, digests. */
void export_json_head(const ModelRecord *record, Encoder *encoder);

/* A row a parameter: layer, unit, input (empty for a bias), value; of an ensemble with the member
 * in front. All count from 0. */
void export_csv(const ModelRecord *record, Text *text);

/* One file of C99 that gives the daemon's very bits, and tests that itself. STATUS_NO_MEMORY. */
Status export_c(const ModelRecord *record, Text *text) MUST_USE;

/* An ONNX model in float64, from "x" (N, features) to "y" (N, targets), and of an ensemble to "std"
 * too. STATUS_NO_MEMORY; STATUS_TOO_LARGE: over the 2 GiB that a protobuf may have. */
Status export_onnx(const ModelRecord *record, Text *text) MUST_USE;

#endif
