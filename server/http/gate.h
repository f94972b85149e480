/* The gate before the routes: refuses what the HTTP library lets through but RFC 9110 and 9112 do
 * not, above all what two programs in a row could read differently (request smuggling).
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "api/request.h"

typedef struct Gate {
    const char *method, *version;
    size_t header_count;
    const Pair *header;
} Gate;

/* Fills *method (HEAD counts as GET; METHODS is one that no route has). STATUS_MALFORMED: problem
 * says what, and the connection is not to be used again. */
Status gate_check(const Gate *gate, Method *method, Problem *problem) MUST_USE;

#endif
