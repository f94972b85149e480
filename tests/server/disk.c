/* A shim over SQLite's own layer for files. Beside each file that a store keeps its data in stands
 * an image.
 *
 * Thread rule: the lock guards all statics and the images; SQLite calls from all threads that use
 * a store.
 */
#include "disk.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "disk_image.h"

#define KINDS 8
#define KEPT (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)

typedef struct File {
    sqlite3_file base;
    Image *image; /* NULL: a temporary file */
    sqlite3_file *real;
} File;

static sqlite3_vfs *under, shim;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls[KINDS];
static unsigned power_kinds;
static long power_at; /* changes of these kinds to go; -1: it stays */
static bool dark, struck;
static DiskFault fault; /* no kinds: none */

static void count_anew(void)
{
    memset(calls, 0, sizeof calls);
    power_at = -1;
    dark = struck = false;
    fault = (DiskFault){0};
}

/* Of one call: SQLITE_OK where it may go on; the lock is held. */
static int judge(unsigned kind)
{
    for (unsigned i = 0; i < KINDS; i++)
        calls[i] += kind == 1u << i;
    if ((kind & power_kinds) && power_at >= 0 && power_at-- == 0)
        dark = struck = true;
    if (dark)
        return SQLITE_IOERR;
    if (!(kind & fault.kinds))
        return SQLITE_OK;
    bool now = fault.at == 0;
    bool fails = now || (fault.at < 0 && fault.for_good);
    fault.at--;
    struck = struck || now;
    if (fails && fault.error)
        errno = fault.error;
    return fails ? fault.code : SQLITE_OK;
}

static int ask(unsigned kind)
{
    pthread_mutex_lock(&lock);
    int code = judge(kind);
    pthread_mutex_unlock(&lock);
    return code;
}

/* The calls of an open file. */

static sqlite3_file *under_file(sqlite3_file *file)
{
    return ((File *)file)->real;
}

static Image *image(sqlite3_file *file)
{
    return ((File *)file)->image;
}

static int file_close(sqlite3_file *file)
{
    return under_file(file)->pMethods->xClose(under_file(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
    int code = ask(DISK_READ);
    return code == SQLITE_OK ? under_file(file)->pMethods->xRead(under_file(file), bytes, size, at)
                             : code;
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    pthread_mutex_lock(&lock);
    bool was_dark = dark;
    int code = judge(DISK_WRITE);
    if (code == SQLITE_OK || (dark && !was_dark)) /* the last one was under way */
        image_write(image(file), (size_t)at, bytes, (size_t)size);
    if (code == SQLITE_OK)
        code = under_file(file)->pMethods->xWrite(under_file(file), bytes, size, at);
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_cut(sqlite3_file *file, sqlite3_int64 size)
{
    pthread_mutex_lock(&lock);
    int code = judge(DISK_CUT);
    if (code == SQLITE_OK) {
        image_cut(image(file), (size_t)size);
        code = under_file(file)->pMethods->xTruncate(under_file(file), size);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

/* Nothing waits for the real disk. */
static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    pthread_mutex_lock(&lock);
    int code = judge(DISK_SYNC);
    if (code == SQLITE_OK)
        image_sync(image(file));
    pthread_mutex_unlock(&lock);
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    int code = ask(DISK_SIZE);
    return code == SQLITE_OK ? under_file(file)->pMethods->xFileSize(under_file(file), size) : code;
}

static int file_lock_it(sqlite3_file *file, int level)
{
    return under_file(file)->pMethods->xLock(under_file(file), level);
}

static int file_unlock_it(sqlite3_file *file, int level)
{
    return under_file(file)->pMethods->xUnlock(under_file(file), level);
}

static int file_is_locked(sqlite3_file *file, int *locked)
{
    return under_file(file)->pMethods->xCheckReservedLock(under_file(file), locked);
}

static int file_control(sqlite3_file *file, int what, void *arg)
{
    return under_file(file)->pMethods->xFileControl(under_file(file), what, arg);
}

static int file_sector(sqlite3_file *file)
{
    return under_file(file)->pMethods->xSectorSize(under_file(file));
}

static int file_traits(sqlite3_file *file)
{
    return under_file(file)->pMethods->xDeviceCharacteristics(under_file(file));
}

static int shared_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    int code = ask(DISK_SHARED);
    *memory = NULL;
    return code == SQLITE_OK
               ? under_file(file)->pMethods->xShmMap(under_file(file), page, size, extend, memory)
               : code;
}

static int shared_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return under_file(file)->pMethods->xShmLock(under_file(file), offset, n, flags);
}

static void shared_barrier(sqlite3_file *file)
{
    under_file(file)->pMethods->xShmBarrier(under_file(file));
}

static int shared_unmap(sqlite3_file *file, int remove_it)
{
    return under_file(file)->pMethods->xShmUnmap(under_file(file), remove_it);
}

static sqlite3_io_methods methods = {
    .iVersion = 2, /* without memory maps of the files themselves */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_cut,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock_it,
    .xUnlock = file_unlock_it,
    .xCheckReservedLock = file_is_locked,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shared_map,
    .xShmLock = shared_lock,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = shared_unmap,
};

/* The calls of the disk. */

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *opened, int flags, int *got)
{
    File *file = (File *)opened;
    (void)vfs;
    *file = (File){.real = (sqlite3_file *)(file + 1)};
    int code = ask(DISK_OPEN);
    if (code == SQLITE_OK)
        code = under->xOpen(under, path, file->real, flags, got);
    if (code != SQLITE_OK)
        return code;
    file->base.pMethods = &methods;
    if (!path || !(flags & KEPT))
        return SQLITE_OK;
    pthread_mutex_lock(&lock);
    file->image = image_open(path);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int disk_remove(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    (void)vfs;
    pthread_mutex_lock(&lock);
    int code = judge(DISK_REMOVE);
    if (code == SQLITE_OK)
        code = under->xDelete(under, path, 0);
    if (code == SQLITE_OK)
        image_remove(path, sync_directory);
    pthread_mutex_unlock(&lock);
    return code;
}

void disk_insert(void)
{
    under = sqlite3_vfs_find(NULL);
    shim = *under;
    shim.zName = "disk";
    shim.szOsFile = (int)sizeof(File) + under->szOsFile;
    shim.xOpen = disk_open;
    shim.xDelete = disk_remove;
    cr_assert_eq(sqlite3_vfs_register(&shim, 1), SQLITE_OK);
    count_anew();
}

void disk_insert_without_shared_memory(void)
{
    methods.iVersion = 1;
    disk_insert();
}

long disk_calls(unsigned kinds)
{
    long sum = 0;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < KINDS; i++)
        sum += kinds & 1u << i ? calls[i] : 0;
    pthread_mutex_unlock(&lock);
    return sum;
}

void disk_cut_power(unsigned kinds, long at)
{
    pthread_mutex_lock(&lock);
    count_anew();
    power_kinds = kinds & DISK_CHANGES;
    power_at = at;
    pthread_mutex_unlock(&lock);
}

void disk_fail(DiskFault planned)
{
    pthread_mutex_lock(&lock);
    count_anew();
    fault = planned;
    pthread_mutex_unlock(&lock);
}

bool disk_struck(void)
{
    pthread_mutex_lock(&lock);
    bool so = struck;
    pthread_mutex_unlock(&lock);
    return so;
}

void disk_restart(uint64_t seed)
{
    Rng rng = rng_seeded(seed);
    if (dark)
        images_survive(seed ? &rng : NULL);
    images_forget();
    count_anew();
}
