/* The target of a request line: percent-decoded path and query.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "api/request.h"

#define TARGET_QUERY_MAX 64 /* parameters */

typedef struct Target {
    char *text; /* owned; all that follows points into it */
    const char *path;
    size_t query_count;
    Pair query[TARGET_QUERY_MAX]; /* last: what has not come is not cleared */
} Target;

/* Parses raw, as it stood in the request line. STATUS_MALFORMED (an escape that is none, a control
 * character, bytes that are not UTF-8, too many parameters), STATUS_NO_MEMORY; problem says what.
 * */
Status target_parse(const char *raw, Target *target, Problem *problem) MUST_USE;
void target_free(Target *target);

#endif
