/* Decodes JSON objects by a table of fields, so that each field's name, kind, default, range and
 * help is written once: for the body of a request, for query parameters, for what is kept, and for
 * what users are told.
 */
#ifndef TOOLS_SPEC_H
#define TOOLS_SPEC_H

#include <jansson.h>

#include "tools/encoder.h"
#include "tools/problem.h"

#define SPEC_LIST_MAX 64   /* numbers in a list */
#define SPEC_FIELDS_MAX 64 /* fields of a table */

typedef enum SpecKind {
    SPEC_BOOL,   /* a bool */
    SPEC_WHOLE,  /* an int64_t */
    SPEC_REAL,   /* a double */
    SPEC_CHOICE, /* a size_t: the place in a list of names */
    SPEC_WHOLES, /* a SpecList */
} SpecKind;

/* A short list of whole numbers. */
typedef struct SpecList {
    size_t count;
    int64_t v[SPEC_LIST_MAX];
} SpecList;

enum { SPEC_ABOVE_MIN = 1, SPEC_BELOW_MAX = 2, SPEC_NULL_TOO = 4 };

typedef struct SpecField {
    const char *name;
    SpecKind kind;
    size_t offset;                   /* in the struct that is filled */
    unsigned flags;                  /* min, max not reached themselves; null is a value too */
    double min, max;                 /* of a number, or of each number of a list */
    const char *(*choice)(size_t i); /* SPEC_CHOICE: the names, NULL past the end */
    const char *otherwise;           /* the default, as JSON */
    const char *help;
} SpecField;

typedef struct SpecTable {
    const SpecField *field;
    size_t count;
} SpecTable;

/* What null is kept as, by kind: 0, NAN, SIZE_MAX. Bools and lists are never null. */
#define SPEC_NULL_CHOICE ((size_t)-1)

/* Once, before threads: jansson's allocations and its hash seed. */
void spec_start(void);

/* Parses a document, without duplicate names, and tells malformed text from lack of memory. On
 * failure returns NULL and sets problem; *offset is where in the text, for malformed text. */
json_t *spec_parse(const char *text, size_t n, size_t *offset, Problem *problem) MUST_USE;

/* Fills object with the defaults. STATUS_NO_MEMORY. */
Status spec_defaults(SpecTable table, void *object) MUST_USE;

/* Overwrites the fields that json has, and adds each mistake to problem under pointer
 * ("#/hyperparameters"): an unknown name (with the nearest), a wrong kind, a value out of range. */
void spec_decode(SpecTable table, const json_t *json, const char *pointer, void *object,
                 Problem *problem);

/* The same for one field given as text ("16,8", "true", "adam"); false where the table has no such
 * field. Mistakes are added under "?name". */
bool spec_decode_text(SpecTable table, const char *name, const char *text, void *object,
                      Problem *problem);

/* The same for a whole object given as JSON text, such as spec_encode writes. Returns
 * problem->status. */
Status spec_decode_kept(SpecTable table, const char *text, void *object, Problem *problem) MUST_USE;

/* Adds "there is no field 'x'; did you mean 'y'?" for each member of json not in names. */
void spec_refuse_unknown(const json_t *json, const char *pointer, const char *const *names,
                         size_t count, Problem *problem);

/* A value as a client wrote it, cut short, to be quoted in a message. */
void spec_quote(const json_t *value, char quoted[64]);

void spec_encode(SpecTable table, const void *object, Encoder *encoder); /* as an object */
void spec_describe(SpecTable table, Encoder *encoder); /* as an array: name, type, range, ... */

#endif
