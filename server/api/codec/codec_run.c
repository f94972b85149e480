/* Runs as JSON: a member for each thing that a run is known by or has come to. */
#include "api/codec/codec_run.h"

#include "state/job.h"

static void encode_run(const FitRun *run, Encoder *encoder)
{
    const TrainProgress *progress = &run->progress;
    enc_object(encoder);
    enc_put_int(encoder, "run", (int64_t)run->number);
    if (run->fold > 0)
        enc_put_int(encoder, "fold", (int64_t)run->fold);
    else
        enc_put_null(encoder, "fold");
    enc_put_int(encoder, "member", (int64_t)run->member);
    enc_put_int(encoder, "restart", (int64_t)run->restart);
    enc_put_int(encoder, "seed", (int64_t)run->seed);
    enc_put_string(encoder, "stopped_because", job_end_name(run->end));
    enc_put_int(encoder, "epoch", (int64_t)progress->epoch);
    enc_put_int(encoder, "best_epoch", (int64_t)progress->best_epoch);
    enc_put_known(encoder, "train_loss", progress->train_loss);
    enc_put_known(encoder, "validation_loss", progress->validation_loss);
    enc_put_known(encoder, "effective_parameters", run->effective);
    enc_put_bool(encoder, "kept", run->kept);
    enc_object_end(encoder);
}

void codec_runs_encode(const FitRun *runs, size_t count, Encoder *encoder)
{
    enc_object(encoder);
    enc_key(encoder, "data");
    enc_array(encoder);
    for (size_t i = 0; i < count; i++)
        encode_run(&runs[i], encoder);
    enc_array_end(encoder);
    enc_object_end(encoder);
}
