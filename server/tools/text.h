/* A byte buffer that grows. A failed allocation sets `failed` and stays; nothing is added from then
 * on, so a writer may add freely and look once at the end.
 */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status.h"

typedef struct Text {
    char *bytes; /* followed by a 0 where not NULL */
    size_t length;
    size_t room;
    bool failed;
} Text;

/* An empty text is all zeros: `Text text = {0};`. */
void text_free(Text *text);

/* Room for n more bytes; false, and failed, where there is no memory. */
bool text_reserve(Text *text, size_t n);

void text_add(Text *text, const char *bytes, size_t n);
void text_puts(Text *text, const char *string);
void text_printf(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* The bytes, now the caller's to free(); NULL where it failed. The text is empty after. */
char *text_steal(Text *text);

#endif
