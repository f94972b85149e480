/* A body that is made while it is sent, part by part. Whoever sends it asks for the next part when
 * the last one is gone, so a slow client costs no more memory than a fast one.
 */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "services.h"
#include "tools/shared.h"

typedef enum StreamStep {
    STREAM_MORE,  /* ask again as soon as the part is sent */
    STREAM_LATER, /* there is nothing more now */
    STREAM_END,   /* the part is the last */
    STREAM_BREAK, /* it cannot go on */
} StreamStep;

typedef struct Stream Stream;

/* The first member of what makes the parts. */
struct Stream {
    /* Sets *part to what comes next, which is the caller's to drop; NULL where nothing does. It may
     * read the store. */
    StreamStep (*next)(Stream *stream, Services *services, Shared **part);
    void (*free)(Stream *stream);
    bool whole;          /* cut short it means something else, so the connection breaks then */
    double poll;         /* seconds after which it is asked again later */
    const char *silence; /* sent when there was nothing to send for 15 s; NULL: nothing is */
    size_t size;         /* bytes of all parts together; 0 where that is not known before */
};

#endif
