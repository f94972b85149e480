/* Requests that a client may send again without doing them twice: the header Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header). A repeat within a day is answered as the first was;
 * what failed is not remembered. A repeat is equal in method, path, query, Content-Type and body.
 */
#ifndef API_ONCE_H
#define API_ONCE_H

#include "api/route.h"
#include "store/store_once.h"

#define ONCE_KEY "Idempotency-Key"

/* The two ways to answer such a request. */
typedef struct OnceWork {
    Handler *make; /* does what is asked for, and stores it under once_key */
    /* Answers from what was made, where no first reply is known. */
    Reply (*recall)(Services *services, const Request *request, const char *made);
} OnceWork;

/* The handler's reply, or the first one where the request is a repeat. Without the header it is
 * the handler alone. */
Reply once(Services *services, const Request *request, const OnceWork *work);

/* What the request is to be remembered by in the store; without a text where it has no key. */
StoreKey once_key(const Request *request);

#endif
