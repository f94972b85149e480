/* Reads /proc as proc(5) describes it. */
#include "tools/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The seconds since 1970 at which the machine was started; 0 where that is not said. */
static double boot_seconds(void)
{
    char line[256];
    double seconds = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "btime %lf", &seconds) == 1)
            break;
    fclose(file);
    return seconds;
}

static double count_files(void)
{
    double count = 0;
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    if (!folder)
        return 0;
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder itself was open */
}

/* The fields of /proc/self/stat behind the name, which may hold anything. */
static Status read_stat(ProcessUse *use)
{
    char line[1024] = "";
    double user, kernel, start, size, pages;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return STATUS_NOT_FOUND;
    const char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *rest = read ? strrchr(line, ')') : NULL;
    if (!rest || sscanf(rest + 1,
                        " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf %*d %*d %*d %*d"
                        " %*d %*d %lf %lf %lf",
                        &user, &kernel, &start, &size, &pages) != 5)
        return STATUS_NOT_FOUND;
    use->cpu_seconds = (user + kernel) / ticks;
    use->start_seconds = boot_seconds() + start / ticks;
    use->virtual_bytes = size;
    use->resident_bytes = pages * (double)sysconf(_SC_PAGESIZE);
    return STATUS_OK;
}

Status process_use(ProcessUse *use)
{
    struct rlimit files;
    *use = (ProcessUse){0};
    Status status = read_stat(use);
    if (status != STATUS_OK)
        return status;
    use->open_files = count_files();
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        use->max_files = (double)files.rlim_cur;
    return STATUS_OK;
}
