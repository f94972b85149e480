/* NDJSON as it arrives: a row of numbers a line, as an object. The first line decides which of two
 * forms all have: {"x": [1, 2], "y": 3}, where y may be an array as well, or flat objects such as
 * {"crim": 0.1, "medv": 24}, whose keys name the columns. Later lines have the same keys, in any
 * order. Blank lines, CRLF, a byte order mark and a last line without its end are fine.
 */
#ifndef INGEST_NDJSON_INGEST_H
#define INGEST_NDJSON_INGEST_H

#include "ingest/number.h"
#include "tools/problem.h"

typedef struct NdjsonIngest NdjsonIngest;

#define NDJSON_LINE (4u << 20) /* bytes of a line, at most */

/* name_limit: bytes of a column's name, at most; column_limit: numbers of a row. NULL: no memory.
 */
NdjsonIngest *ndjson_ingest_new(size_t name_limit, size_t column_limit) MUST_USE;
void ndjson_ingest_free(NdjsonIngest *ingest);

/* Takes the next bytes, cut anywhere. Mistakes are kept for ndjson_ingest_end; the caller may stop
 * when the answer is not STATUS_OK (STATUS_NO_MEMORY, STATUS_TOO_LARGE for a line or a row beyond
 * its limit, STATUS_MALFORMED where the first object does not end on its line). */
Status ndjson_ingest_feed(NdjsonIngest *ingest, const char *bytes, size_t n) MUST_USE;

/* The text is complete. Adds every mistake to problem, each with its place ("line 4, rm", "line 4,
 * x/2"): what is no number, not finite or beyond the range; a key that is unknown, missing or there
 * twice; an array of another length than in the first line; no rows. Wrong syntax is a mistake of
 * its line ("line 4, column 17"), and makes the whole STATUS_MALFORMED. Returns problem->status. */
Status ndjson_ingest_end(NdjsonIngest *ingest, Problem *problem) MUST_USE;

/* Numbers in a row. In the form of x and y, those of x come first, and targets is how many y has;
 * it is 0 for flat objects. */
size_t ndjson_ingest_columns(const NdjsonIngest *ingest);
size_t ndjson_ingest_targets(const NdjsonIngest *ingest);

/* The key of a column of flat objects, borrowed; NULL in the form of x and y. */
const char *ndjson_ingest_name(const NdjsonIngest *ingest, size_t column);

/* The rows, borrowed. The caller may take its v over by setting it to NULL. */
NumberArray *ndjson_ingest_rows(NdjsonIngest *ingest);

#endif
