/* Blanks, words and strings. */
#include "ingest/json_token.h"

#include <stdint.h>
#include <string.h>

#include "tools/utf8.h"

const char *json_word_end(const char *p, const char *end)
{
    static const bool ends[256] = {
        [' '] = true, ['\n'] = true, ['\r'] = true, ['\t'] = true, [','] = true, [':'] = true,
        ['['] = true, [']'] = true,  ['{'] = true,  ['}'] = true,  ['"'] = true,
    };
    while (p < end && !ends[(unsigned char)*p])
        p++;
    return p;
}

const char *json_string_end(const char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    return p < end ? p + 1 : NULL;
}

/* Four hex digits at p; UINT32_MAX where there are none. */
static uint32_t hex4(const char *p, const char *end)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t value = 0;
    if (end - p < 4)
        return UINT32_MAX;
    for (size_t i = 0; i < 4; i++) {
        char c = p[i] >= 'A' && p[i] <= 'F' ? (char)(p[i] | 0x20) : p[i];
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return UINT32_MAX;
        value = value << 4 | (uint32_t)(digit - digits);
    }
    return value;
}

static void add_utf8(uint32_t c, Text *text)
{
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3F));
    bytes[0] = (char)(lead[n] | c);
    text_add(text, bytes, n);
}

/* Behind the u of an escape. Returns what follows it, and its surrogate; NULL where it is wrong. */
static const char *decode_unicode(const char *p, const char *end, Text *text)
{
    uint32_t c = hex4(p, end);
    p += 4;
    if (c == UINT32_MAX || c == 0 || (c >= 0xDC00 && c < 0xE000))
        return NULL;
    if (c >= 0xD800 && c < 0xDC00) {
        uint32_t low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : 0;
        if (low < 0xDC00 || low >= 0xE000)
            return NULL;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        p += 6;
    }
    add_utf8(c, text);
    return p;
}

/* Behind a backslash, as above. */
static const char *decode_escape(const char *p, const char *end, Text *text)
{
    static const char named[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (p == end)
        return NULL;
    if (*p == 'u')
        return decode_unicode(p + 1, end, text);
    const char *found = *p ? strchr(named, *p) : NULL;
    if (!found)
        return NULL;
    text_add(text, meant + (found - named), 1);
    return p + 1;
}

bool json_string_decode(const char *bytes, size_t n, Text *text)
{
    const char *p = bytes, *end = bytes + n;
    if (!utf8_valid(bytes, n))
        return false;
    while (p && p < end) {
        const char *plain = p;
        while (p < end && *p != '\\' && (unsigned char)*p >= 0x20)
            p++;
        text_add(text, plain, (size_t)(p - plain));
        if (p < end)
            p = *p == '\\' ? decode_escape(p + 1, end, text) : NULL;
    }
    return p != NULL;
}
