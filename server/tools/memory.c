/* Reads /proc/meminfo, which has a line a number ("MemAvailable:   12345 kB"), and the limits of
 * control groups: a process is in one of each hierarchy (/proc/self/cgroup), and what those above
 * it may take is a limit too. Within a container the paths begin at the container's own group.
 */
#include "tools/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define PATH 512

static double meminfo(const char *name)
{
    char line[128];
    double bytes = (double)INFINITY;
    unsigned long long kilobytes;
    size_t length = strlen(name);
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && sscanf(line + length, ": %llu kB", &kilobytes) == 1)
            bytes = 1024 * (double)kilobytes;
    if (file)
        fclose(file);
    return bytes;
}

double memory_available(void)
{
    return meminfo("MemAvailable");
}

/* The number in a file; INFINITY where there is none, as for "max". */
static double number_in(const char *path)
{
    double number = (double)INFINITY;
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%lf", &number) != 1)
        number = (double)INFINITY;
    if (file)
        fclose(file);
    return number;
}

/* The least that a group and those above it may take. */
static double group_limit(const char *root, const char *name, char *group)
{
    char path[PATH * 2];
    double least = (double)INFINITY;
    for (;;) {
        snprintf(path, sizeof path, "%s%s/%s", root, group, name);
        least = fmin(least, number_in(path));
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

double memory_total(void)
{
    char line[PATH];
    double total = meminfo("MemTotal");
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *group = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        if (group && strncmp(line, "0::", 3) == 0)
            total = fmin(total, group_limit("/sys/fs/cgroup", "memory.max", group));
        else if (group && strstr(line, ":memory:"))
            total =
                fmin(total, group_limit("/sys/fs/cgroup/memory", "memory.limit_in_bytes", group));
    }
    if (file)
        fclose(file);
    return total;
}

void memory_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
