/* The header fields by which a client says what it has and what it takes: If-None-Match (RFC 9110,
 * 13.1.2) and Accept-Encoding (12.5.3). Parsers of text from outside; they allocate nothing.
 */
#ifndef API_CONDITION_H
#define API_CONDITION_H

#include <stdbool.h>

/* Whether a value of If-None-Match names the tag, a strong one with its quotes ("\"a\""), by weak
 * comparison; or is "*". What is no list of tags names none from there on. */
bool condition_names(const char *value, const char *tag);

/* Whether gzip is to be preferred for a value of Accept-Encoding, NULL where there is none: it is
 * taken, and liked no less than the body as it is. */
bool condition_takes_gzip(const char *value);

#endif
