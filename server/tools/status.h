/* The one list of what can become of a request or a call. What each means in HTTP is said in
 * reply.c alone; the slug names the page /problems/{slug} that a problem's type points at.
 */
#ifndef TOOLS_STATUS_H
#define TOOLS_STATUS_H

#define MUST_USE __attribute__((warn_unused_result))
/* On a large variable of a path that is often taken: it is filled before it is read, so the
 * compiler need not clear it (-ftrivial-auto-var-init). */
#define FILLED_LATER __attribute__((uninitialized))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* X(name, slug, title) */
#define STATUS_LIST(X)                                                                             \
    X(STATUS_OK, "ok", "Done")                                                                     \
    X(STATUS_MALFORMED, "malformed", "The request is malformed")                                   \
    X(STATUS_INVALID, "invalid", "The request is well-formed but not valid")                       \
    X(STATUS_UNAUTHORIZED, "unauthorized", "A token is needed")                                    \
    X(STATUS_FORBIDDEN, "forbidden", "The token or the page does not allow this")                  \
    X(STATUS_NOT_FOUND, "not-found", "There is nothing of that name here")                         \
    X(STATUS_METHOD, "method-not-allowed", "The method does not fit the resource")                 \
    X(STATUS_NOT_ACCEPTABLE, "not-acceptable", "No representation fits the Accept header")         \
    X(STATUS_TIMEOUT, "timeout", "The request took too long to arrive")                            \
    X(STATUS_CONFLICT, "conflict", "The state of the resource does not allow it")                  \
    X(STATUS_TOO_LARGE, "too-large", "The request is over a limit")                                \
    X(STATUS_HEADER, "header-too-large", "The header of the request is over a limit")              \
    X(STATUS_CROWDED, "too-many-connections", "The address has too many connections")              \
    X(STATUS_MEDIA_TYPE, "unsupported-media-type", "The body is of a type not taken here")         \
    X(STATUS_MISDIRECTED, "misdirected", "The request names another host than this one")           \
    X(STATUS_NO_MEMORY, "out-of-memory", "There is not enough memory for this now")                \
    X(STATUS_BUSY, "busy", "The daemon has as much to do as it takes on")                          \
    X(STATUS_STOPPING, "stopping", "The daemon is about to stop")                                  \
    X(STATUS_STORE, "store-failed", "The store cannot be read or written")                         \
    X(STATUS_DAMAGED, "damaged", "What the store has of it is damaged")                            \
    X(STATUS_STORE_FULL, "store-full", "The disk under the store is full")                         \
    X(STATUS_DIVERGED, "diverged", "A number is not finite any more")                              \
    X(STATUS_TIME_LIMIT, "time-limit", "The time limit ended it before there was a result")        \
    X(STATUS_INTERNAL, "internal", "A fault of the daemon itself")

typedef enum Status {
#define STATUS_ENUM(name, slug, title) name,
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_COUNT
} Status;

/* "not-found" and the like. */
const char *status_slug(Status status);

/* One sentence without a full stop. */
const char *status_title(Status status);

#endif
