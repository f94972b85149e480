/* A tag is strong: it is of the bytes, so that equal tags mean equal bytes, whatever the route; or
 * of what the bytes are made of, and the daemon's version. The compressed form has a tag of its
 * own, as RFC 9110, 8.8.3.3 asks. Compression is at a low level: JSON of numbers gains little from
 * a higher one, which costs several times as much. */
#include "api/present.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/condition.h"
#include "tools/digest.h"

#define GZIP_BYTES 1024       /* a body that is smaller is sent as it is */
#define GZIP_LEVEL 1          /* 1 to 9 */
#define GZIP_WINDOW (15 + 16) /* zlib: the largest window, and gzip's header */
#define TAG_DIGITS 32         /* of the digest */

static bool is_compressible(const Reply *reply)
{
    return reply->body && !reply->encoding && reply->length >= GZIP_BYTES &&
           reply->length < UINT_MAX / 2 && reply->json_length == 0 &&
           (strncmp(reply->type, "text/", 5) == 0 || strstr(reply->type, "json") ||
            strstr(reply->type, "svg"));
}

static void make_tag(Reply *reply)
{
    char digest[DIGEST_SIZE];
    if (!reply->etag[0] && digest_of(reply->body, reply->length, digest))
        snprintf(reply->etag, sizeof reply->etag, "\"%.*s\"", TAG_DIGITS, digest);
}

/* "a" becomes "a-gzip". */
static void mark_tag(Reply *reply)
{
    size_t length = strlen(reply->etag);
    if (length > 0 && length + 6 < sizeof reply->etag)
        memcpy(reply->etag + length - 1, "-gzip\"", 7);
}

/* Where there is no memory, the body stays as it is, without the tag of the other form. */
static void compress_body(Reply *reply)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        reply->etag[0] = '\0';
        return;
    }
    size_t room = deflateBound(&stream, reply->length);
    unsigned char *bytes = malloc(room);
    stream.next_in = (unsigned char *)reply->body;
    stream.avail_in = (unsigned)reply->length;
    stream.next_out = bytes;
    stream.avail_out = (unsigned)room;
    if (bytes && deflate(&stream, Z_FINISH) == Z_STREAM_END) {
        char *shrunk = realloc(bytes, stream.total_out);
        free(reply->body);
        reply->body = shrunk ? shrunk : (char *)bytes;
        reply->length = stream.total_out;
        reply->encoding = "gzip";
    } else {
        free(bytes);
        reply->etag[0] = '\0'; /* it was that of the other form */
    }
    deflateEnd(&stream);
}

void present_tag(const Request *request, const char *what, const char *form, char etag[REPLY_TAG])
{
    char hex[DIGEST_SIZE];
    Digest *digest = digest_new();
    const char *const parts[] = {BACKPROPD_VERSION, what, form};
    etag[0] = '\0';
    if (!digest)
        return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        digest_add(digest, parts[i], strlen(parts[i]) + 1);
    for (size_t i = 0; i < request->query_count; i++) {
        digest_add(digest, request->query[i].name, strlen(request->query[i].name) + 1);
        digest_add(digest, request->query[i].value, strlen(request->query[i].value) + 1);
    }
    digest_finish_take(hex, digest);
    snprintf(etag, REPLY_TAG, "\"%.*s\"", TAG_DIGITS, hex);
}

/* The headers stay, as RFC 9110, 15.4.5 asks, and with them the length; the body goes. */
static void become_not_modified(Reply *reply)
{
    free(reply->body);
    reply->body = NULL;
    reply->code = 304;
    reply->type = NULL;
    reply->file[0] = '\0';
    reply->page = false; /* it was stored with the page, and stays */
}

void present(const Request *request, Reply *reply)
{
    bool gets = request->method == METHOD_GET;
    bool compress =
        is_compressible(reply) && condition_takes_gzip(request_header(request, "Accept-Encoding"));
    const char *known = gets ? request_header(request, "If-None-Match") : NULL;
    reply->varies = gets;
    if (gets && reply->code == 200 && reply->body)
        make_tag(reply);
    if (compress && reply->etag[0])
        mark_tag(reply);
    if (compress)
        compress_body(reply);
    if (known && reply->code == 200 && reply->etag[0] && condition_names(known, reply->etag))
        become_not_modified(reply);
}

bool present_is_known(const Request *request, const char *etag, Reply *reply)
{
    const char *known = request_header(request, "If-None-Match");
    const bool zips = condition_takes_gzip(request_header(request, "Accept-Encoding"));
    Reply marked = {0};
    *reply = (Reply){0};
    snprintf(marked.etag, sizeof marked.etag, "%s", etag);
    mark_tag(&marked);
    if (!known || !etag[0] ||
        !(condition_names(known, etag) || (zips && condition_names(known, marked.etag))))
        return false;
    reply->code = 304;
    snprintf(reply->etag, sizeof reply->etag, "%s",
             condition_names(known, etag) ? etag : marked.etag);
    return true;
}
