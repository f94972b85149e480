/* The two clocks of clock.h. */
#include "tools/clock.h"

#include <string.h>

int64_t clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct timespec clock_deadline(double seconds)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    double whole = seconds < 0 ? 0 : seconds > 1e8 ? 1e8 : seconds;
    when.tv_sec += (time_t)whole;
    when.tv_nsec += (long)((whole - (double)(time_t)whole) * 1e9);
    if (when.tv_nsec >= 1000000000L) {
        when.tv_nsec -= 1000000000L;
        when.tv_sec++;
    }
    return when;
}

void clock_text(int64_t ms, char text[CLOCK_TEXT])
{
    /* What takes long is to find the date; mostly it is that of the last time. */
    static _Thread_local time_t known;
    static _Thread_local char known_text[CLOCK_TEXT];
    time_t seconds = (time_t)(ms / 1000);
    int rest = (int)(ms % 1000);
    if (seconds != known || !known_text[0]) {
        struct tm utc;
        gmtime_r(&seconds, &utc);
        strftime(known_text, sizeof known_text, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
        known = seconds;
    }
    memcpy(text, known_text, CLOCK_TEXT);
    for (size_t i = strlen(text) - 2; rest > 0; rest /= 10)
        text[i--] = (char)('0' + rest % 10);
}
