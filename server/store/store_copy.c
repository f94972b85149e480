/* Copies the store. SQLite wants a name for the file, so that one has a name while it is written;
 * the prefix tells what of it is left after a crash. Any thread may call what is here, but the
 * writing one.
 */
#include "store/store_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db/copy.h"
#include "store/store_private.h"

#define PREFIX "backpropd.copy-"

typedef struct CopyWork {
    const char *from, *to;
    const atomic_bool *stop;
    Why why;
} CopyWork;

/* The connection that copies is another one; this one only keeps others from writing. */
static Status copy_while_nothing_is_written(Writer *writer, void *arg)
{
    const CopyWork *work = arg;
    (void)writer;
    return copy_database(work->from, work->to, work->stop, work->why);
}

/* Without a write-ahead log who reads for long keeps the writer from its commit, which then fails:
 * so the writer itself waits. */
Status store_copy(Store *store, const char *path, const atomic_bool *stop, char *why, size_t size)
{
    CopyWork work = {store_path(store), path, stop, {why, size}};
    const char *journal = store_journal_mode(store);
    if (!journal || strcmp(journal, "wal") == 0)
        return copy_database(work.from, work.to, work.stop, work.why);
    return store_write(store, copy_while_nothing_is_written, &work);
}

Status store_copy_open(Store *store, const atomic_bool *stop, int *descriptor, char *why,
                       size_t size)
{
    Why sentence = {why, size};
    char *path = file_path(store_dir(store), PREFIX "XXXXXX");
    *descriptor = -1;
    if (!path)
        return why_set(sentence, STATUS_NO_MEMORY, "there is not enough memory for a copy");
    int made = mkstemp(path);
    if (made < 0) {
        Status status = errno == ENOSPC || errno == EDQUOT ? STATUS_STORE_FULL : STATUS_STORE;
        why_set(sentence, status, "%s cannot be made: %s", path, strerror(errno));
        free(path);
        return status;
    }
    fcntl(made, F_SETFD, FD_CLOEXEC);
    Status status = store_copy(store, path, stop, why, size);
    unlink(path);
    free(path);
    if (status == STATUS_OK)
        *descriptor = made;
    else
        close(made);
    return status;
}

void store_copy_sweep(const char *dir)
{
    DIR *folder = opendir(dir);
    if (!folder)
        return;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) == 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}
