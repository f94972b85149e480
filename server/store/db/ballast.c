/* The room is allocated, not only promised. Its file may be deleted by a person who needs the room
 * now; it comes back when the disk has room.
 */
#include "store/db/ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db/file.h"
#include "tools/log.h"

#define SHARE 3           /* of what is free the ballast takes one part in so many, at most */
#define LEAST (1LL << 20) /* bytes; less would not do */
#define STEP (64LL << 10)

struct Ballast {
    char *dir, *path;
    long long gave; /* bytes, by the last ballast_drop */
};

Ballast *ballast_new(const char *dir)
{
    Ballast *ballast = calloc(1, sizeof *ballast);
    if (!ballast)
        return NULL;
    ballast->dir = strdup(dir);
    ballast->path = file_path(dir, "ballast");
    if (ballast->dir && ballast->path)
        return ballast;
    ballast_free(ballast);
    return NULL;
}

void ballast_free(Ballast *ballast)
{
    free(ballast->path);
    free(ballast->dir);
    free(ballast);
}

static long long size_now(const Ballast *ballast)
{
    struct stat found;
    return stat(ballast->path, &found) == 0 ? (long long)found.st_size : 0;
}

/* Makes the file of that size, or leaves it as it is. */
static bool allocate(const Ballast *ballast, long long size)
{
    long long before = size_now(ballast);
    int file = open(ballast->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    int failed = posix_fallocate(file, 0, (off_t)size);
    if (failed != 0 && (before == 0 || ftruncate(file, (off_t)before) != 0))
        unlink(ballast->path);
    close(file);
    return failed == 0;
}

static long long smaller(long long a, long long b)
{
    return a < b ? a : b;
}

void ballast_fill(Ballast *ballast)
{
    long long size = size_now(ballast), room = file_room(ballast->dir);
    long long want = smaller(BALLAST_SIZE, (room + size) / SHARE);
    bool worth_while = want >= smaller(BALLAST_SIZE, 2 * size); /* no growth in small steps */
    if (size < want && want >= LEAST && worth_while && allocate(ballast, want))
        log_info("ballast", LOG_TEXT("file", ballast->path), LOG_NUMBER("bytes", want));
}

bool ballast_drop(Ballast *ballast)
{
    ballast->gave = size_now(ballast);
    if (ballast->gave == 0 || unlink(ballast->path) != 0)
        return false;
    log_warning("ballast-dropped", LOG_TEXT("file", ballast->path),
                LOG_NUMBER("bytes", ballast->gave),
                LOG_TEXT("why", "the disk is full; it is made again when there is room"));
    return true;
}

void ballast_retake(Ballast *ballast)
{
    long long room = file_room(ballast->dir);
    long long size = smaller(room, ballast->gave);
    while (size >= STEP && !allocate(ballast, size))
        size /= 2;
}
