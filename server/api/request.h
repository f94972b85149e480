/* A request as handlers see it: parsed, its route known, its body taken in. It can be made by hand,
 * so handlers are tested without a socket.
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "api/body.h"
#include "tools/id.h"

#define REQUEST_PARAMS 2
#define REQUEST_PARAM_SIZE 128

/* Names of headers compare without regard to case, names of the query exactly. */
typedef struct Pair {
    const char *name;
    const char *value;
} Pair;

typedef enum Method { METHOD_GET, METHOD_POST, METHOD_DELETE, METHOD_OPTIONS, METHODS } Method;

typedef struct Request {
    Method method;    /* HEAD is GET here */
    const char *path; /* percent-decoded */
    size_t query_count, header_count;
    const Pair *query; /* decoded, in order; names may repeat */
    const Pair *header;
    char param[REQUEST_PARAMS][REQUEST_PARAM_SIZE]; /* what stands for {name} in the route */
    Body *body;                                     /* complete; NULL where the route takes none */
    char id[72];             /* of the request, for its log and its problem */
    char waits_for[ID_SIZE]; /* the job that a first call of the handler began to wait for, or "" */
    bool may_block;          /* the handler may read the store */
    bool last_try;           /* the handler may not ask to be called again later */
    double arrived;          /* clock_seconds */
} Request;

/* Whether a header field's name is this one. */
bool request_is_name(const char *given, const char *name);

/* The first value of a name, NULL where there is none. */
const char *request_query(const Request *request, const char *name);
const char *request_header(const Request *request, const char *name);

/* A whole number of the query from min to max; otherwise where it is absent. A mistake is added to
 * problem under "?name". */
long long request_number(const Request *request, const char *name, long long otherwise,
                         const long long range[2], Problem *problem);

/* Whether the query says "true"; false where it says "false" or nothing. A mistake as above. */
bool request_flag(const Request *request, const char *name, Problem *problem);

/* Adds a mistake for each name of the query that is not in names. */
void request_refuse_unknown(const Request *request, const char *const *names, size_t count,
                            Problem *problem);

/* The one of the media types that the Accept header likes best (RFC 9110, 12.5.1), the first where
 * it does not care; NULL where it takes none of them. */
const char *request_accepts(const Request *request, const char *const *types, size_t count);

#endif
