/* The writer of JSON. State is one flag: after a value a comma is due before the next one, after an
 * opening bracket or a key it is not. */
#include "tools/encoder.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/clock.h"
#include "tools/shortest.h"
#include "tools/swar.h"

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != 0x7F && byte != '"' && byte != '\\';
}

size_t json_escape(unsigned char byte, char escaped[7])
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    if (is_plain(byte))
        return 0;
    for (size_t i = 0; i + 1 < sizeof named; i += 2) {
        if (byte != (unsigned char)named[i])
            continue;
        escaped[0] = '\\';
        escaped[1] = named[i + 1];
        escaped[2] = '\0';
        return 2;
    }
    snprintf(escaped, 7, "\\u%04x", byte);
    return 6;
}

/* Whether is_plain holds for all eight. */
static bool are_plain(uint64_t eight)
{
    return (swar_less(eight, 0x20) | swar_equal(eight, 0x7F) | swar_equal(eight, '"') |
            swar_equal(eight, '\\')) == 0;
}

size_t json_plain(const char *text, size_t n)
{
    size_t i = 0;
    while (i + SWAR_BYTES <= n && are_plain(swar_load(text + i)))
        i += SWAR_BYTES;
    while (i < n && is_plain((unsigned char)text[i]))
        i++;
    return i;
}

static void separate(Encoder *encoder)
{
    if (encoder->comma)
        text_add(&encoder->text, ",", 1);
    encoder->comma = true;
}

static void open(Encoder *encoder, const char *bracket)
{
    separate(encoder);
    text_add(&encoder->text, bracket, 1);
    encoder->comma = false;
}

static void close(Encoder *encoder, const char *bracket)
{
    text_add(&encoder->text, bracket, 1);
    encoder->comma = true;
}

void enc_object(Encoder *encoder)
{
    open(encoder, "{");
}

void enc_object_end(Encoder *encoder)
{
    close(encoder, "}");
}

void enc_array(Encoder *encoder)
{
    open(encoder, "[");
}

void enc_array_end(Encoder *encoder)
{
    close(encoder, "]");
}

static void put_quoted(Text *text, const char *string)
{
    char escaped[7];
    size_t n = strlen(string);
    text_add(text, "\"", 1);
    for (size_t at = 0; at < n;) {
        size_t plain = json_plain(string + at, n - at);
        text_add(text, string + at, plain);
        at += plain;
        if (at < n)
            text_add(text, escaped, json_escape((unsigned char)string[at++], escaped));
    }
    text_add(text, "\"", 1);
}

void enc_key(Encoder *encoder, const char *key)
{
    separate(encoder);
    put_quoted(&encoder->text, key);
    text_add(&encoder->text, ":", 1);
    encoder->comma = false;
}

void enc_string(Encoder *encoder, const char *string)
{
    if (!string) {
        enc_null(encoder);
        return;
    }
    separate(encoder);
    put_quoted(&encoder->text, string);
}

void enc_int(Encoder *encoder, int64_t value)
{
    separate(encoder);
    text_printf(&encoder->text, "%" PRId64, value);
}

/* By the C library, for any size. */
static size_t any_text(double value, char text[REAL_TEXT])
{
    int length = 0;
    /* any 15 digits survive the way through a normal number; below, there may be fewer */
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        length = snprintf(text, REAL_TEXT, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            break;
    }
    return (size_t)length;
}

size_t real_text(double value, char text[REAL_TEXT])
{
    size_t length = shortest_text(value, text);
    if (length == 0)
        length = any_text(value, text);
    text[length] = '\0';
    if (!strpbrk(text, ".e")) {
        memcpy(text + length, ".0", 3); /* so that a real always reads back as a real */
        length += 2;
    }
    return length;
}

void enc_real(Encoder *encoder, double value)
{
    if (!isfinite(value)) {
        encoder->refused = true;
        enc_null(encoder);
        return;
    }
    char text[REAL_TEXT];
    separate(encoder);
    text_add(&encoder->text, text, real_text(value, text));
}

void enc_reals(Encoder *encoder, const double *values, size_t n)
{
    enc_array(encoder);
    for (size_t i = 0; i < n; i++)
        enc_real(encoder, values[i]);
    enc_array_end(encoder);
}

void enc_bool(Encoder *encoder, bool value)
{
    enc_raw(encoder, value ? "true" : "false");
}

void enc_null(Encoder *encoder)
{
    enc_raw(encoder, "null");
}

void enc_raw(Encoder *encoder, const char *json)
{
    separate(encoder);
    text_puts(&encoder->text, json);
}

void enc_time(Encoder *encoder, int64_t ms)
{
    char text[CLOCK_TEXT];
    if (ms == 0) {
        enc_null(encoder);
        return;
    }
    clock_text(ms, text);
    enc_string(encoder, text);
}

void enc_put_string(Encoder *encoder, const char *key, const char *value)
{
    enc_key(encoder, key);
    enc_string(encoder, value);
}

void enc_put_int(Encoder *encoder, const char *key, int64_t value)
{
    enc_key(encoder, key);
    enc_int(encoder, value);
}

void enc_put_real(Encoder *encoder, const char *key, double value)
{
    enc_key(encoder, key);
    enc_real(encoder, value);
}

void enc_put_known(Encoder *encoder, const char *key, double value)
{
    if (isfinite(value))
        enc_put_real(encoder, key, value);
    else
        enc_put_null(encoder, key);
}

void enc_put_bool(Encoder *encoder, const char *key, bool value)
{
    enc_key(encoder, key);
    enc_bool(encoder, value);
}

void enc_put_time(Encoder *encoder, const char *key, int64_t value)
{
    enc_key(encoder, key);
    enc_time(encoder, value);
}

void enc_put_null(Encoder *encoder, const char *key)
{
    enc_key(encoder, key);
    enc_null(encoder);
}
