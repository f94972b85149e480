/* Warnings have the form of errors, and name what they are about: a place in the request, or a
 * column. */
#include "api/codec/codec_dry_run.h"

#include <math.h>
#include <stdlib.h>

static void encode_rows(const Rehearsal *rehearsal, Encoder *encoder)
{
    enc_key(encoder, "rows");
    enc_object(encoder);
    enc_put_int(encoder, "training", (int64_t)rehearsal->training);
    enc_put_int(encoder, "validation", (int64_t)rehearsal->validation);
    enc_object_end(encoder);
}

static void encode_estimate(const JobDraft *draft, const DryRun *run, Encoder *encoder)
{
    const Rehearsal *rehearsal = &run->rehearsal;
    double seconds = rehearsal_seconds(rehearsal, &run->options);
    if (seconds > draft->hyper.time_limit)
        seconds = draft->hyper.time_limit;
    enc_key(encoder, "estimate");
    enc_object(encoder);
    enc_put_known(encoder, "epochs_per_second", 1 / rehearsal->epoch_seconds);
    enc_put_known(encoder, "seconds", seconds);
    enc_put_int(encoder, "measured_epochs", (int64_t)rehearsal->epochs);
    bool ended = rehearsal->end != TRAIN_GOES_ON && rehearsal->end != TRAIN_TIME_LIMIT;
    enc_put_string(encoder, "stopped_because", ended ? job_end_name(rehearsal->end) : NULL);
    enc_object_end(encoder);
}

static void encode_warning(const char *key, const char *place, const char *detail, Encoder *encoder)
{
    enc_object(encoder);
    enc_put_string(encoder, key, place);
    enc_put_string(encoder, "detail", detail);
    enc_object_end(encoder);
}

static void encode_warnings(const Dataset *dataset, const DryRun *run, Encoder *encoder)
{
    size_t dropped = run->columns.dropped + run->fields.dropped;
    enc_key(encoder, "warnings");
    enc_array(encoder);
    for (size_t i = 0; i < run->fields.count; i++)
        encode_warning("pointer", run->fields.item[i].pointer, run->fields.item[i].detail, encoder);
    for (size_t i = 0; i < run->columns.count; i++) {
        const ProblemItem *item = &run->columns.item[i];
        encode_warning("column", dataset->column[strtoul(item->pointer, NULL, 10)].name,
                       item->detail, encoder);
    }
    enc_array_end(encoder);
    if (dropped > 0)
        enc_put_int(encoder, "warnings_not_shown", (int64_t)dropped);
}

void codec_dry_run_encode(const JobDraft *draft, const Dataset *dataset, const DryRun *run,
                          Encoder *encoder)
{
    enc_object(encoder);
    enc_key(encoder, "hyperparameters");
    enc_raw(encoder, draft->job->hyperparameters);
    enc_put_int(encoder, "parameters", draft->job->parameters);
    encode_rows(&run->rehearsal, encoder);
    enc_put_int(encoder, "runs", (int64_t)fit_run_count(&run->options));
    enc_put_int(encoder, "memory_bytes", (int64_t)run->bytes);
    encode_estimate(draft, run, encoder);
    encode_warnings(dataset, run, encoder);
    enc_object_end(encoder);
}
