/* What the system says of this process, for /metrics.
 */
#ifndef TOOLS_PROCESS_H
#define TOOLS_PROCESS_H

#include "tools/status.h"

typedef struct ProcessUse {
    double cpu_seconds;   /* of all threads, user and system */
    double start_seconds; /* since 1970 */
    double virtual_bytes, resident_bytes;
    double open_files, max_files;
} ProcessUse;

/* STATUS_NOT_FOUND where /proc cannot be read; *use is then all zeros. */
Status process_use(ProcessUse *use) MUST_USE;

#endif
