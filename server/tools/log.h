/* One JSON line an event to standard error: {"at":...,"level":...,"event":..., fields}.
 * Each line is one write, so lines of many threads do not mix.
 */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

/* Events below this level are dropped. Set once, before threads. LOG_INFO until then. */
void log_set_level(LogLevel level);

/* "debug", "info", "warning", "error"; NULL past the end. */
const char *log_level_name(size_t level);

/* A field of an event. */
typedef struct LogField {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
} LogField;

#define LOG_TEXT(name, value) ((LogField){(name), (value), 0})
#define LOG_NUMBER(name, value) ((LogField){(name), NULL, (int64_t)(value)})

void log_event(LogLevel level, const char *event, size_t count, const LogField *fields);

/* log_info("listening", LOG_TEXT("address", address), LOG_NUMBER("workers", 2)); */
#define LOG_FIELDS(...)                                                                            \
    sizeof((LogField[]){__VA_ARGS__}) / sizeof(LogField), (LogField[])                             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define log_debug(event, ...) log_event(LOG_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) log_event(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warning(event, ...) log_event(LOG_WARNING, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) log_event(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))

#endif
