/* The small parts of JSON text that its readers share.
 */
#ifndef INGEST_JSON_TOKEN_H
#define INGEST_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/text.h"

static inline const char *json_skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* Where the word at p ends: it is whatever stands between blanks and the signs of JSON. */
const char *json_word_end(const char *p, const char *end);

/* Behind the closing quote of the string whose opening one is at p - 1; NULL where there is none
 * before end. */
const char *json_string_end(const char *p, const char *end);

/* Adds what the n bytes between two quotes mean, in UTF-8. False where they are no JSON string: an
 * unknown escape, half of a surrogate pair, a control character, not UTF-8. U+0000 is refused as
 * well. Look at text->failed besides. */
bool json_string_decode(const char *bytes, size_t n, Text *text) MUST_USE;

#endif
