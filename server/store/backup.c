/* A backup is a descriptor of a file without a name, so that nothing of it is left whatever becomes
 * of the process or of who takes it. */
#include "store/backup.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_copy.h"
#include "tools/log.h"

struct Backups {
    Store *store;
    atomic_bool taken; /* there is a backup */
    atomic_bool stop;
};

struct Backup {
    Backups *owner;
    int descriptor;
    size_t size, at;
};

Backups *backups_new(Store *store)
{
    Backups *backups = malloc(sizeof *backups);
    if (!backups)
        return NULL;
    backups->store = store;
    atomic_init(&backups->taken, false);
    atomic_init(&backups->stop, false);
    return backups;
}

void backups_stop(Backups *backups)
{
    if (backups)
        atomic_store(&backups->stop, true);
}

void backups_free(Backups *backups)
{
    free(backups);
}

static Status make(Backup *backup, char *why, size_t size)
{
    struct stat found;
    Backups *owner = backup->owner;
    Status status = store_copy_open(owner->store, &owner->stop, &backup->descriptor, why, size);
    if (status == STATUS_OK && fstat(backup->descriptor, &found) != 0) {
        snprintf(why, size, "the copy cannot be read: %s", strerror(errno));
        status = STATUS_STORE;
    }
    if (status == STATUS_OK)
        backup->size = (size_t)found.st_size;
    return status;
}

Status backup_make(Backups *backups, Backup **backup, char *why, size_t size)
{
    *backup = NULL;
    if (atomic_exchange(&backups->taken, true)) {
        snprintf(why, size, "a backup is being made or sent already, and there is one at a time");
        return STATUS_BUSY;
    }
    Backup *made = malloc(sizeof *made);
    if (!made) {
        atomic_store(&backups->taken, false);
        snprintf(why, size, "there is not enough memory for a backup");
        return STATUS_NO_MEMORY;
    }
    *made = (Backup){.owner = backups, .descriptor = -1};
    Status status = make(made, why, size);
    if (status == STATUS_OK)
        *backup = made;
    else
        backup_free(made);
    return status;
}

size_t backup_size(const Backup *backup)
{
    return backup->size;
}

size_t backup_read(Backup *backup, char *bytes, size_t n)
{
    ssize_t got = pread(backup->descriptor, bytes, n, (off_t)backup->at);
    if (got < 0) {
        log_error("backup-cannot-be-read", LOG_TEXT("error", strerror(errno)));
        return 0;
    }
    backup->at += (size_t)got;
    return (size_t)got;
}

void backup_free(Backup *backup)
{
    if (!backup)
        return;
    if (backup->descriptor >= 0)
        close(backup->descriptor);
    atomic_store(&backup->owner->taken, false);
    free(backup);
}
