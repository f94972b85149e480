/* The body of a request while it arrives and after: parsed by what the route takes and the
 * Content-Type says. `http` feeds it; handlers read it.
 */
#ifndef API_BODY_H
#define API_BODY_H

#include "ingest/csv_ingest.h"
#include "ingest/gunzip.h"
#include "ingest/json_ingest.h"
#include "ingest/ndjson_ingest.h"
#include "tools/digest.h"
#include "tools/problem.h"
#include "tools/text.h"

/* The header field that says, of requests and of replies, how much of the body is JSON where raw
 * tensors follow it. */
#define BODY_JSON_LENGTH "Inference-Header-Content-Length"

typedef enum BodyKind {
    BODY_NONE,
    BODY_JSON,    /* application/json */
    BODY_ROWS,    /* or text/csv, or application/x-ndjson */
    BODY_LENIENT, /* JSON whatever curl -d calls it: for routes that change nothing */
    BODY_TENSORS, /* the same, or application/octet-stream; raw bytes may follow the JSON */
    BODY_MODEL,   /* JSON, or bytes that are kept as they are (application/octet-stream) */
} BodyKind;

typedef struct Body {
    JsonIngest *json; /* one of the three, the others are NULL; of bytes all are */
    CsvIngest *csv;
    NdjsonIngest *ndjson;
    Gunzip *gunzip;           /* NULL where it comes as it is */
    long long bytes;          /* taken in so far, inflated */
    long long limit;          /* of them */
    bool over;                /* the limit was met; the rest is dropped */
    long long split;          /* BODY_TENSORS: the first so many are JSON; -1: all of them */
    Text raw;                 /* BODY_TENSORS: those that follow; BODY_MODEL: bytes as they are */
    bool lines;               /* a line end has come */
    bool fed;                 /* a byte has come */
    int magic;                /* of its first two bytes, those that begin gzip */
    Status failed;            /* of a feed: the rest is dropped */
    Digest *digester;         /* of the bytes as they come; NULL where nobody wants it */
    char digest[DIGEST_SIZE]; /* theirs, once it is complete; or "" */

    Problem problem; /* the mistakes of its form, known once it is complete; the last member */
} Body;

/* places: see json_ingest.h. On failure returns NULL and sets problem (STATUS_MEDIA_TYPE,
 * STATUS_NO_MEMORY). */
Body *body_new(BodyKind kind, const char *const *places, const char *content_type,
               Problem *problem) MUST_USE;
void body_free(Body *body);

/* Whether a body may come with this header Content-Encoding, NULL for none: as it is, or as gzip.
 * Otherwise sets problem (STATUS_MEDIA_TYPE). */
bool body_takes_coding(const char *coding, Problem *problem) MUST_USE;

/* For a new body: its coding, one that is taken, and the bytes that it may have once inflated.
 * STATUS_NO_MEMORY, as problem says. */
Status body_decode(Body *body, const char *coding, long long limit, Problem *problem) MUST_USE;

/* For a new BODY_TENSORS: length is the header Inference-Header-Content-Length, NULL where there is
 * none, and says how many bytes of the body are JSON. STATUS_MALFORMED, as problem says. */
Status body_split(Body *body, const char *length, Problem *problem) MUST_USE;

/* For a new body: lets it take the digest of its bytes as they are fed. STATUS_NO_MEMORY. */
Status body_want_digest(Body *body, Problem *problem) MUST_USE;

/* Takes the next bytes; mistakes wait for body_end. */
void body_feed(Body *body, const char *bytes, size_t n);

/* The body is complete. Puts all mistakes of its form into body->problem and returns its status.
 * After STATUS_INVALID a handler may go on, to find what else is wrong. */
Status body_end(Body *body) MUST_USE;

/* Whether it is a table, CSV or NDJSON, so that what goes with it stands in the query. */
bool body_is_table(const Body *body);

/* Of a table: its rows, borrowed, whose v the caller may take over by setting it to NULL; how many
 * numbers at the end of a row are known to be the targets, 0 where the query says; and the name of
 * a column, borrowed, NULL where it has none. */
NumberArray *body_rows(const Body *body);
size_t body_targets(const Body *body);
const char *body_column(const Body *body, size_t column);

#endif
