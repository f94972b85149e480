/* JSON as it arrives: arrays of numbers at known places go straight to doubles, and what is left of
 * the document, the skeleton, is small enough for jansson.
 *
 * A place is a JSON pointer in which * stands for any array index: "/x", or "/initial_layers/"
 * followed by "*" and "/weights". An array there is taken, and null stands for it in the skeleton,
 * unless its first element is an object or a string: then it is left in the skeleton. So is what
 * stands behind a key written with escapes. Arrays are [n] (flat) or [n][m] (rows of one length);
 * [] has no rows, [[]] has one of no numbers.
 */
#ifndef INGEST_JSON_INGEST_H
#define INGEST_JSON_INGEST_H

#include "ingest/number.h"
#include "tools/problem.h"
#include "tools/text.h"

typedef struct JsonIngest JsonIngest;

#define JSON_INGEST_DEPTH 512   /* arrays and objects inside each other, at most */
#define JSON_INGEST_ARRAYS 1024 /* arrays taken from one document, at most */

/* places (at most 32, of at most 8 steps, without ~0 and ~1) ends with NULL and is borrowed for as
 * long as the ingest lives. skeleton_limit: bytes. NULL where there is no memory. */
JsonIngest *json_ingest_new(const char *const *places, size_t skeleton_limit) MUST_USE;
void json_ingest_free(JsonIngest *ingest);

/* Takes the next bytes of the document, cut anywhere. Mistakes are kept for json_ingest_end, so the
 * caller may feed on, or stop when the answer is not STATUS_OK (STATUS_NO_MEMORY, STATUS_TOO_LARGE,
 * STATUS_MALFORMED: nothing that follows can change that). */
Status json_ingest_feed(JsonIngest *ingest, const char *bytes, size_t n) MUST_USE;

/* The document is complete. Adds every mistake inside the arrays to problem, each with its pointer
 * ("#/x/3/1"): not a number, beyond the range, a row of another length than the first, nested too
 * deep, an array given twice; syntax there is STATUS_MALFORMED with line and column. Returns
 * problem->status. Where there are mistakes the arrays are not to be used. */
Status json_ingest_end(JsonIngest *ingest, Problem *problem) MUST_USE;

/* What is left of the document, borrowed. Its syntax is jansson's to judge. */
const Text *json_ingest_skeleton(const JsonIngest *ingest);

/* Line and column (from 1, in characters) in the document, of byte `offset` of the skeleton. */
void json_ingest_position(const JsonIngest *ingest, size_t offset, size_t *line, size_t *column);

/* The array taken at a pointer such as "/initial_layers/0/weights", borrowed; NULL where none was.
 * The caller may take its v over by setting it to NULL. */
NumberArray *json_ingest_array(JsonIngest *ingest, const char *pointer);

#endif
