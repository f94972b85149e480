/* The last touch to a reply before it is sent, the same for all routes: its validator, 304 where
 * the client has it already, and gzip where the client takes that.
 */
#ifndef API_PRESENT_H
#define API_PRESENT_H

#include "api/reply.h"

/* Gives a 200 of a GET an ETag (that of its handler, or a digest of its bytes), makes it a 304
 * where If-None-Match names it, and compresses what is worth it. Where there is no memory for that,
 * the reply stays as it is. */
void present(const Request *request, Reply *reply);

/* Makes the tag of what does not change: `what` names it (an id or a digest), `form` is how it is
 * written; and the query counts. "" where there is no memory. */
void present_tag(const Request *request, const char *what, const char *form, char etag[REPLY_TAG]);

/* For handlers that know their tag before they do the work: whether the client has that. *reply is
 * a 304 then, else empty. */
bool present_is_known(const Request *request, const char *etag, Reply *reply);

#endif
