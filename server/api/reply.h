/* What a handler answers. Only reply.c knows which HTTP status an outcome has.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/request.h"
#include "api/stream.h"
#include "tools/encoder.h"

#define REPLY_TAG 80 /* bytes of an ETag, at most, the final 0 counted */

typedef struct Reply {
    int code;             /* HTTP status; 0 where the handler has not answered yet */
    const char *type;     /* Content-Type; NULL without a body */
    char *body;           /* owned unless lent; NULL without */
    bool lent;            /* body is not to be freed */
    size_t length;        /* bytes of body; of a 304 those of the 200, 0 where that is not known */
    Stream *stream;       /* makes the body while it is sent; owned; NULL: it is there */
    size_t json_length;   /* the first so many are JSON, where raw tensors follow; else 0 */
    char location[256];   /* Location; "" for none */
    char allow[64];       /* Allow; "" for none */
    const char *asks;     /* WWW-Authenticate; NULL for none */
    bool secret;          /* Cache-Control: no-store */
    bool page;            /* for a browser to show: with the headers that protect it */
    char etag[REPLY_TAG]; /* ETag; "" for none */
    const char *encoding; /* Content-Encoding; NULL for none */
    bool varies;          /* with Accept and Accept-Encoding */
    char file[160];       /* name to be saved under, of harmless characters; "" for none */
    const char *takes;    /* Accept-Encoding; NULL for none */
    int retry_after;      /* seconds; 0 for none */
    bool replayed;        /* Idempotent-Replayed: it is the answer to an earlier request */
    char applied[32];     /* Preference-Applied; "" for none */
    bool must_block;      /* code 0: call again where the store may be read */
    double wait_until;    /* code 0: call again when a job has ended, or at that clock_seconds, */
    char waits_for[ID_SIZE]; /* with this in request->waits_for */
} Reply;

/* The HTTP status that an outcome has. */
int reply_code(Status status);

/* JSON with that HTTP status; takes what the encoder holds, and leaves it empty. */
Reply reply_json_take(const Request *request, int code, Encoder *encoder);

/* 200 with the encoder's text: JSON of json_length bytes, and behind it raw tensors. Takes what the
 * encoder holds, and leaves it empty. */
Reply reply_tensors_take(const Request *request, size_t json_length, Encoder *encoder);

/* Text of another type; takes what text holds, and leaves it empty. */
Reply reply_text_take(const char *type, Text *text);

/* 204. */
Reply reply_nothing(void);

/* application/problem+json with all that is wrong. */
Reply reply_problem(const Request *request, const Problem *problem);

/* The same for one sentence. */
Reply reply_status(const Request *request, Status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Whether the request has a query where none is taken; then *reply says so, else it is empty. */
bool reply_refuses_query(const Request *request, Reply *reply);

/* What is wrong when the store answers so about a noun ("dataset") of that name. */
Reply reply_store(const Request *request, Status status, const char *noun, const char *name);

/* Not answered yet: see must_block and wait_until. */
Reply reply_must_block(void);
Reply reply_wait(double until, const char *waits_for);

void reply_free(Reply *reply);

#endif
