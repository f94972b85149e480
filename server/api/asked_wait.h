/* How long a client is willing to wait for a job: ?wait= in the query, or Prefer: wait= (RFC 7240).
 */
#ifndef API_ASKED_WAIT_H
#define API_ASKED_WAIT_H

#include "api/reply.h"

/* Seconds; 0 where neither asks for any. A mistake is added to problem. */
double asked_wait(const Request *request, Problem *problem);

/* Says in the reply that the preference was honoured, where it was. */
void asked_wait_applied(const Request *request, Reply *reply);

#endif
