/* Numbers in text: exact decimal to binary64, and arrays of them that grow.
 */
#ifndef INGEST_NUMBER_H
#define INGEST_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

typedef enum NumberKind {
    NUMBER_OK,
    NUMBER_NOT,     /* the text is not a number */
    NUMBER_TOO_BIG, /* a number beyond the range of binary64 */
} NumberKind;

/* Characters of one number that a reader of pieces takes, at most: what it must be able to keep of
 * a number that a piece cuts in two. The two functions below have no limit. */
#define NUMBER_TEXT 65536

/* The number that text[0 .. n-1] is by the grammar of JSON (RFC 8259), correctly rounded; *value is
 * set where the answer is NUMBER_OK. What is too small becomes a denormal number or 0. */
NumberKind number_parse(const char *text, size_t n, double *value);

/* The fast way for most numbers in rows: where bytes up to end begin with digits, perhaps with a
 * minus and a fraction, but no exponent, 19 digits at most, all before end: sets *value and
 * returns what follows them. NULL otherwise: then number_parse has to look at the whole word. */
const char *number_parse_short(const char *bytes, const char *end, double *value);

/* The same as number_parse with what spreadsheets write as well: blanks around it, a plus sign,
 * ".5", "5.", "007". */
NumberKind number_parse_lenient(const char *text, size_t n, double *value);

/* Whether the text is a word for what is not finite: nan, inf or infinity, in any case and with any
 * sign. Never a number here, but worth a mistake of its own. */
bool number_is_not_finite(const char *text, size_t n);

/* Whether the text is no number only for its commas, which part decimals or thousands. */
bool number_has_commas(const char *text, size_t n);

/* A row of another length than the first. */
typedef struct RaggedRow {
    size_t row, cols;
} RaggedRow;

#define RAGGED_ROWS 32 /* kept of an array, at most */

/* Rows of numbers as they arrive. All zeros is empty. */
typedef struct NumberArray {
    double *v; /* (rows, cols) row-major, owned */
    size_t rows, cols;
    size_t count, room; /* numbers held; numbers there is room for */
    bool flat;          /* [1, 2] rather than [[1], [2]]: cols is 1 */
    size_t ragged_rows; /* of another length than the first, which is cols */
    bool ragged_alike;  /* all of those have one length */
    RaggedRow *ragged;  /* the first of them, owned; NULL where there are none */
} NumberArray;

/* False where there is no memory. Grows by a quarter, so at most 1.25 times what is held. */
bool number_array_add(NumberArray *array, double value) MUST_USE;
bool number_array_append(NumberArray *array, const double *values, size_t n) MUST_USE;
void number_array_free(NumberArray *array);

/* A row has another length than the first. False where there is no memory. */
bool number_array_note_ragged(NumberArray *array, size_t row, size_t cols) MUST_USE;

#endif
