/* Writes a line into a buffer on the stack, and hands it to the spool; out at once where there is
 * none. A line that does not fit loses the ends of its texts, not its form. */
#include "tools/log.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tools/clock.h"
#include "tools/encoder.h"
#include "tools/spool.h"
#include "tools/utf8.h"

#define LINE_MAX_BYTES 2048
#define TEXT_MAX_BYTES 400
#define SPOOL_BYTES (1u << 20)
#define STOP_SECONDS 1

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static LogLevel least = LOG_INFO; /* written before threads start, read by all */
static Spool *spool;              /* written while there is one thread, read by all */
static atomic_int_fast64_t lost;  /* lines that nobody has been told of */

void log_set_level(LogLevel level)
{
    least = level;
}

const char *log_level_name(size_t level)
{
    return level < sizeof level_names / sizeof *level_names ? level_names[level] : NULL;
}

/* What is not UTF-8, as clients send it and as a text is cut, becomes "?". */
static void mend(char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t length = utf8_length(text + i, n - i);
        if (length == 0)
            text[i] = '?';
        else
            i += length - 1;
    }
}

static size_t add_quoted(char *line, size_t at, const char *text)
{
    size_t end =
        at + TEXT_MAX_BYTES < LINE_MAX_BYTES - 16 ? at + TEXT_MAX_BYTES : LINE_MAX_BYTES - 16;
    size_t n = strnlen(text, end - at);
    char escaped[7];
    line[at++] = '"';
    size_t begin = at;
    for (size_t i = 0; i < n && at < end;) {
        size_t room = end - at < n - i ? end - at : n - i;
        size_t plain = json_plain(text + i, room);
        memcpy(line + at, text + i, plain);
        at += plain;
        i += plain;
        if (plain == room)
            continue;
        size_t length = json_escape((unsigned char)text[i++], escaped);
        memcpy(line + at, escaped, length);
        at += length;
    }
    mend(line + begin, at - begin);
    line[at++] = '"';
    return at;
}

static size_t add_number(char *line, size_t at, int64_t number)
{
    char digits[24];
    size_t first = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[--first] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        digits[--first] = '-';
    memcpy(line + at, digits + first, sizeof digits - first);
    return at + sizeof digits - first;
}

static size_t add_field(char *line, size_t at, const LogField *field)
{
    memcpy(line + at, field->key, field->key_length);
    at += field->key_length;
    return field->text ? add_quoted(line, at, field->text) : add_number(line, at, field->number);
}

/* The line of an event; returns its length. */
static size_t compose(char line[LINE_MAX_BYTES], LogLevel level, const char *event, size_t count,
                      const LogField *fields)
{
    static const char begin[] = "{\"at\":\"";
    LogField kind = LOG_TEXT("level", level_names[level]), name = LOG_TEXT("event", event);
    size_t at = sizeof begin - 1;
    memcpy(line, begin, at);
    clock_text(clock_now_ms(), line + at);
    at += strlen(line + at);
    line[at++] = '"';
    at = add_field(line, at, &kind);
    at = add_field(line, at, &name);
    for (size_t i = 0; i < count && at + 100 < LINE_MAX_BYTES; i++)
        at = add_field(line, at, &fields[i]);
    memcpy(line + at, "}\n", 2);
    return at + 2;
}

static void put(LogLevel level, const char *line, size_t length)
{
    if (!spool) {
        ssize_t written = write(STDERR_FILENO, line, length);
        (void)written; /* where the log cannot go there is nobody to tell */
    } else if (!spool_add(spool, line, length, level >= LOG_WARNING)) {
        atomic_fetch_add(&lost, 1);
    }
}

static void tell_of_lost(void)
{
    char line[LINE_MAX_BYTES];
    LogField count = LOG_NUMBER("lines", atomic_exchange(&lost, 0));
    put(LOG_WARNING, line, compose(line, LOG_WARNING, "log lines lost", 1, &count));
}

void log_event(LogLevel level, const char *event, size_t count, const LogField *fields)
{
    char line[LINE_MAX_BYTES];
    if (level < least)
        return;
    if (atomic_load(&lost) > 0 && spool && spool_has_room(spool))
        tell_of_lost();
    put(level, line, compose(line, level, event, count, fields));
}

void log_start(void)
{
    spool = spool_new(STDERR_FILENO, SPOOL_BYTES);
}

void log_flush(void)
{
    if (spool && !spool_flush(spool, STOP_SECONDS))
        return; /* nobody reads it */
}

void log_stop(void)
{
    Spool *left = spool;
    spool = NULL;
    spool_free(left, STOP_SECONDS);
}
