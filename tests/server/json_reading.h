/* Reads a JSON document for the tests: whole, byte by byte and in pieces of seven, and what comes
 * out has to be the same each time. The places of arrays are /x, /y and each layer's weights.
 */
#ifndef TESTS_JSON_READING_H
#define TESTS_JSON_READING_H

#include "ingest/json_ingest.h"

typedef struct Read {
    JsonIngest *ingest;
    Problem problem;
    Status status;
} Read;
/* The ingest is the caller's to free. */
Read read_text(const char *text);
Read read_limited(const char *text, size_t skeleton_limit);

/* The document's only mistake. */
void expect_mistake(const char *text, const char *pointer, const char *detail);
void expect_malformed(const char *text, const char *detail);

#endif
