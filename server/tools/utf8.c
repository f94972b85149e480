/* The well-formed sequences are those of table 3-7 of the Unicode Standard: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
#include "tools/utf8.h"

#include <string.h>

#include "tools/swar.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The table's restriction on the second byte after the first ones E0, ED, F0 and F4. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second < 0xA0;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second < 0x90;
    default:
        return true;
    }
}

size_t utf8_length(const char *bytes, size_t n)
{
    if (n == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return second_fits(first, (unsigned char)bytes[1]) ? length : 0;
}

bool utf8_valid(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t length = i + SWAR_BYTES <= n && (swar_load(bytes + i) & SWAR_TOPS) == 0
                            ? SWAR_BYTES /* all are ASCII */
                            : utf8_length(bytes + i, n - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

size_t utf8_count(const char *bytes, size_t n)
{
    size_t count = 0, i = 0;
    for (; i + SWAR_BYTES <= n; i += SWAR_BYTES) {
        uint64_t eight = swar_load(bytes + i);
        uint64_t first = (~eight >> 7 | eight >> 6) & SWAR_ONES; /* of each byte: it begins one */
        count += (first * SWAR_ONES) >> 56;                      /* their sum */
    }
    for (; i < n; i++)
        count += !is_continuation(bytes[i]);
    return count;
}

void utf8_show(const char *bytes, size_t n, size_t size, char *to)
{
    bool fits = n < size;
    size_t room = fits ? size - 1 : size - 4;
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        size_t length = utf8_length(bytes + i, n - i);
        bool shown = length > 1 || (length == 1 && bytes[i] >= ' ' && bytes[i] != 0x7F);
        if (length == 0)
            length = 1;
        if (out + length > room)
            break;
        if (shown)
            memcpy(to + out, bytes + i, length);
        else
            to[out] = '?';
        out += length;
        i += length;
    }
    memcpy(to + out, fits ? "" : "...", fits ? 1 : 4);
}
