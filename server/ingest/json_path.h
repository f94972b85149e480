/* Where a JSON parser is: the open arrays and objects, and the pointer of the value that begins
 * next, written only as far as it still fits one of the places looked for.
 */
#ifndef INGEST_JSON_PATH_H
#define INGEST_JSON_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/json_ingest.h"

#define PATH_STEPS 8   /* of a place, at most */
#define PATH_PLACES 32 /* at most */
#define PATH_TEXT 104  /* bytes of a pointer: leaves room for "/row/column" in a ProblemItem */

typedef struct PathLevel {
    uint32_t fits; /* bit i: the container's pointer is the begin of places[i] */
    size_t length; /* of its pointer */
    size_t index;  /* in an array, of the next element */
} PathLevel;

typedef struct JsonPath {
    const char *const *places; /* borrowed, ends with NULL */
    uint32_t fits;             /* as above, of the value that begins next */
    char pointer[PATH_TEXT];   /* of it, where fits is not 0: "/x", "/initial_layers/0" */
    size_t length;
    size_t depth; /* containers open */
    PathLevel level[PATH_STEPS];
    bool object[JSON_INGEST_DEPTH]; /* or an array */
} JsonPath;

/* At the begin of a document. */
void json_path_begin(JsonPath *path, const char *const *places);

/* The next value is an object or an array. False, and nothing changes, where it is too deep. */
bool json_path_open(JsonPath *path, bool object) MUST_USE;

/* The innermost one ends. Some must be open. */
void json_path_close(JsonPath *path);

bool json_path_in_object(const JsonPath *path);

/* The next value is that of the key, or the next element of the array. */
void json_path_key(JsonPath *path, const char *key, size_t n);
void json_path_element(JsonPath *path);

/* Whether the value that begins next is at a place. */
bool json_path_at_place(const JsonPath *path);

#endif
