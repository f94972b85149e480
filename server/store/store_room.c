/* How much of the disk the store takes, and whether there is room for more. Others use the disk
 * too, so what any thread finds may be otherwise a moment later.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/db/file.h"
#include "store/store_private.h"

/* Bytes of pages in the database file that are free since something was deleted. */
static Status count_free(Db *db, void *arg)
{
    static const char sql[] = "SELECT freelist_count * page_size"
                              " FROM pragma_freelist_count, pragma_page_size";
    return db_number(db, sql, arg);
}

static long long above(long long need, long long there)
{
    return need > there ? need - there : 0;
}

/* What is kept goes through the log into the database file; both have room that is used again. */
Status store_look_for_room(Store *store, size_t bytes)
{
    char log[4200];
    struct stat found;
    long long free_bytes = 0, room = file_room(store_dir(store));
    long long need = STORE_ROOM_SPARE + (bytes < SIZE_MAX / 4 ? (long long)bytes : LLONG_MAX / 4);
    if (room < 0 || room >= 2 * need)
        return STATUS_OK;
    Status status = store_read(store, count_free, &free_bytes);
    if (status != STATUS_OK)
        return status;
    snprintf(log, sizeof log, "%s-wal", store_path(store));
    long long log_bytes = stat(log, &found) == 0 ? (long long)found.st_size : 0;
    long long growth = above(need, free_bytes) + above(need, log_bytes);
    return growth <= room ? STATUS_OK : STATUS_STORE_FULL;
}

long long store_size(const Store *store)
{
    static const char *const names[] = {"backpropd.db", "backpropd.db-wal", "backpropd.db-shm"};
    char path[4200];
    long long size = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat found;
        snprintf(path, sizeof path, "%s/%s", store_dir(store), names[i]);
        if (stat(path, &found) == 0)
            size += found.st_size;
    }
    return size;
}

long long store_room(const Store *store)
{
    return file_room(store_dir(store));
}
