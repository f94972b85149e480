/* A whole reply as bytes, for who is refused before, or beside, what the HTTP library does.
 */
#ifndef HTTP_REFUSAL_H
#define HTTP_REFUSAL_H

#include "tools/status.h"

#define REFUSAL_SIZE 1024

/* Writes a problem document with its header, after which the connection closes; nothing where there
 * is no memory. */
void refusal_write(Status status, char text[REFUSAL_SIZE], const char *format, ...)
    PRINTF_LIKE(3, 4);

/* As much of it as the socket takes at once, which is all where nothing was sent before. */
void refusal_send(int fd, const char *text);

#endif
