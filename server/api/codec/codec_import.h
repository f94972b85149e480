/* The JSON of an exported model: the whole, and the head alone, as ONNX carries it.
 */
#ifndef API_CODEC_IMPORT_H
#define API_CODEC_IMPORT_H

#include "api/export/import.h"
#include "tools/spec.h"

/* Fills the record's columns, scores and digests, the scaling and the activation. What is wrong is
 * added to the problem under import->place; then scaling and act may be NULL. */
void codec_import_head(const json_t *json, Import *import);

/* Where rows of weights differ in length, holds them against what goes into their layer, rather
 * than against the first row as the body's reader did, in what problem says of them. */
void codec_import_rows(const json_t *json, Body *body, Problem *problem);

/* The record of the request's JSON body; see import_model. */
ModelRecord *codec_import_json(const Request *request, Problem *problem) MUST_USE;

#endif
