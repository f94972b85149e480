/* A disk for the tests, between SQLite and the real files: its power can be cut, and its calls can
 * fail. The daemon knows nothing of it; it is what SQLite opens files with by default from
 * disk_insert on.
 *
 * When the power goes, what a sync has confirmed stays; of what was written, cut off or removed
 * since, any part may, a write even in some of its sectors. From then on every call fails, until
 * disk_restart.
 */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of calls, as bits. */
enum {
    DISK_OPEN = 1,
    DISK_READ = 2,
    DISK_WRITE = 4,
    DISK_SYNC = 8,
    DISK_CUT = 16, /* the end of a file off */
    DISK_REMOVE = 32,
    DISK_SIZE = 64,
    DISK_SHARED = 128, /* memory for the index of the log */
    DISK_CHANGES = DISK_WRITE | DISK_SYNC | DISK_CUT | DISK_REMOVE,
    DISK_ALL = 255
};

/* Before the first store is opened. */
void disk_insert(void);

/* The same as of a file system that SQLite's log does not work on. */
void disk_insert_without_shared_memory(void);

/* Calls of these kinds since disk_insert, or since the last call of one of the functions below. */
long disk_calls(unsigned kinds);

/* The power goes at the change of these kinds of number `at`, counted from 0 and from here. */
void disk_cut_power(unsigned kinds, long at);

/* Of the calls of these kinds the one of number `at` fails with a code of SQLite's, once, or from
 * then on all. */
typedef struct DiskFault {
    unsigned kinds;
    long at;
    bool for_good;
    int code;
    int error; /* errno; 0: as it is */
} DiskFault;
void disk_fail(DiskFault fault);

/* Whether the power went, or a call failed. */
bool disk_struck(void);

/* What the power left is what the files hold; all works again. No store may be open. seed 0: all is
 * lost that can be; any other draws. */
void disk_restart(uint64_t seed);

#endif
