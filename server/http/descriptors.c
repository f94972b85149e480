/* The soft limit is low for the sake of programs that use select(), which this is not. */
#include "http/descriptors.h"

#include <sys/resource.h>

#include "tools/log.h"

#define BESIDE 512 /* those of the store's readers, of the network's threads, of files */

size_t descriptors_make_room(size_t connections)
{
    struct rlimit limit;
    rlim_t needed = connections + BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return connections;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return connections;
    if (limit.rlim_cur >= needed)
        return connections;
    size_t allowed = (size_t)limit.rlim_cur;
    size_t room = allowed > 2 * BESIDE ? allowed - BESIDE : (allowed + 1) / 2;
    room = room < connections ? room : connections;
    log_warning("too-few-file-descriptors",
                LOG_TEXT("raise", "the hard limit: ulimit -Hn, LimitNOFILE of systemd"),
                LOG_NUMBER("allowed", allowed), LOG_NUMBER("needed", needed),
                LOG_NUMBER("connections", room));
    return room;
}
