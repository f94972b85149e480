/* Reads /proc/meminfo, which has a line a number: "MemAvailable:   12345 kB". */
#include "tools/memory.h"

#include <math.h>
#include <stdio.h>

double memory_available(void)
{
    char line[128];
    double available = (double)INFINITY;
    unsigned long long kilobytes;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
            available = 1024 * (double)kilobytes;
    if (file)
        fclose(file);
    return available;
}
