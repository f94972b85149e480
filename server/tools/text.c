/* Grows by half of itself, so that a text of n bytes costs O(n) and at most 1.5 n. */
#include "tools/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(Text *text)
{
    free(text->bytes);
    *text = (Text){0};
}

bool text_reserve(Text *text, size_t n)
{
    if (text->failed)
        return false;
    if (n < text->room - text->length)
        return true;
    size_t room = text->room + text->room / 2;
    if (n < SIZE_MAX / 2 && room < text->length + n + 1)
        room = text->length + n + 1;
    if (room < 64)
        room = 64;
    char *bytes = n < SIZE_MAX / 2 ? realloc(text->bytes, room) : NULL;
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_add(Text *text, const char *bytes, size_t n)
{
    if (!text_reserve(text, n))
        return;
    if (n > 0)
        memcpy(text->bytes + text->length, bytes, n);
    text->length += n;
    text->bytes[text->length] = '\0';
}

void text_puts(Text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_printf(Text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length >= 0 && text_reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

char *text_steal(Text *text)
{
    if (!text->bytes && !text->failed)
        text_reserve(text, 1);
    char *bytes = text->failed ? NULL : text->bytes;
    if (bytes)
        bytes[text->length] = '\0';
    else
        free(text->bytes);
    *text = (Text){0};
    return bytes;
}
