/* The query is an order and may be wrong; a preference is not, and is cut to what there is. */
#include "api/asked_wait.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WAIT_MAX 3600 /* seconds */

/* The preference, -1 where there is none. It stands at the start, or behind a comma, a semicolon
 * or a space. */
static long long preferred(const Request *request)
{
    const char *prefer = request_header(request, "Prefer");
    for (const char *at = prefer; at && *at; at++) {
        bool begins = at == prefer || strchr(",; \t", at[-1]);
        if (!begins || strncasecmp(at, "wait=", 5) != 0 || !isdigit((unsigned char)at[5]))
            continue;
        long long seconds = strtoll(at + 5, NULL, 10);
        return seconds < WAIT_MAX ? seconds : WAIT_MAX;
    }
    return -1;
}

double asked_wait(const Request *request, Problem *problem)
{
    long long otherwise = preferred(request);
    if (otherwise < 0)
        otherwise = 0;
    return (double)request_number(request, "wait", otherwise, (long long[]){0, WAIT_MAX}, problem);
}

void asked_wait_applied(const Request *request, Reply *reply)
{
    long long seconds = preferred(request);
    if (seconds >= 0 && !request_query(request, "wait") && reply->code != 0 && reply->code < 300)
        snprintf(reply->applied, sizeof reply->applied, "wait=%lld", seconds);
}
