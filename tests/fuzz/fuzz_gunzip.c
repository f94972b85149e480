/* Gzip: any bytes whole and in pieces give the same outcome, and what was packed comes out again,
 * but not where a byte of it is missing or one follows. The first byte sows the cuts, and says
 * whether the rest is gzip or is to be packed first. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz/fuzz.h"
#include "ingest/gunzip.h"
#include "tools/text.h"

#define LIMIT (1u << 20) /* bytes that are let out */

static bool keep(void *context, const char *bytes, size_t n)
{
    Text *text = context;
    text_add(text, bytes, n);
    demand(!text->failed);
    return text->length <= LIMIT;
}

static Text read_pieces(const char *bytes, size_t n, uint32_t seed, Problem *problem)
{
    Text text = {0};
    Gunzip *gunzip = gunzip_new(keep, &text);
    demand(gunzip != NULL);
    problem_clear(problem);
    bool goes_on = true;
    for (size_t i = 0; i < n && goes_on;) {
        size_t size = seed == 0 ? n : 1 + (seed >> 16) % 16;
        size = size < n - i ? size : n - i;
        goes_on = gunzip_feed(gunzip, bytes + i, size);
        i += size;
        seed = seed * 1664525 + (seed != 0) * 1013904223U;
    }
    demand(gunzip_end(gunzip, problem) == problem->status);
    gunzip_free(gunzip);
    return text;
}

/* Both ways of reading have to agree, but for where damage was noticed, and for what follows the
 * limit. What came out. */
static Text read_both(const char *bytes, size_t n, uint32_t seed, Problem *problem)
{
    Problem cut_problem;
    Text whole = read_pieces(bytes, n, 0, problem);
    Text cut = read_pieces(bytes, n, seed, &cut_problem);
    if (whole.length <= LIMIT && cut.length <= LIMIT) {
        demand(problem->status == cut_problem.status);
        demand(strstr(problem->detail, "damaged near") ||
               strcmp(problem->detail, cut_problem.detail) == 0);
        demand(problem->status != STATUS_OK || whole.length == cut.length);
        demand(problem->status != STATUS_OK || whole.length == 0 ||
               memcmp(whole.bytes, cut.bytes, whole.length) == 0);
    }
    text_free(&cut);
    return whole;
}

static Text packed(const char *bytes, size_t n)
{
    Text text = {0};
    z_stream stream = {0};
    demand(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    demand(text_reserve(&text, deflateBound(&stream, n)));
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)n;
    stream.next_out = (Bytef *)text.bytes;
    stream.avail_out = (uInt)text.room;
    demand(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    text.length = stream.total_out;
    deflateEnd(&stream);
    return text;
}

/* Two members give both texts; without its last byte it is refused, and with one more as well. */
static void pack_and_read(const char *bytes, size_t n, uint32_t seed)
{
    Problem problem;
    size_t half = n / 2;
    Text first = packed(bytes, half), second = packed(bytes + half, n - half);
    text_add(&first, second.bytes, second.length);
    Text read = read_both(first.bytes, first.length, seed, &problem);
    demand(problem.status == STATUS_OK && read.length == n);
    demand(n == 0 || memcmp(read.bytes, bytes, n) == 0);
    text_free(&read);
    read = read_both(first.bytes, first.length - 1, seed, &problem);
    demand(problem.status == STATUS_MALFORMED);
    text_free(&read);
    text_add(&first, "", 1);
    read = read_both(first.bytes, first.length, seed, &problem);
    demand(problem.status == STATUS_MALFORMED);
    text_free(&read);
    text_free(&first);
    text_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    Problem problem;
    uint32_t seed = data[0] * 65599U + 1;
    const char *bytes = (const char *)data + 1;
    if (data[0] & 1) {
        pack_and_read(bytes, n - 1, seed);
    } else {
        Text text = read_both(bytes, n - 1, seed, &problem);
        text_free(&text);
    }
    return 0;
}
