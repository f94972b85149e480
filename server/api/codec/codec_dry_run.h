/* What a dry run of a job has found, as a reply.
 */
#ifndef API_CODEC_DRY_RUN_H
#define API_CODEC_DRY_RUN_H

#include "api/codec/codec_job.h"
#include "state/rehearsal.h"

typedef struct DryRun {
    FitOptions options;
    Rehearsal rehearsal;
    double bytes;    /* of memory */
    bool too_large;  /* more than there are: it was not tried */
    size_t copies;   /* rows that are copies of an earlier one */
    Problem columns; /* warnings of survey.h */
    Problem fields;  /* warnings about all else */
} DryRun;

/* dataset: whose columns the warnings are about. */
void codec_dry_run_encode(const JobDraft *draft, const Dataset *dataset, const DryRun *run,
                          Encoder *encoder);

#endif
