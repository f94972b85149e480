/* Order: file_lock before anything else touches the directory, file_unlock after all is closed.
 *
 * The lock is flock's on an open file: it goes with the process, however that ends. The file holds
 * the number of the process that has the lock, and after it that there is a store as soon as there
 * is; a clean end writes there instead what the database file was left as. So the next start can
 * tell a crash, a file that is another by now, and one that is empty and was not.
 */
#include "store/db/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tools/log.h"

#define STAMP "closed %lld bytes at %lld.%09ld\n"
#define OPENED " has opened it"

Status why_set(Why why, Status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why.text, why.size, format, args);
    va_end(args);
    return status;
}

/* strerror of one thread: no store is opened by two threads at the same time in one process. */
static const char *reason(void)
{
    return strerror(errno);
}

char *file_path(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* Best effort: keeps the name of a new directory from a power cut. */
static void sync_parent(const char *dir)
{
    char *up = file_path(dir, "..");
    int parent = up ? open(up, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(up);
    if (parent < 0)
        return;
    fsync(parent);
    close(parent);
}

static Status make_directory(const char *dir, Why why)
{
    struct stat found;
    bool made = mkdir(dir, 0700) == 0;
    if (!made && errno != EEXIST)
        return why_set(why, STATUS_STORE, "the directory %s cannot be made: %s", dir, reason());
    if (made)
        sync_parent(dir);
    if (stat(dir, &found) != 0)
        return why_set(why, STATUS_STORE, "the directory %s cannot be read: %s", dir, reason());
    if (!S_ISDIR(found.st_mode))
        return why_set(why, STATUS_STORE, "%s is not a directory", dir);
    return STATUS_OK;
}

static void read_text(int descriptor, char text[FILE_LOCK_TEXT])
{
    ssize_t n = pread(descriptor, text, FILE_LOCK_TEXT - 1, 0);
    text[n > 0 ? n : 0] = '\0';
}

/* Best effort. Where it fails the next start looks through the file once more than it would need
 * to; a full disk shall not keep the daemon from serving what it has. */
static void write_text(int descriptor, const char *text)
{
    size_t n = strlen(text);
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, n, 0) != (ssize_t)n ||
        fdatasync(descriptor) != 0) /* so that the start after a power cut sees it */
        return;
}

/* What a clean end says of the database file; "" where it cannot be read, and of an empty one. */
static void stamp(const char *path, char text[FILE_LOCK_TEXT])
{
    struct stat found;
    text[0] = '\0';
    if (stat(path, &found) == 0 && found.st_size > 0)
        snprintf(text, FILE_LOCK_TEXT, STAMP, (long long)found.st_size,
                 (long long)found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
}

static Status refuse_second(const char *dir, int descriptor, Why why)
{
    char pid[FILE_LOCK_TEXT];
    read_text(descriptor, pid);
    pid[strspn(pid, "0123456789")] = '\0';
    return why_set(why, STATUS_BUSY, "another backpropd%s%s%s is using the directory %s",
                   pid[0] ? " (process " : "", pid, pid[0] ? ")" : "", dir);
}

/* Whether what is left in the file tells of a store, and not only of a first start. */
static bool tells_of_store(const char *left)
{
    size_t digits = strspn(left, "0123456789");
    return digits == 0 ? left[0] != '\0' : strncmp(left + digits, OPENED, sizeof OPENED - 1) == 0;
}

static void write_number(FileLock *lock, bool tells)
{
    char text[FILE_LOCK_TEXT];
    snprintf(text, sizeof text, "%ld%s\n", (long)getpid(), tells ? OPENED : "");
    write_text(lock->descriptor, text);
    lock->tells = tells;
}

static Status lock_descriptor(const char *dir, FileLock *lock, Why why)
{
    if (flock(lock->descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return refuse_second(dir, lock->descriptor, why);
        return why_set(why, STATUS_STORE, "%s/backpropd.lock cannot be locked: %s", dir, reason());
    }
    read_text(lock->descriptor, lock->left);
    write_number(lock, tells_of_store(lock->left));
    return STATUS_OK;
}

Status file_lock(const char *dir, FileLock *lock, Why why)
{
    *lock = (FileLock){.descriptor = -1};
    Status status = make_directory(dir, why);
    if (status != STATUS_OK)
        return status;
    char *path = file_path(dir, "backpropd.lock");
    if (!path)
        return why_set(why, STATUS_NO_MEMORY, "there is not enough memory to open the store");
    lock->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (lock->descriptor < 0)
        return why_set(why, STATUS_STORE,
                       "the directory %s cannot be written: backpropd.lock: %s; the daemon needs "
                       "a directory that its user owns",
                       dir, reason());
    status = lock_descriptor(dir, lock, why);
    if (status != STATUS_OK) {
        close(lock->descriptor);
        lock->descriptor = -1;
    }
    return status;
}

Status file_refuse_empty(FileLock *lock, const char *path, Why why)
{
    struct stat found;
    bool there = stat(path, &found) == 0, filled = there && found.st_size > 0;
    if (filled || !there) {
        if (filled != lock->tells)
            write_number(lock, filled);
        return STATUS_OK;
    }
    if (lock->left[0] && !lock->tells)
        return STATUS_OK;
    write_text(lock->descriptor, lock->left); /* for the next start to tell it, too */
    return why_set(why, STATUS_STORE,
                   "%s is empty, as no store is: put a backup in its place, or remove it to begin "
                   "with a new store",
                   path);
}

void file_note_opened(FileLock *lock)
{
    if (!lock->tells)
        write_number(lock, true);
}

bool file_is_as_left(const FileLock *lock, const char *path)
{
    char text[FILE_LOCK_TEXT];
    stamp(path, text);
    return text[0] == '\0' || strcmp(text, lock->left) == 0;
}

void file_unlock(FileLock *lock, const char *closed)
{
    char text[FILE_LOCK_TEXT];
    if (lock->descriptor < 0)
        return;
    if (closed) {
        stamp(closed, text);
        write_text(lock->descriptor, text);
    }
    close(lock->descriptor);
    lock->descriptor = -1;
}

Status file_make(const char *path, Why why)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat found;
    if (descriptor < 0)
        return why_set(why, STATUS_STORE, "%s cannot be written: %s", path, reason());
    bool open_to_all = fstat(descriptor, &found) == 0 && (found.st_mode & S_IRWXO);
    if (open_to_all && fchmod(descriptor, found.st_mode & (S_IRWXU | S_IRWXG)) != 0)
        log_warning("store-exposed", LOG_TEXT("file", path), LOG_TEXT("why", reason()));
    close(descriptor);
    return STATUS_OK;
}

void file_take_back(const char *path)
{
    struct stat found;
    if (stat(path, &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 0)
        unlink(path);
}

long long file_room(const char *dir)
{
    struct statvfs found;
    if (statvfs(dir, &found) != 0)
        return -1;
    unsigned long long blocks = found.f_bavail, size = found.f_frsize;
    if (size > 0 && blocks > (1ULL << 62) / size)
        return 1LL << 62;
    return (long long)(blocks * size);
}
