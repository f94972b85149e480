/* UTF-8 in what clients send: is it valid, and how to show it in an answer.
 */
#ifndef TOOLS_UTF8_H
#define TOOLS_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes (1 to 4) of the character that bytes[0 .. n-1] begins with; 0 where it is not valid. */
size_t utf8_length(const char *bytes, size_t n);

bool utf8_valid(const char *bytes, size_t n);

/* How many characters begin in the bytes, valid or not. */
size_t utf8_count(const char *bytes, size_t n);

/* Writes a string of at most size - 1 bytes that an answer can show: what is not UTF-8 and control
 * characters become "?", and a text that does not fit ends in "...". size is at least 8. */
void utf8_show(const char *bytes, size_t n, size_t size, char *to);

#endif
