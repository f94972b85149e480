/* One JSON line an event to standard error: {"at":...,"level":...,"event":..., fields}.
 * Lines of many threads do not mix. Who logs never waits for who reads the log: where that one is
 * slow, lines are lost, and one of the next says how many.
 */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

/* Events below this level are dropped. Set once, before threads. LOG_INFO until then. */
void log_set_level(LogLevel level);

/* From here on a thread of its own writes the lines, several at a time; a warning or an error at
 * once. Before, and where there is no memory for that, each line is written by who logs it. Not
 * while there are other threads. */
void log_start(void);

/* Writes what is there, for a second at most. */
void log_flush(void);

/* The same, and ends what log_start began. After the last of the other threads. */
void log_stop(void);

/* "debug", "info", "warning", "error"; NULL past the end. */
const char *log_level_name(size_t level);

/* A field of an event. */
typedef struct LogField {
    const char *key; /* its name as a line has it, quoted, between comma and colon */
    size_t key_length;
    const char *text; /* NULL: the number counts */
    int64_t number;
} LogField;

/* The name of a field is a literal. */
#define LOG_KEY(name) ",\"" name "\":", sizeof(name) + 3
#define LOG_TEXT(name, value) ((LogField){LOG_KEY(name), (value), 0})
#define LOG_NUMBER(name, value) ((LogField){LOG_KEY(name), NULL, (int64_t)(value)})

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
