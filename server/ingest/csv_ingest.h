/* CSV as it arrives (RFC 4180): a header row of names, then rows of numbers that go straight to
 * doubles. Quoted cells, blanks around a cell, lines that end with LF, CRLF or a lone CR, a UTF-8
 * byte order mark, and blank lines at the end are fine.
 */
#ifndef INGEST_CSV_INGEST_H
#define INGEST_CSV_INGEST_H

#include "ingest/number.h"
#include "tools/problem.h"

typedef struct CsvIngest CsvIngest;

/* name_limit: bytes of a column's name, at most; column_limit: columns. NULL: no memory. */
CsvIngest *csv_ingest_new(size_t name_limit, size_t column_limit) MUST_USE;
void csv_ingest_free(CsvIngest *ingest);

/* Takes the next bytes, cut anywhere. Mistakes are kept for csv_ingest_end; the caller may stop
 * when the answer is not STATUS_OK (STATUS_NO_MEMORY, STATUS_TOO_LARGE for too many columns,
 * STATUS_INVALID for columns that are separated by something else than commas). */
Status csv_ingest_feed(CsvIngest *ingest, const char *bytes, size_t n) MUST_USE;

/* The text is complete. Adds every mistake to problem, each with its place ("line 4, column rm"): a
 * cell that is empty, text, NaN or beyond the range; a row of another width than the header; an
 * unclosed quote; a blank line between rows; a name that is empty, twice there, not UTF-8 or too
 * long; a header that holds numbers only, so that it is a row of data; no rows. Returns
 * problem->status. */
Status csv_ingest_end(CsvIngest *ingest, Problem *problem) MUST_USE;

/* The header, borrowed. */
size_t csv_ingest_columns(const CsvIngest *ingest);
const char *csv_ingest_name(const CsvIngest *ingest, size_t column);

/* The rows (rows, columns), borrowed; the caller may take v over by setting it to NULL. */
NumberArray *csv_ingest_rows(CsvIngest *ingest);

#endif
