/* Writes a line into a buffer on the stack and then out at once. A line that does not fit loses the
 * ends of its texts, not its form. */
#include "tools/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/clock.h"
#include "tools/encoder.h"

#define LINE_MAX_BYTES 2048
#define TEXT_MAX_BYTES 400

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static LogLevel least = LOG_INFO; /* written before threads start, read by all */

void log_set_level(LogLevel level)
{
    least = level;
}

const char *log_level_name(size_t level)
{
    return level < sizeof level_names / sizeof *level_names ? level_names[level] : NULL;
}

static size_t add_quoted(char *line, size_t at, const char *text)
{
    size_t end =
        at + TEXT_MAX_BYTES < LINE_MAX_BYTES - 16 ? at + TEXT_MAX_BYTES : LINE_MAX_BYTES - 16;
    char escaped[7];
    line[at++] = '"';
    for (; *text && at + 7 < end; text++) {
        size_t length = json_escape((unsigned char)*text, escaped);
        if (length > 0)
            memcpy(line + at, escaped, length);
        else
            line[at++] = *text;
        at += length;
    }
    line[at++] = '"';
    return at;
}

void log_event(LogLevel level, const char *event, size_t count, const LogField *fields)
{
    if (level < least)
        return;
    char line[LINE_MAX_BYTES];
    char at_text[CLOCK_TEXT];
    clock_text(clock_now_ms(), at_text);
    int begin = snprintf(line, 200, "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%.80s\"", at_text,
                         level_names[level], event);
    size_t at = (size_t)begin;
    for (size_t i = 0; i < count && at + 100 < LINE_MAX_BYTES; i++) {
        at += (size_t)snprintf(line + at, 64, ",\"%.40s\":", fields[i].name);
        if (fields[i].text)
            at = add_quoted(line, at, fields[i].text);
        else
            at += (size_t)snprintf(line + at, 24, "%" PRId64, fields[i].number);
    }
    memcpy(line + at, "}\n", 2);
    ssize_t written = write(STDERR_FILENO, line, at + 2);
    (void)written; /* where the log cannot go there is nobody to tell */
}
