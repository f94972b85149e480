/* The reason after the status is the status' title: it is for people, and any text will do
 * (RFC 9112, 4). */
#include "http/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "api/reply.h"
#include "tools/log.h"

void refusal_write(Status status, char text[REFUSAL_SIZE], const char *format, ...)
{
    char detail[PROBLEM_DETAIL], retry[40] = "";
    const Request request = {.path = ""};
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    Reply reply = reply_status(&request, status, "%s", detail);
    if (reply.retry_after > 0)
        snprintf(retry, sizeof retry, "Retry-After: %d\r\n", reply.retry_after);
    text[0] = '\0';
    if (reply.body)
        snprintf(text, REFUSAL_SIZE,
                 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                 "Connection: close\r\n\r\n%.*s",
                 reply.code, status_title(status), reply.type, reply.length, retry,
                 (int)reply.length, reply.body);
    reply_free(&reply);
}

void refusal_send(int fd, const char *text)
{
    size_t length = strlen(text);
    if (send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)length)
        log_debug("refusal-lost", LOG_NUMBER("bytes", length));
}
