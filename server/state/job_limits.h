/* How much all jobs together may take.
 */
#ifndef STATE_JOB_LIMITS_H
#define STATE_JOB_LIMITS_H

#include <stdint.h>

typedef struct JobLimits {
    int64_t queued; /* jobs that wait, at most; 0 is no limit */
    int64_t memory; /* bytes of those that train, as estimated; 0 is no limit */
} JobLimits;

#endif
