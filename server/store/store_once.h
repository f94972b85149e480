/* Requests that are done once: Idempotency-Keys in the store, for a day. Errors beside those of
 * store.h are named at each.
 */
#ifndef STORE_STORE_ONCE_H
#define STORE_STORE_ONCE_H

#include "store/store.h"

#define STORE_ONCE_MS (24LL * 3600 * 1000) /* how long a key is remembered */

/* What a request is remembered by. */
typedef struct StoreKey {
    const char *text;         /* the client's; borrowed; NULL: it is not remembered */
    char digest[DIGEST_SIZE]; /* of the request; "" where there was no memory for it */
} StoreKey;

/* What is remembered of it. */
typedef struct StoreOnce {
    char digest[DIGEST_SIZE];
    char made[ID_SIZE]; /* the dataset or job */
    int code;           /* HTTP status of the reply; 0 where none was noted */
    char *body;         /* of the reply; owned; NULL likewise */
} StoreOnce;

/* STATUS_NOT_FOUND: no request of that key, or it is a day ago. */
Status store_once_find(Store *store, const char *key, StoreOnce *once) MUST_USE;

/* Notes the reply that the first request of the key was given. */
Status store_once_answer(Store *store, const char *key, int code, const char *body) MUST_USE;

#endif
