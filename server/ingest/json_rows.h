/* The inside of one array of numbers in a JSON document, as it arrives: [n] or [n][m].
 */
#ifndef INGEST_JSON_ROWS_H
#define INGEST_JSON_ROWS_H

#include "ingest/number.h"
#include "tools/problem.h"
#include "tools/text.h"

#define ROWS_KEPT 64   /* bytes kept of a text where a number belongs */
#define ROWS_FAULT 160 /* bytes of the sentence about wrong syntax */

typedef enum RowsState {
    ROWS_FIRST, /* behind a [: a value or its ] */
    ROWS_VALUE, /* behind a comma: a value */
    ROWS_AFTER, /* behind a value: a comma or a ] */
    ROWS_WORD,  /* in a number, or another word without quotes, that a piece cut in two */
    ROWS_TEXT,  /* in a string */
    ROWS_SKIP,  /* in a value that is wrong as a whole */
    ROWS_DONE,
    ROWS_FAILED, /* status says why */
} RowsState;

typedef enum RowsShape { SHAPE_OPEN, SHAPE_FLAT, SHAPE_ROWS } RowsShape;

typedef struct JsonRows {
    NumberArray *array;  /* borrowed */
    const char *pointer; /* of the array, "/x"; borrowed */
    Problem *problem;    /* gets the mistakes; borrowed */
    RowsState state;
    Status status;          /* STATUS_OK, STATUS_MALFORMED, STATUS_NO_MEMORY */
    RowsShape shape;        /* of the array: settled by its first number or row */
    bool in_row;            /* rather than between the rows, or in a flat array */
    bool has_width;         /* the first row has ended: array->cols is its length */
    size_t row, col;        /* of the value that comes next */
    size_t depth;           /* of a value being skipped: its open [ and { */
    bool escaped;           /* in a string, behind a backslash */
    size_t length;          /* of the string, or of the word, so far */
    char kept[ROWS_KEPT];   /* the begin of the string */
    Text word;              /* the begin of the word, owned */
    size_t fault_back;      /* the fault is so many characters before where the reading stopped */
    char fault[ROWS_FAULT]; /* where status is STATUS_MALFORMED: what was expected, and found */
} JsonRows;

/* Behind the first [ of an array. rows is all zeros, or has read another array before. */
void json_rows_begin(JsonRows *rows, NumberArray *array, const char *pointer, Problem *problem);
void json_rows_free(JsonRows *rows);

/* Reads on, until the end, or behind the array's ] (ROWS_DONE), or to a fault (ROWS_FAILED).
 * Returns where it stopped. Numbers are kept only as long as there is no mistake. */
const char *json_rows_feed(JsonRows *rows, const char *bytes, const char *end) MUST_USE;

#endif
