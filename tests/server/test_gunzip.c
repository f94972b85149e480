/* Gzip as it arrives: fed whole and byte by byte, and what comes out has to be the same. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "ingest/gunzip.h"
#include "tools/text.h"

#define TEXT "a,b\n1,2\n3,4\n"

static Text compressed(const char *bytes, size_t n)
{
    Text text = {0};
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert(text_reserve(&text, deflateBound(&stream, n)));
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)n;
    stream.next_out = (Bytef *)text.bytes;
    stream.avail_out = (uInt)text.room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    text.length = stream.total_out;
    deflateEnd(&stream);
    return text;
}

typedef struct Got {
    Text text;
    size_t limit; /* bytes that the sink takes */
} Got;

static bool keep(void *context, const char *bytes, size_t n)
{
    Got *got = context;
    text_add(&got->text, bytes, n);
    return got->text.length <= got->limit;
}

static Status inflated(const Text *packed, size_t piece, Got *got, Problem *problem)
{
    Gunzip *gunzip = gunzip_new(keep, got);
    cr_assert_not_null(gunzip);
    problem_clear(problem);
    bool goes_on = true;
    for (size_t i = 0; i < packed->length && goes_on; i += piece)
        goes_on = gunzip_feed(gunzip, packed->bytes + i,
                              packed->length - i < piece ? packed->length - i : piece);
    Status status = gunzip_end(gunzip, problem);
    gunzip_free(gunzip);
    return status;
}

static void expect_text(const Text *packed, const char *text)
{
    size_t pieces[] = {1, 7, packed->length + 1};
    for (size_t i = 0; i < 3; i++) {
        Problem problem;
        Got got = {.limit = 1000000};
        cr_expect_eq(inflated(packed, pieces[i], &got, &problem), STATUS_OK, "%s", problem.detail);
        cr_assert_eq(got.text.length, strlen(text));
        cr_expect_eq(memcmp(got.text.bytes, text, got.text.length), 0);
        text_free(&got.text);
    }
}

static void expect_fault(const Text *packed, const char *detail)
{
    size_t pieces[] = {1, packed->length + 1};
    for (size_t i = 0; i < 2; i++) {
        Problem problem;
        Got got = {.limit = 1000000};
        cr_expect_eq(inflated(packed, pieces[i], &got, &problem), STATUS_MALFORMED);
        cr_expect_str_eq(problem.detail, detail);
        text_free(&got.text);
    }
}

Test(gunzip, inflates_one_member_or_several)
{
    Text packed = compressed(TEXT, strlen(TEXT)), more = compressed("5,6\n", 4);
    expect_text(&packed, TEXT);
    text_add(&packed, more.bytes, more.length);
    expect_text(&packed, TEXT "5,6\n");
    text_free(&packed);
    text_free(&more);
}

Test(gunzip, says_where_the_data_end_too_early)
{
    Text packed = compressed(TEXT, strlen(TEXT));
    packed.length -= 3;
    expect_fault(&packed, "the gzip data end in the middle, after 29 bytes");
    packed.length = 1;
    expect_fault(&packed, "the gzip data end in the middle, after 1 bytes");
    text_free(&packed);
}

Test(gunzip, says_that_something_else_follows)
{
    Text packed = compressed(TEXT, strlen(TEXT));
    text_add(&packed, "x", 1);
    expect_fault(&packed, "behind the end of the gzip data, at byte 32, follows something else");
    text_free(&packed);
}

Test(gunzip, says_that_it_is_no_gzip)
{
    Text plain = {0};
    text_puts(&plain, TEXT);
    expect_fault(&plain, "the body is not gzip, as 'Content-Encoding: gzip' says: it begins with "
                         "the byte 0x61, not 0x1F");
    text_free(&plain);
}

Test(gunzip, says_that_the_data_are_damaged)
{
    Text packed = compressed(TEXT, strlen(TEXT));
    packed.bytes[packed.length - 6] ^= 1;
    expect_fault(&packed, "the gzip data are damaged near byte 28: incorrect data check");
    text_free(&packed);
}

Test(gunzip, stops_soon_when_the_sink_has_enough)
{
    size_t n = 64u << 20;
    char *zeros = calloc(n, 1);
    Text packed = compressed(zeros, n);
    free(zeros);
    Problem problem;
    Got got = {.limit = 1000};
    cr_expect_eq(inflated(&packed, packed.length, &got, &problem), STATUS_OK);
    cr_expect_gt(got.text.length, 1000);
    cr_expect_lt(got.text.length, 100000);
    text_free(&got.text);
    text_free(&packed);
}
