/* The copy is written under a name of its own beside FILE, synced, and then named FILE, so that
 * there is a whole backup under that name or none. It only reads the store, and so needs nothing of
 * a daemon that may run on it.
 */
#include "commands/backup_command.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/command.h"
#include "store/store_copy.h"
#include "tools/log.h"

const char backup_usage[] =
    "usage: backpropd backup FILE [--data-dir=DIR]\n\n"
    "FILE must not be there yet. The daemon on the store may run or not; run this as its user. To\n"
    "restore it, put FILE into an empty folder as backpropd.db, and start a daemon on that.\n";

static atomic_bool stop; /* by a signal */

static void note_stop(int signal_number)
{
    (void)signal_number;
    atomic_store(&stop, true);
}

static void take_signals(void)
{
    const struct sigaction stopping = {.sa_handler = note_stop};
    sigaction(SIGINT, &stopping, NULL);
    sigaction(SIGTERM, &stopping, NULL);
    sigaction(SIGHUP, &stopping, NULL);
}

static bool sync_file(const char *path, int flags)
{
    int descriptor = open(path, flags | O_CLOEXEC);
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return synced;
}

static bool is_there(const char *file)
{
    struct stat found;
    return lstat(file, &found) == 0;
}

/* Gives the copy its name, unless somebody else has taken it. A file system without hard links
 * cannot say so in the same step. */
static bool give_name(const char *copy, const char *file)
{
    if (link(copy, file) == 0)
        return true;
    bool linkless = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    return linkless && !is_there(file) && rename(copy, file) == 0;
}

/* Makes the copy under its first name, and the name. */
static int copy_to(Store *store, char *copy, const char *file)
{
    char why[512] = "", folder[CONF_PATH + 16];
    int made = mkstemp(copy);
    if (made < 0)
        return command_fail("backup", "%s cannot be made: %s", file, strerror(errno));
    close(made);
    if (store_copy(store, copy, &stop, why, sizeof why) != STATUS_OK)
        return command_fail("backup", "%s; nothing was kept", why);
    snprintf(folder, sizeof folder, "%s", file);
    if (!sync_file(copy, O_RDWR))
        return command_fail("backup", "%s cannot be written: %s", copy, strerror(errno));
    if (!give_name(copy, file))
        return command_fail("backup", "%s cannot be made: %s", file, strerror(errno));
    if (!sync_file(dirname(folder), O_RDONLY | O_DIRECTORY))
        return command_fail("backup", "the folder of %s cannot be synced: %s", file,
                            strerror(errno));
    return 0;
}

static void tell(const char *file)
{
    struct stat found;
    if (stat(file, &found) == 0)
        fprintf(stderr, "%s: %lld bytes\n", file, (long long)found.st_size);
}

int backup_command(const Conf *conf, size_t count, char *const *words)
{
    char why[512] = "", copy[CONF_PATH + 16];
    Store *store;
    if (count != 1)
        return command_misuse("backup", "it takes the name of one file");
    if (strlen(words[0]) >= CONF_PATH)
        return command_misuse("backup", "the name of the file is too long");
    if (is_there(words[0]))
        return command_fail("backup", "%s is there already; nothing is overwritten", words[0]);
    log_set_level(LOG_WARNING);
    if (store_peek(conf->data_dir, &store, why, sizeof why) != STATUS_OK)
        return command_fail("backup", "%s", why);
    take_signals();
    snprintf(copy, sizeof copy, "%s.XXXXXX", words[0]);
    int status = copy_to(store, copy, words[0]);
    unlink(copy);
    store_close(store);
    if (status == 0)
        tell(words[0]);
    return status;
}
