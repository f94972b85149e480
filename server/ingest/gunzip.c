/* zlib inflates, and checks the sum and length that end each member. Between members, the next one
 * has to begin; its header, like every other, is zlib's to judge.
 */
#include "ingest/gunzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#define PIECE 65536         /* bytes inflated at a time */
#define GZIP_ONLY (16 + 15) /* the windowBits of inflateInit2 for a gzip header, any window */
#define FEED_MAX (1u << 30) /* bytes that zlib is given at a time: it counts them in an uInt */

struct Gunzip {
    z_stream stream;
    GunzipSink *sink;
    void *context;
    unsigned long long taken; /* bytes, of the members that have ended and of this one */
    bool between;             /* behind a member, or before the first */
    size_t members;           /* that have ended */
    bool enough;              /* the sink ended the reading */
    Status status;
    char fault[PROBLEM_DETAIL];
    char piece[PIECE];
};

Gunzip *gunzip_new(GunzipSink *sink, void *context)
{
    Gunzip *gunzip = malloc(sizeof *gunzip);
    if (!gunzip)
        return NULL;
    memset(gunzip, 0, offsetof(Gunzip, piece));
    gunzip->sink = sink;
    gunzip->context = context;
    gunzip->between = true;
    if (inflateInit2(&gunzip->stream, GZIP_ONLY) == Z_OK)
        return gunzip;
    free(gunzip);
    return NULL;
}

void gunzip_free(Gunzip *gunzip)
{
    if (!gunzip)
        return;
    inflateEnd(&gunzip->stream);
    free(gunzip);
}

static bool fail(Gunzip *gunzip, int code)
{
    const z_stream *stream = &gunzip->stream;
    gunzip->status = code == Z_MEM_ERROR ? STATUS_NO_MEMORY : STATUS_MALFORMED;
    if (code == Z_MEM_ERROR)
        snprintf(gunzip->fault, sizeof gunzip->fault, "there is not enough memory to inflate it");
    else
        snprintf(gunzip->fault, sizeof gunzip->fault,
                 "the gzip data are damaged near byte %llu: %s", gunzip->taken + stream->total_in,
                 stream->msg ? stream->msg : "the stream makes no sense");
    return false;
}

/* Before a member: a gzip header begins with 1F. */
static bool begin_member(Gunzip *gunzip, unsigned char first)
{
    gunzip->between = false;
    if (first == 0x1F) {
        int code = inflateReset(&gunzip->stream);
        return code == Z_OK || fail(gunzip, code);
    }
    gunzip->status = STATUS_MALFORMED;
    if (gunzip->members == 0)
        snprintf(gunzip->fault, sizeof gunzip->fault,
                 "the body is not gzip, as 'Content-Encoding: gzip' says: it begins with the byte "
                 "0x%02X, not 0x1F",
                 (unsigned)first);
    else
        snprintf(gunzip->fault, sizeof gunzip->fault,
                 "behind the end of the gzip data, at byte %llu, follows something else",
                 gunzip->taken);
    return false;
}

/* Inflates what fits one piece. */
static bool inflate_piece(Gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    stream->next_out = (unsigned char *)gunzip->piece;
    stream->avail_out = PIECE;
    int code = inflate(stream, Z_NO_FLUSH);
    size_t n = PIECE - stream->avail_out;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return fail(gunzip, code);
    if (code == Z_STREAM_END) {
        gunzip->taken += stream->total_in;
        gunzip->members++;
        gunzip->between = true;
    }
    gunzip->enough = n > 0 && !gunzip->sink(gunzip->context, gunzip->piece, n);
    return !gunzip->enough;
}

/* A full piece means that there may be more to come without another byte. */
static bool wants_more(const Gunzip *gunzip)
{
    const z_stream *stream = &gunzip->stream;
    return stream->avail_in > 0 || (!gunzip->between && stream->avail_out == 0);
}

bool gunzip_feed(Gunzip *gunzip, const char *bytes, size_t n)
{
    z_stream *stream = &gunzip->stream;
    bool goes_on = gunzip->status == STATUS_OK && !gunzip->enough;
    while (n > 0 && goes_on) {
        size_t some = n < FEED_MAX ? n : FEED_MAX;
        stream->next_in = (const unsigned char *)bytes;
        stream->avail_in = (unsigned)some;
        stream->avail_out = PIECE;
        while (goes_on && wants_more(gunzip)) {
            if (gunzip->between)
                goes_on = begin_member(gunzip, *stream->next_in);
            goes_on = goes_on && inflate_piece(gunzip);
        }
        bytes += some;
        n -= some;
    }
    return goes_on;
}

Status gunzip_end(const Gunzip *gunzip, Problem *problem)
{
    if (gunzip->status != STATUS_OK)
        return problem_set(problem, gunzip->status, "%s", gunzip->fault);
    if (gunzip->between || gunzip->enough)
        return STATUS_OK;
    return problem_set(problem, STATUS_MALFORMED,
                       "the gzip data end in the middle, after %llu bytes",
                       gunzip->taken + gunzip->stream.total_in);
}
