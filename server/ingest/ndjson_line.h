/* One line of NDJSON: an object of numbers, read where it lies. The first one settles the keys that
 * all lines have; see ndjson_ingest.h.
 */
#ifndef INGEST_NDJSON_LINE_H
#define INGEST_NDJSON_LINE_H

#include "ingest/ndjson_keys.h"
#include "ingest/number.h"

typedef struct NdjsonLine {
    Problem *problem; /* gets the mistakes; borrowed */
    size_t name_limit, column_limit;
    size_t number; /* of the line, from 1 */
    Status status; /* what ended the reading */
    NdjsonKeys keys;
    bool settled;          /* the keys are known */
    bool pairs;            /* they are x and y, rather than names of columns */
    NumberArray row;       /* the numbers of the line */
    const char *begin, *p; /* of the line, and how far it is read */
    const char *end;
    size_t met, next; /* keys met on the line, and the one that is likely to come */
    bool faulty;      /* its syntax is wrong */
    bool malformed;   /* that of some line was */
    Text scratch;     /* a key that was written with escapes or out of order */
} NdjsonLine;

void ndjson_line_free(NdjsonLine *line);

/* Reads the line of that number; blank ones are passed over. Whether line->row is its numbers, that
 * is: whether it was no blank one, and its syntax was right. Mistakes go to the problem. */
bool ndjson_line_read(NdjsonLine *line, const char *bytes, size_t n) MUST_USE;

/* Adds a mistake of the line as a whole, or of that key, NULL for none. */
void ndjson_line_mistake(NdjsonLine *line, const char *key, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The syntax is wrong at p: adds what was expected there, and ends the line. */
void ndjson_line_fault(NdjsonLine *line, const char *expected);

/* Ends the reading of the whole text. */
void ndjson_line_stop(NdjsonLine *line, Status status);

/* In ndjson_value.c: the value of a key, at p; the first line decides which keys hold arrays. And
 * that of a key which is not known, passed over. */
void ndjson_value_read(NdjsonLine *line, NdjsonKey *key);
void ndjson_value_skip(NdjsonLine *line);

/* In ndjson_form.c: the first line was read; checks its keys and settles the form. */
void ndjson_form_settle(NdjsonLine *line);

#endif
